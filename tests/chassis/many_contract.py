"""What every producer does with many records at once: the same as with each of them."""

import asyncio
import contextlib

import pytest
from chassis.bus import Keyed, RecordRefusedError
from chassis.errors import ResourceExhausted, Unavailable
from chassis.streams import catalogue

from tests.chassis.bus_ground import OUTAGE, PLAIN, Bus
from tests.patience import PATIENCE

SIZES = [0, 1, 63, 64, 127, 4095, 4096, 8191, 8192, 20_000, 140_000]


def some(count: int, first: int = 0) -> list[Keyed]:
    """Records that a number tells apart."""
    return [Keyed(b"k", str(number).encode()) for number in range(first, first + count)]


class ManyContract:
    """One suite; a subclass has a fixture `bus`."""

    async def test_many_records_at_once_are_what_each_of_them_would_be(self, bus: Bus) -> None:
        told = [
            *(Keyed(b"k" * (number % 3), b"%d" % number * 40, [("ce_id", b"%d" % number)]) for number in range(1500)),
            *(Keyed(None, b"v" * size, [("ü" * 70, b"h" * size), ("a", b""), ("a", b"\0")]) for size in SIZES),
        ]
        producer = await bus.producer()
        before = producer.send(PLAIN, partition=1, key=b"k", value=b"before")
        futures = producer.send_all(PLAIN, partition=1, records=told)
        behind = producer.send(PLAIN, partition=1, key=b"k", value=b"behind", headers=[("ce_id", b"1")])
        offsets = await asyncio.wait_for(asyncio.gather(before, *futures, behind), PATIENCE)
        found = await bus.records(PLAIN)
        said = [Keyed(b"k", b"before"), *told, Keyed(b"k", b"behind", [("ce_id", b"1")])]
        assert [(one.key, one.value, list(one.headers)) for one in found] == [
            (one.key, one.value, list(one.headers)) for one in said
        ]
        assert [one.offset for one in found] == list(range(len(said)))
        assert (offsets[0], offsets[1], offsets[-1]) == (0, 1, len(said) - 1)
        assert all(one.timestamp > 0 for one in found)
        await producer.close()

    async def test_one_refused_record_of_many_fails_alone(self, bus: Bus) -> None:
        large = Keyed(b"k", b"x" * (catalogue()[PLAIN].max_message + 1))
        producer = await bus.producer()
        futures = producer.send_all(PLAIN, partition=0, records=[*some(3), large, *some(3, first=3)])
        answers = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), PATIENCE)
        assert [type(answer) for answer in answers].count(RecordRefusedError) == 1
        assert [record.value for record in await bus.records(PLAIN)] == [one.value for one in some(6)]
        await producer.close()

    async def test_an_outage_loses_none_of_many_and_keeps_their_order(self, bus: Bus) -> None:
        producer = await bus.producer(age=OUTAGE * 4)
        futures = [*producer.send_all(PLAIN, partition=0, records=some(5))]
        await asyncio.gather(*futures)
        outage, count = asyncio.create_task(bus.outage(OUTAGE)), 5
        while not outage.done():
            await asyncio.sleep(OUTAGE / 50)
            with contextlib.suppress(Unavailable):
                futures += producer.send_all(PLAIN, partition=0, records=some(5, first=count))
                count += 5
        await outage
        await asyncio.wait_for(asyncio.gather(*futures), PATIENCE)
        written = dict.fromkeys(int(record.value) for record in await bus.records(PLAIN))
        assert list(written) == list(range(count))
        await producer.close()

    async def test_many_records_fill_the_buffer_as_each_of_them_would(self, bus: Bus) -> None:
        producer = await bus.producer(records=10)
        async with bus.frozen():
            futures = producer.send_all(PLAIN, partition=0, records=some(10))
            with pytest.raises(ResourceExhausted):
                producer.send_all(PLAIN, partition=0, records=some(1))
        await asyncio.wait_for(asyncio.gather(*futures), 40)
        assert not await asyncio.gather(*producer.send_all(PLAIN, partition=0, records=[]))
        await producer.close()
