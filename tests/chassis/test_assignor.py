"""How a group shares out its streams: evenly one by one, moving no more than that takes."""

from typing import Any, NamedTuple

from chassis.bus_kafka.assignor import EachStreamEvenly
from hypothesis import given
from hypothesis import strategies as st
from kafka.protocol.consumer.metadata import ConsumerProtocolSubscription
from kafka.structs import TopicPartition

Owned = dict[str, set[TopicPartition]]
STREAMS = st.dictionaries(st.sampled_from(["contacts", "erasures", "intake"]), st.integers(1, 12), min_size=1)


class Cluster(dict[str, int]):
    """What the assignor asks of kafka-python's metadata: topics and how many partitions each has."""

    def topics(self) -> set[str]:
        return set(self)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self[topic])) if topic in self else None


class Member(NamedTuple):
    member_id: str
    metadata: Any


def settled(cluster: Cluster, owned: Owned) -> Owned:
    """What everybody has when nothing moves any more; each round a member lets go of what it is not given."""
    for _ in range(5):
        shares = EachStreamEvenly().assign(cluster, [member(cluster, name, has) for name, has in owned.items()])
        after = {name: set(share.partitions()) for name, share in shares.items()}
        assert all(one not in owned[other] for name in owned for one in after[name] for other in owned if other != name)
        if after == owned:
            return after
        owned = after
    raise AssertionError("it does not come to rest")


def member(cluster: Cluster, name: str, owned: set[TopicPartition]) -> Member:
    partitions = ConsumerProtocolSubscription.TopicPartition
    held = [partitions(topic=topic, partitions=[at for of, at in sorted(owned) if of == topic]) for topic in cluster]
    said = ConsumerProtocolSubscription(version=1, topics=sorted(cluster), user_data=b"", owned_partitions=held)
    return Member(name, said)


@given(STREAMS, st.integers(1, 5))
def test_each_stream_is_shared_out_evenly_whoever_came_first(streams: dict[str, int], members: int) -> None:
    cluster, owned = Cluster(streams), Owned()
    for number in range(members):
        owned = settled(cluster, {**owned, f"member-{number}": set()})
    everything = [one for has in owned.values() for one in has]
    whole = [TopicPartition(topic, at) for topic in sorted(streams) for at in range(streams[topic])]
    assert sorted(everything) == whole
    for topic in streams:
        counts = [sum(one.topic == topic for one in has) for has in owned.values()]
        assert max(counts) - min(counts) <= 1


@given(STREAMS, st.integers(2, 5))
def test_what_a_member_leaves_behind_goes_to_the_others_and_nothing_else_moves(
    streams: dict[str, int], members: int
) -> None:
    cluster = Cluster(streams)
    before = settled(cluster, {f"member-{number}": set() for number in range(members)})
    gone = before.pop("member-0")
    after = settled(cluster, dict(before))
    assert all(before[name] <= after[name] for name in before)
    assert gone <= set().union(*after.values())
