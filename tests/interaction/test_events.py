"""What interaction hears and says: twice, out of order, poison, corrections, the public stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import identity
import psycopg
import pytest
from chassis.bus import ConsumerLoop, Record, Subscription
from chassis.bus_memory import MemoryBroker, MemoryProducer, MemorySource
from chassis.deadletters import once, read_letter, send_back
from chassis.outbox import Position, encode_positions
from google.protobuf.struct_pb2 import Struct
from identity import Kind
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import events
from services.interaction.app import PUBLISHER
from services.interaction.gateways import INTAKE, Parcel, envelope
from services.interaction.store import RECORDED
from tests.chassis.bus_ground import running
from tests.chassis.ground import until
from tests.interaction.world import World, intake_records, names, new_link, touch
from tests.relaying import heard

DEAD = f"{INTAKE}.dlq"


def rows(world: World, query: str) -> list[tuple]:
    """What lies in interaction's own tables."""
    with psycopg.connect(world.settings.database_dsn(), autocommit=True) as connection:
        return connection.execute(query).fetchall()


async def test_an_envelope_delivered_twice_has_one_effect(world: World):
    await world.accept(touch("1"), touch("2", "email.clicked"))
    for record in intake_records(world.broker):
        world.broker.append(INTAKE, record.partition, None, record.value, record.headers)
    await world.settled()
    assert rows(world, "SELECT count(*) FROM touch") == [(2,)]
    assert rows(world, "SELECT sum(touches) FROM touch_count") == [(2,)]


async def test_a_row_knows_its_number_in_the_recorded_stream(world: World):
    await world.accept(
        *(touch(str(n), value=f"p{n % 7}@kiln.example", attributes={"text": "x" * 9000}) for n in range(300))
    )
    await until(lambda: rows(world, "SELECT count(*) FROM outbox") == [(0,)])
    told = {}
    for partition, log in world.broker.records.items():
        if partition.stream == RECORDED:
            for record in log:
                for one in TouchBatch.FromString(record.value).touches:
                    told[UUID(bytes=one.touch_id)] = (partition.number, record.header("ce_sequence"))
    kept = {
        row[0]: (row[1], f"{row[2]}.{row[3]}")
        for row in rows(world, "SELECT touch_id, partition, epoch, seq FROM touch")
    }
    assert kept == told
    assert len(kept) == 300


async def test_what_cannot_be_decoded_is_a_dead_letter_and_the_partition_goes_on(world: World):
    good = intake_of(world, "1")
    world.broker.append(INTAKE, good[0], None, b"\xff\xff", [])
    world.broker.append(INTAKE, good[0], None, b"\x0a\x10" + bytes(16), [])
    await world.accept(touch("1"))
    dead = [record for partition, log in world.broker.records.items() if partition.stream == DEAD for record in log]
    assert len(dead) == 2
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]


def intake_of(world: World, event: str) -> tuple[int, bytes]:
    """The partition of Ada's touches, and an event's id."""
    from chassis.streams import catalogue

    return catalogue().partition(INTAKE, world.subjects.of("email", "ada@kiln.example")), event.encode()


async def test_the_one_touch_that_postgresql_refuses_is_put_aside_alone(world: World):
    await world.accept(*(touch(str(n)) for n in range(5)))
    (record,) = intake_records(world.broker)[:1]
    batch = TouchBatch.FromString(record.value)
    for number, one in enumerate(batch.touches):
        one.touch_id = uuid4().bytes
        one.attributes_json = b"{broken" if number == 2 else b"{}"
    value = envelope([Parcel(0, one.subject, one.SerializeToString()) for one in batch.touches])
    assert TouchBatch.FromString(value).touches[2].attributes_json == b"{broken"
    world.broker.append(INTAKE, record.partition, None, value, [])
    await world.settled()
    assert rows(world, "SELECT count(*) FROM touch") == [(5 + len(batch.touches) - 1,)]
    dead = [one for partition, log in world.broker.records.items() if partition.stream == DEAD for one in log]
    assert [len(TouchBatch.FromString(one.value).touches) for one in dead] == [1]


