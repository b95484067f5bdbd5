"""Who of a group reads which partitions: each stream is shared out by itself.

kafka-python's cooperative assignor evens out how many partitions a member has, whatever streams they are of. A consumer
that came second got all of the busy stream, and the first kept the quiet ones.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment


class _Metadata(NamedTuple):
    """What a member said, as far as it is about one topic."""

    topics: list[str]
    owned_partitions: list[Any]
    generation_id: int


class _Member(NamedTuple):
    member_id: str
    metadata: _Metadata


class EachStreamEvenly(CooperativeStickyAssignor):  # type: ignore[misc]
    """Cooperative and sticky under the same name, so that members of both kinds may stand in one group."""

    def assign(self, cluster: Any, members: Sequence[Any]) -> dict[str, ConsumerProtocolAssignment]:
        """What each member shall have, by its id; what moves is given to nobody until who has it lets go."""
        shares: dict[str, list[Any]] = {member.member_id: [] for member in members}
        by_topic = defaultdict(list)
        for member in members:
            for topic in member.metadata.topics:
                by_topic[topic].append(_about(topic, member))
        for topic in sorted(by_topic):
            for member_id, share in super().assign(cluster, by_topic[topic]).items():
                shares[member_id] += share.assigned_partitions
        return {name: ConsumerProtocolAssignment(self.version, share, b"") for name, share in shares.items()}


def _about(topic: str, member: Any) -> _Member:
    said = member.metadata
    owned = [one for one in said.owned_partitions or () if one.topic == topic]
    return _Member(member.member_id, _Metadata([topic], owned, said.generation_id))
