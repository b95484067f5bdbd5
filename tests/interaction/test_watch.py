"""Watching a timeline: what comes is told once, what is too old is told as such."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.usecases import Entry, Hub, Position, Watch
from tests.chassis.ground import until
from tests.interaction.world import World, touch

ADA, BOB = b"a" * 16, b"b" * 16


def entry(seq: int, subject: bytes = ADA, *, epoch: int = 1, size: int = 1) -> Entry:
    return Entry(Position("recorded", 0, epoch, seq), subject, b"x" * size)


def joined(hub: Hub, seq: int, subject: bytes = ADA) -> Watch:
    watch = Watch(frozenset({subject}))
    hub.join(watch, [Position("recorded", 0, 1, seq)])
    return watch


def seen(watch: Watch) -> list[int]:
    return [watch.queue.get_nowait().position.seq for _ in range(watch.queue.qsize())]


def test_a_watch_gets_what_is_behind_its_position_and_what_comes():
    hub = Hub()
    for seq in range(5, 10):
        hub.put(entry(seq))
    watch = joined(hub, 7)
    hub.put(entry(10, BOB))
    hub.put(entry(11))
    assert seen(watch) == [8, 9, 11]
    assert not watch.is_lost.is_set()


def test_a_repeat_is_dropped_and_a_gap_loses_everybody():
    hub = Hub()
    hub.put(entry(5))
    watch = joined(hub, 5)
    hub.put(entry(5))
    hub.put(entry(6))
    assert seen(watch) == [6]
    hub.put(entry(8))
    assert watch.is_lost.is_set()


def test_a_position_older_than_the_ring_is_lost_at_once():
    hub = Hub(limit=10)
    for seq in range(1, 30):
        hub.put(entry(seq, size=5))
    assert joined(hub, 3).is_lost.is_set()
    assert not joined(hub, 29).is_lost.is_set()


def test_a_watch_that_joined_before_anything_was_held_checks_what_comes_first():
    for first, lost in ((4, False), (6, False), (7, True)):
        hub = Hub()
        watch = joined(hub, 5)
        hub.put(entry(first))
        assert watch.is_lost.is_set() == lost


def test_a_page_that_is_ahead_of_the_tail_hears_nothing_twice():
    hub = Hub()
    hub.put(entry(5))
    watch = joined(hub, 7)
    for seq in (6, 7, 8):
        hub.put(entry(seq))
    assert seen(watch) == [8]


def test_a_new_epoch_makes_everybody_read_again():
    hub = Hub()
    hub.put(entry(5))
    watch = joined(hub, 5)
    hub.put(entry(1, epoch=2))
    assert watch.is_lost.is_set()


def test_a_watch_that_left_holds_nothing():
    hub = Hub()
    watch = joined(hub, 0)
    assert hub.is_watched
    hub.leave(watch)
    assert not hub.is_watched
    hub.put(entry(1))
    assert watch.queue.empty()
    assert not hub._by_subject
    cold = Hub()
    cold.leave(joined(cold, 5))
    assert not any(ring.waiting for ring in cold._rings.values())


def test_a_position_that_is_behind_reads_again_where_nothing_is_held():
    hub, place = Hub(), entry(7).position
    behind, abreast = (Watch(frozenset((ADA,))) for _ in range(2))
    hub.join(behind, [place._replace(seq=4)], {place[:2]: place[2:]})
    hub.join(abreast, [place], {place[:2]: place[2:]})
    assert behind.is_lost.is_set()
    assert not abreast.is_lost.is_set()


@asynccontextmanager
async def watching(world: World, contact: UUID, position: str = "") -> AsyncIterator[Any]:
    """The changes of a contact's timeline, without heartbeats."""

    async def changes() -> AsyncIterator[Any]:
        request = pb.WatchTimelineRequest(parent=f"contacts/{contact}", watch_position=position)
        async for answer in world.stub.WatchTimeline(request):
            if answer.WhichOneof("change") != "heartbeat":
                yield answer

    async with aclosing(changes()) as found:
        yield found


async def test_a_touch_is_told_moments_after_it_was_recorded(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(touch("0"))
    await until(lambda: any(ring.last for ring in world.hub._rings.values()))
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}"))
    (missed,) = await world.accept(touch("1", ago=10))
    async with watching(world, ada, page.watch_position) as changes:
        first = await asyncio.wait_for(anext(changes), 10)
        assert first.touch.name == missed
        await world.record(touch("other", value="bob@kiln.example"))
        (result,) = await world.record(touch("2", ago=5))
        second = await asyncio.wait_for(anext(changes), 10)
        assert second.touch.name == result.name
    async with watching(world, ada, first.watch_position) as changes:
        again = await asyncio.wait_for(anext(changes), 10)
        assert again.touch.name == result.name


async def test_changed_links_make_a_watcher_read_again(world: World):
    ada = uuid4()
    world.contact(ada)
    await world.settled()
    async with watching(world, ada) as changes:
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.3)
        world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
        told = await asyncio.wait_for(waiting, 10)
        assert told.resync.reason == pb.Resync.REASON_LINKS_APPLIED