async def test_a_touch_that_was_put_aside_is_on_the_timeline_once_when_mended_and_replayed_twice(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    change(world, "ALTER TABLE touch ADD CONSTRAINT refused CHECK (source <> 'mail')")
    (name,) = await world.accept(touch("1"))
    assert await world.timeline(f"contacts/{ada}") == []
    change(world, "ALTER TABLE touch DROP CONSTRAINT refused")
    dead = [one for partition, log in world.broker.records.items() if partition.stream == DEAD for one in log]
    for _ in range(2):
        assert await send_back(world.producer, once(map(read_letter, dead))) == 1
        await world.settled()
    assert names(await world.timeline(f"contacts/{ada}")) == [[name]]
    assert rows(world, "SELECT sum(touches) FROM touch_count") == [(1,)]


def change(world: World, statement: str) -> None:
    """Change the table, as its owner, so that it refuses what it took, or takes it again."""
    with psycopg.connect(world.settings.database_dsn(), autocommit=True) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "strange",
    [
        {"contact": b"abc"},
        {"account": b"abc"},
        {"correction_of": b"abc"},
        {"content_hash": b"abc"},
        {"occurred_us": 2**62},
        {"thread_us": -(2**62)},
        {"rank": 100_000},
        {"type_version": 2**31},
    ],
    ids=lambda strange: next(iter(strange)),
)
async def test_a_touch_that_holds_what_none_can_is_put_aside_alone(world: World, strange: dict[str, Any]):
    await world.accept(*(touch(str(n)) for n in range(2)))
    record = intake_records(world.broker)[0]
    batch = TouchBatch.FromString(record.value)
    told = [IntakeTouch.FromString(batch.touches[0].SerializeToString()) for _ in range(3)]
    for one in told:
        one.touch_id = uuid4().bytes
    for name, value in strange.items():
        setattr(told[1], name, value)
    value = envelope([Parcel(0, one.subject, one.SerializeToString()) for one in told])
    world.broker.append(INTAKE, record.partition, None, value, [])
    await world.accept(touch("after"))
    assert rows(world, "SELECT count(*) FROM touch") == [(5,)]
    dead = [one for partition, log in world.broker.records.items() if partition.stream == DEAD for one in log]
    assert [TouchBatch.FromString(one.value).touches for one in dead] == [[told[1]]]


@pytest.mark.parametrize(
    "payload",
    [b"\xff\xff", b"\x0a\x09short", b"\x0a\x01\xff", pb.Touch(type="a").SerializeToString() + b"\x0c"],
    ids=["no tag", "cut off", "no text", "an end without a beginning"],
)
async def test_a_touch_whose_payload_is_none_is_put_aside_alone_and_never_published(world: World, payload: bytes):
    await say_with_payload(world, payload)
    assert rows(world, "SELECT count(*) FROM touch") == [(4,)]
    (dead,) = [one for partition, log in world.broker.records.items() if partition.stream == DEAD for one in log]
    assert [touch.payload for touch in TouchBatch.FromString(dead.value).touches] == [payload]
    assert read_letter(dead).message == "a payload that is no touch"
    assert len(await published(world, 4)) == 4


async def test_a_payload_with_a_time_that_is_none_holds_up_nobody(world: World):
    payload = pb.Touch()
    payload.occurred_time.nanos = -1
    await say_with_payload(world, payload.SerializeToString())
    times = [record.header("ce_time") for record in await published(world, 5)]
    assert len(times) == 5
    assert len(set(times)) == 1


async def say_with_payload(world: World, payload: bytes) -> None:
    """A touch, then an envelope with the same three times over, the second with another payload, then one more."""
    await world.accept(touch("0"))
    record = intake_records(world.broker)[0]
    told = [IntakeTouch.FromString(TouchBatch.FromString(record.value).touches[0].SerializeToString()) for _ in "abc"]
    for one in told:
        one.touch_id = uuid4().bytes
    told[1].payload = payload
    value = envelope([Parcel(0, one.subject, one.SerializeToString()) for one in told])
    world.broker.append(INTAKE, record.partition, None, value, [])
    await world.accept(touch("after"))


