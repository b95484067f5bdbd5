"""Touches older than their type is kept: deleted at a pace, never taken again, and said at the timeline's end."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from chassis.bus import Record
from chassis.clock import FixedClock
from chassis.errors import InvalidArgument, NotFound
from touchline.contact.v1.contact_events_pb2 import ContactChanged
from touchline.contact.v1.contact_pb2 import Contact
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.events import IntakeHandler
from services.interaction.gateways import INTAKE
from services.interaction.jobs import Retention
from services.interaction.rpc import CONSUMER
from tests.interaction.world import NOW, World, names, touch

DAY = 86_400
ADA = "ada@kiln.example"


def rows(world: World, query: str, *values: Any) -> list[Any]:
    with psycopg.connect(world.settings.database_dsn()) as connection:
        return connection.execute(query, values).fetchall()


def retention(world: World, *, now: datetime = NOW, **fields: Any) -> Retention:
    return Retention(world.database, FixedClock(now), consumer=CONSUMER, stream=INTAKE, **fields)


async def keep_for(world: World, kind: str, days: int | None) -> pb.TouchType:
    request = pb.SetTouchTypeRetentionRequest(name=f"touchTypes/{kind}")
    if days is not None:
        request.retention.FromTimedelta(timedelta(days=days))
    return await (await world.caller("admin")).SetTouchTypeRetention(request)


async def ada(world: World) -> tuple[str, UUID]:
    contact = uuid4()
    world.contact(contact)
    world.holds(contact, world.subjects.of("email", ADA))
    await world.settled()
    return f"contacts/{contact}", contact


def first_day(days: int) -> datetime:
    """The first moment of which touches are kept that are kept for so many days."""
    return NOW.replace(hour=0, minute=0, second=0) - timedelta(days=days)


async def test_touches_older_than_their_type_is_kept_are_deleted_and_it_is_written_down(world: World):
    parent, _ = await ada(world)
    old = [touch(f"old{n}", ago=(100 + n) * DAY) for n in range(5)]
    kept = [touch("new", ago=10 * DAY), touch("other", "email.clicked", ago=400 * DAY)]
    recorded = await world.accept(*old, *kept)
    await keep_for(world, "email.opened", 90)
    await retention(world).keep()
    assert sorted(names(await world.timeline(parent))) == sorted([[name] for name in recorded[5:]])
    (deleted,) = (await world.stub.ListTouchDeletions(pb.ListTouchDeletionsRequest())).touch_deletions
    assert (deleted.type, deleted.touch_count) == ("email.opened", 5)
    assert deleted.day_time.ToDatetime(tzinfo=UTC) == first_day(0)
    assert deleted.begin_time.ToDatetime(tzinfo=UTC) == first_day(90)
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent))
    assert page.counts.total == 7, "what was deleted stays counted"


async def test_whole_days_are_kept(world: World):
    begin = first_day(30)
    just_before, just_at = touch("before"), touch("at")
    just_before.occurred_time.FromDatetime(begin - timedelta(microseconds=1))
    just_at.occurred_time.FromDatetime(begin)
    await world.accept(just_before, just_at)
    await keep_for(world, "email.opened", 30)
    await retention(world).keep()
    assert rows(world, "SELECT occurred_time FROM touch") == [(begin,)]


async def test_a_touch_older_than_its_type_is_kept_is_answered_ok_and_not_stored(world: World):
    await keep_for(world, "email.opened", 30)
    await retention(world).keep()
    await world.accept(
        touch("late", ago=31 * DAY), touch("fresh", ago=DAY), touch("other", "email.sent", ago=900 * DAY)
    )
    assert rows(world, "SELECT type, count(*) FROM touch GROUP BY type ORDER BY type") == [
        ("email.opened", 1),
        ("email.sent", 1),
    ]
    assert rows(world, "SELECT sum(touches) FROM touch_count") == [(2,)]


async def test_the_end_of_the_timeline_says_where_its_history_begins(world: World):
    parent, _ = await ada(world)
    await world.accept(*(touch(f"{n}", ago=n * 20 * DAY + 5) for n in range(8)))
    await world.accept(touch("call", "call.logged", ago=9 * DAY))
    await keep_for(world, "email.opened", 90)
    await keep_for(world, "call.logged", 30)
    await retention(world).keep()
    first = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent, page_size=2))
    assert list(first.history_begins) == []
    whole = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent))
    (begins,) = whole.history_begins
    assert (begins.type, begins.begin_time.ToDatetime(tzinfo=UTC)) == ("email.opened", first_day(90))
    assert begins.display_name


async def test_nothing_expires_where_nothing_was_said(world: World):
    await world.accept(touch("1", ago=20 * 365 * DAY))
    await retention(world).keep()
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]
    assert rows(world, "SELECT part FROM touch_walk") == [(16,)]


async def test_keeping_longer_again_brings_nothing_back(world: World):
    old = touch("old", ago=100 * DAY)
    await world.accept(old)
    await keep_for(world, "email.opened", 90)
    await retention(world).keep()
    told = await keep_for(world, "email.opened", None)
    assert not told.HasField("retention")
    assert told.history_begin_time.ToDatetime(tzinfo=UTC) == first_day(90)
    await world.accept(old)
    await retention(world, now=NOW + timedelta(days=50)).keep()
    assert rows(world, "SELECT count(*) FROM touch") == [(0,)]
    assert rows(world, "SELECT begin_day FROM touch_retention") == [(first_day(90).date(),)]


@pytest.mark.parametrize("seconds", [0, DAY - 1, DAY * 36_501, -DAY])
async def test_a_retention_is_whole_days(world: World, seconds: int):
    request = pb.SetTouchTypeRetentionRequest(name="touchTypes/email.opened", retention={"seconds": seconds})
    with pytest.raises(InvalidArgument):
        await (await world.caller("admin")).SetTouchTypeRetention(request)


async def test_a_type_that_nobody_registered_has_no_retention(world: World):
    with pytest.raises(NotFound):
        await keep_for(world, "nobody.knows", 3)


async def test_evidence_and_conflicts_go_with_their_touch(world: World):
    seen = touch("seen", ago=3 * DAY, evidence=pb.Evidence(ip="192.0.2.1"))
    await world.accept(seen)
    await world.accept(touch("seen", ago=4 * DAY))
    assert rows(world, "SELECT (SELECT count(*) FROM touch_raw), (SELECT count(*) FROM touch_conflict)") == [(1, 1)]
    await keep_for(world, "email.opened", 1)
    await retention(world).keep()
    assert rows(world, "SELECT (SELECT count(*) FROM touch_raw), (SELECT count(*) FROM touch_conflict)") == [(0, 0)]


class Dying(Retention):
    """Ends behind its first portions, as a killed process does."""

    left = 3

    def pause(self, deleted: int, seconds: float) -> float:
        self.left -= 1
        if not self.left:
            raise ConnectionAbortedError("killed")
        return 0.0


async def test_a_walk_that_was_killed_goes_on_where_it_ended(world: World):
    await world.accept(*(touch(f"old{n}", value=f"p{n % 40}@kiln.example", ago=(100 + n) * DAY) for n in range(600)))
    await world.accept(*(touch(f"new{n}", value=f"p{n % 40}@kiln.example", ago=n * 60) for n in range(50)))
    await keep_for(world, "email.opened", 90)
    dying = Dying(world.database, FixedClock(NOW), consumer=CONSUMER, stream=INTAKE, blocks=1)
    with pytest.raises(ConnectionAbortedError):
        await dying.keep()
    left = rows(world, "SELECT count(*) FROM touch")[0][0]
    assert 50 < left < 650
    part, block = rows(world, "SELECT part, block FROM touch_walk")[0]
    assert (part, block) > (0, 0)
    tomorrow = NOW + timedelta(days=1)
    await retention(world, now=tomorrow, blocks=1, per_second=10**9).keep()
    assert rows(world, "SELECT count(*) FROM touch") == [(50,)]
    told = rows(world, "SELECT day, touches FROM touch_deletion ORDER BY day")
    assert told == [(NOW.date(), 650 - left), (tomorrow.date(), left - 50)]


async def test_the_pace_is_as_stated(world: World):
    kept = retention(world, per_second=1_000)
    assert kept.pause(2_000, 0.5) == 1.5
    assert kept.pause(0, 0.25) == 0.25
    assert kept.pause(10, 0.25) == 0.25


class Waiting:
    """An IntakeHandler whose first flush waits until it is told to go on."""

    def __init__(self) -> None:
        self._handler = IntakeHandler()
        self.prepared = asyncio.Event()
        self.go_on = asyncio.Event()
        self.times = 0

    async def prepare(self, conn: Any, batch: Sequence[Record]) -> Any:
        prepared = await self._handler.prepare(conn, batch)
        self.times += 1
        self.prepared.set()
        await self.go_on.wait()
        return prepared

    async def flush(self, conn: Any, prepared: Any) -> None:
        await self._handler.flush(conn, prepared)

    def halve(self, record: Record) -> Any:
        return self._handler.halve(record)


async def test_a_batch_that_was_prepared_before_a_beginning_moved_is_prepared_again(world: World):
    await world.accept(touch("first", ago=DAY))  # its partition has a row
    waiting = Waiting()
    (subscription,) = [each for each in world.loop._subscriptions.values() if each.stream == INTAKE]
    object.__setattr__(subscription, "handler", waiting)
    results = await world.record(touch("late", ago=40 * DAY))
    assert results[0].status.code == 0
    await waiting.prepared.wait()
    await keep_for(world, "email.opened", 30)
    await retention(world).keep()
    waiting.go_on.set()
    await world.settled()
    assert waiting.times == 2
    assert rows(world, "SELECT source FROM touch") == [("mail",)]
    assert rows(world, "SELECT sum(touches) FROM touch_count") == [(1,)]


async def test_nothing_recent_is_lost_while_a_walk_goes_on(world: World):
    values = [f"p{n}@kiln.example" for n in range(60)]
    await world.accept(*(touch(f"old{n}", value=values[n % 60], ago=(100 + n % 50) * DAY) for n in range(2_000)))
    await keep_for(world, "email.opened", 90)
    walking = asyncio.create_task(retention(world, blocks=8, per_second=2_000).keep())
    fresh = 0
    while not walking.done():
        results = await world.record(*(touch(f"n{fresh + n}", value=values[n % 60], ago=60) for n in range(10)))
        assert all(result.status.code == 0 for result in results)
        fresh += 10
    await walking
    await world.settled()
    assert fresh > 10
    assert rows(world, "SELECT count(*) FROM touch") == [(fresh,)]
    assert rows(world, "SELECT sum(touches) FROM touch_deletion") == [(2_000,)]
    assert rows(world, "SELECT sum(touches) FROM touch_count") == [(2_000 + fresh,)]


async def test_nothing_of_whom_a_legal_hold_lies_on_is_deleted_until_it_is_released(world: World):
    parent, contact = await ada(world)
    await world.accept(touch("old", ago=100 * DAY), touch("other", ago=100 * DAY, value="omar@kiln.example"))
    await keep_for(world, "email.opened", 90)
    world.say(contact_changed=ContactChanged(contact=parent, revision=2, state=Contact.STATE_ACTIVE, held=True))
    await world.settled()
    await retention(world).keep()
    assert rows(world, "SELECT subject_id FROM touch") == [(UUID(bytes=world.subjects.of("email", ADA)),)]
    world.contact(contact, revision=3)
    await world.settled()
    await retention(world, now=NOW + timedelta(days=1)).keep()
    assert rows(world, "SELECT count(*) FROM touch") == [(0,)]
