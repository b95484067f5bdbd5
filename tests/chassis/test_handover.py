"""What the polling thread has while the loop works comes in one piece, in order; the thread waits when it is much."""

import asyncio
import threading

import pytest
from chassis.bus.records import Batch, Partition, Record
from chassis.bus_kafka.handover import MOST_BYTES, Handover

MOST = 50
ONE, OTHER = Partition("stream", 1), Partition("stream", 2)


def batch(place: Partition, *offsets: int, turn: int = 1, value: bytes = b"v") -> Batch:
    return Batch(place, [Record(*place, offset, None, value, (), 0) for offset in offsets], turn)


async def taken(handover: Handover) -> list[tuple[Partition, int, list[int]]]:
    batches = await handover.take(0.0)
    return [(found.partition, found.turn, [record.offset for record in found.records]) for found in batches]


async def test_the_polls_that_came_meanwhile_are_one_batch_of_each_partition():
    handover = Handover(MOST)
    handover.put([batch(ONE, 1, 2), batch(OTHER, 7)], 0)
    handover.put([batch(ONE, 3)], 0)
    assert await taken(handover) == [(ONE, 1, [1, 2, 3]), (OTHER, 1, [7])]
    assert await taken(handover) == []


async def test_records_of_another_turn_stay_apart():
    handover = Handover(MOST)
    handover.put([batch(ONE, 1, 2)], 0)
    handover.put([batch(ONE, 1, turn=2)], 0)
    assert await taken(handover) == [(ONE, 1, [1, 2]), (ONE, 2, [1])]


@pytest.mark.parametrize(
    "much", [batch(ONE, *range(MOST)), batch(ONE, 1, value=bytes(MOST_BYTES))], ids=["records", "bytes"]
)
async def test_the_thread_waits_while_much_is_there_and_goes_on_when_it_was_taken(much: Batch):
    handover = Handover(MOST)
    assert handover.put([much], 0)
    assert not handover.put([batch(OTHER, 1)], 0)
    waiting = threading.Thread(target=handover.put, args=([batch(OTHER, 1)], 60))
    waiting.start()
    assert [place for place, _, _ in await taken(handover)] == [ONE]
    await asyncio.to_thread(waiting.join)
    assert await taken(handover) == [(OTHER, 1, [1])]


async def test_one_poll_that_is_more_than_the_bound_is_not_refused():
    handover = Handover(MOST)
    assert handover.put([batch(ONE, *range(MOST + 1))], 0)
    assert len((await taken(handover))[0][2]) == MOST + 1


async def test_closing_lets_the_thread_go_on():
    handover = Handover(MOST)
    handover.put([batch(ONE, *range(MOST))], 0)
    waiting = threading.Thread(target=handover.put, args=([batch(ONE, 1)], 60))
    waiting.start()
    handover.close()
    await asyncio.to_thread(waiting.join)


async def test_the_thread_lets_records_gather_while_the_loop_is_busy_and_fetches_when_it_asks():
    handover = Handover(MOST)
    waiting = threading.Thread(target=handover.until_asked, args=(60,))
    waiting.start()
    asking = asyncio.create_task(handover.take(60))
    await asyncio.to_thread(waiting.join)
    handover.put([batch(ONE, 1)], 0)
    assert [record.offset for record in (await asking)[0].records] == [1]


async def test_closing_ends_the_gathering():
    handover = Handover(MOST)
    waiting = threading.Thread(target=handover.until_asked, args=(60,))
    waiting.start()
    handover.close()
    await asyncio.to_thread(waiting.join)