@asynccontextmanager
async def publishing(world: World, touches: MemoryBroker) -> AsyncIterator[MemoryProducer]:
    """The role publish, which tells of touches on a broker that may be another one than its source's."""
    producer = MemoryProducer(touches)
    await producer.start()
    subscriptions = [Subscription(RECORDED, events.PublishHandler(producer), outbox=True, emits=False)]
    source = MemorySource(world.broker, PUBLISHER)
    loop = ConsumerLoop(world.settings, world.database, PUBLISHER, subscriptions, source=source, producer=producer)
    async with running(loop):
        yield producer


async def published(world: World, count: int) -> list[Record]:
    """All that publish sent when it ended, once it had sent so many."""
    async with publishing(world, world.broker):
        await heard(world.broker, events.TOUCHES, count)
    return await heard(world.broker, events.TOUCHES, count)


async def test_publish_holds_no_transaction_while_kafka_takes_its_time(world: World):
    """The server ends a session that is idle in a transaction for five seconds: the touches would go out again."""
    await world.accept(touch("0"))
    await world.settled()
    slow = MemoryBroker(is_frozen=True)
    async with publishing(world, slow) as producer:
        await until(lambda: bool(producer._waiting))
        open_now = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"
        assert rows(world, open_now) == [(0,)]
        slow.recover()
        assert len(await heard(slow, events.TOUCHES, 1)) == 1


async def test_links_come_in_any_order(world: World):
    ada, subject = uuid4(), world.subjects.of("email", "ada@kiln.example")
    world.contact(ada, owner="users/new", revision=2)
    world.contact(ada, owner="users/old", revision=1)
    link = new_link(Kind.HOLDS, contact=ada, subject=subject, revision=2, retracted_time=datetime.now(UTC))
    world.link(link)
    world.link(new_link(Kind.HOLDS, contact=ada, subject=subject))
    world.link(
        identity.Link(
            id=link.id, kind=Kind.HOLDS, contact=ada, subject=subject, asserted_time=datetime.now(UTC), revision=1
        )
    )
    await world.settled()
    assert rows(world, "SELECT owner FROM contact") == [("users/new",)]
    assert rows(world, "SELECT count(*) FROM link WHERE retracted_time IS NOT NULL") == [(1,)]


async def test_merge_and_un_merge_leave_each_what_its_own_identifiers_earned(world: World):
    ada, bob = uuid4(), uuid4()
    for contact, value in ((ada, "ada@kiln.example"), (bob, "bob@kiln.example")):
        world.contact(contact)
        world.holds(contact, world.subjects.of("email", value))
    await world.settled()
    (one,) = await world.accept(touch("1", ago=10))
    merge = new_link(Kind.MERGE, contact=bob, survivor=ada)
    world.link(merge)
    await world.settled()
    (two,) = await world.accept(touch("2", value="bob@kiln.example", contact=f"contacts/{ada}", ago=5))
    assert names(await world.timeline(f"contacts/{ada}")) == [[two], [one]]
    assert (await world.stub.GetTouch(pb.GetTouchRequest(name=two))).contact == f"contacts/{bob}"
    world.link(identity.Link(**{**as_dict(merge), "revision": 2, "retracted_time": datetime.now(UTC)}))
    await world.settled()
    assert names(await world.timeline(f"contacts/{ada}")) == [[one]]
    assert names(await world.timeline(f"contacts/{bob}")) == [[two]]


def as_dict(link: identity.Link) -> dict:
    from dataclasses import asdict

    return asdict(link)


async def test_a_touch_that_names_an_unlinked_contact_is_on_that_contacts_page(world: World):
    ada = uuid4()
    world.contact(ada)
    await world.settled()
    (name,) = await world.accept(touch("1", value="unknown@kiln.example", contact=f"contacts/{ada}"))
    assert names(await world.timeline(f"contacts/{ada}")) == [[name]]
    await until(lambda: bool(said(world, "links_applied")))


def said(world: World, kind: str) -> list:
    """Facts of one kind on the events stream."""
    found = [
        events_pb2.InteractionEvent.FromString(record.value)
        for partition, log in world.broker.records.items()
        if partition.stream == events.EVENTS
        for record in log
    ]
    return [getattr(event, kind) for event in found if event.WhichOneof("event") == kind]


async def test_a_refusal_says_names_and_hashes_only(world: World):
    await world.accept(touch("1"))
    await world.accept(touch("1", ago=5))
    await until(lambda: bool(said(world, "touch_refused")))
    (refused,) = said(world, "touch_refused")
    assert refused.source == "sources/mail"
    assert refused.kept_hash != refused.refused_hash
    assert b"ada" not in refused.SerializeToString()


async def test_a_correction_is_shown_instead_of_what_it_corrects(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    (wrong,) = await world.accept(touch("1", "call.logged", ago=50, attributes={"duration_minutes": 2}))
    (second,) = await world.accept(touch("2", "call.logged", ago=45, correction_of=wrong))
    (third,) = await world.accept(touch("3", "call.logged", ago=40, correction_of=wrong))
    assert names(await world.timeline(f"contacts/{ada}")) == [[third]]
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}"))
    assert page.counts.total == 1
    listed = await world.stub.ListThreadTouches(pb.ListThreadTouchesRequest(parent=page.threads[0].name))
    assert [one.name for one in listed.touches] == [wrong, second, third]


async def test_a_correction_that_comes_first_is_joined_by_its_original(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    (name,) = [result.name for result in await world.record(touch("1", ago=50), validate_only=True)]
    (correction,) = await world.accept(touch("2", ago=40, correction_of=name))
    await world.accept(touch("1", ago=50))
    assert names(await world.timeline(f"contacts/{ada}")) == [[correction]]


async def test_what_was_erased_before_it_came_is_forgotten(world: World):
    subject = UUID(bytes=world.subjects.of("email", "ada@kiln.example"))
    async with world.database.connection() as conn:
        await conn.execute("INSERT INTO tombstone VALUES (%s, %s, now() - interval '1 hour')", (subject, UUID(int=0)))
        await conn.execute("COMMIT")
    await world.accept(touch("old", ago=7200), touch("new", ago=60))
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]


async def test_evidence_is_kept_apart(world: World):
    await world.accept(touch("1", evidence=pb.Evidence(ip="192.0.2.7", user_agent="Probe")))
    (payload,) = rows(world, "SELECT payload FROM touch")[0]
    assert b"192.0.2.7" not in payload
    assert b"192.0.2.7" in rows(world, "SELECT evidence FROM touch_raw")[0][0]
    await until(lambda: any(p.stream == RECORDED for p in world.broker.records))
    assert not any(
        b"192.0.2.7" in r.value for p, log in world.broker.records.items() if p.stream == RECORDED for r in log
    )


async def test_the_public_stream_has_one_cloud_event_a_touch_and_nothing_personal(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "canary@kiln.example"))
    attributes = Struct()
    attributes.update({"duration_minutes": 12, "note": "canary note"})
    personal = {
        "names": pb.Names(contact="Canary Ada", campaign="Autumn", message="Canary, hello"),
        "attributes": attributes,
    }
    (name,) = await world.accept(touch("1", "call.logged", value="canary@kiln.example", **personal))
    (record,) = await published(world, 1)
    assert b"anary" not in record.value
    told = {key: value.decode() for key, value in record.headers}
    assert (told["ce_specversion"], told["ce_id"], told["content-type"]) == ("1.0", name, "application/protobuf")
    shown = events_pb2.PublishedTouch.FromString(record.value)
    assert list(shown.contacts) == [f"contacts/{ada}"]
    assert shown.touch.names.campaign == "Autumn"
    assert shown.touch.attributes["duration_minutes"] == 12
    assert record.key == world.subjects.of("email", "canary@kiln.example")


async def test_a_position_that_was_never_reached_is_unavailable(world: World):
    import pytest
    from chassis.errors import Unavailable

    ada = uuid4()
    world.contact(ada)
    await world.settled()
    never = encode_positions([Position(events.CONTACTS, 0, 1_700_000_000, 10_000)])
    with pytest.raises(Unavailable) as behind:
        await world.stub.GetTimeline(
            pb.GetTimelineRequest(parent=f"contacts/{ada}", min_position=never), timeout=timedelta(seconds=1).seconds
        )
    assert behind.value.reason == "LINKS_BEHIND"
