"""Whoever joins while touches are recorded ends with exactly what was acknowledged, and has nothing twice."""

import asyncio
from collections import Counter
from typing import Any

import identity
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction.store import RECORDED
from tests.interaction.world import World, touch

VALUES = [f"p{n}@kiln.example" for n in range(200)]
BEFORE, AT_ONCE = 1_000, 200
Positions = dict[int, tuple[int, int]]


class Producers:
    """Callers that record without a pause, and write down what was acknowledged."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger: list[str] = []
        self.is_over = asyncio.Event()
        self._next = 0

    async def record(self, count: int) -> None:
        first, self._next = self._next, self._next + count
        said = [touch(f"e{n}", value=VALUES[n % 200], ago=n % 5_000) for n in range(first, first + count)]
        results = await self.world.record(*said)
        assert all(result.status.code == 0 for result in results)
        self.ledger += [result.name for result in results]

    async def go_on(self) -> None:
        while not self.is_over.is_set():
            await self.record(20)


class Joiner:
    """An empty consumer: the history first, by a call that breaks off and goes on, then the stream behind it."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub
        self.held: list[str] = []
        self.positions: Positions = {}

    async def read_history(self) -> None:
        cursor = ""
        while await self._read(cursor):
            cursor = self._cursor

    async def _read(self, cursor: str) -> bool:
        """Three answers of a call, as if its line broke then; says whether there is more."""
        answers = 0
        async for answer in self.stub.ReadTouches(pb.ReadTouchesRequest(cursor=cursor, batch_size=AT_ONCE)):
            told = {at.partition: (at.epoch, at.seq) for at in answer.positions}
            assert not told or self.positions in ({}, told), "the positions are those of the first call"
            self.positions = self.positions or told
            self.held += [one.name for one in answer.touches]
            self._cursor = answer.cursor
            answers += 1
            if answers == 3:
                return True
        return False

    def follow(self, world: World) -> None:
        """Apply the stream from its beginning, dropping what the history has: at or below its positions."""
        for partition, log in world.broker.records.items():
            if partition.stream == RECORDED:
                for record in log:
                    epoch, _, seq = (record.header("ce_sequence") or "").partition(".")
                    if (int(epoch), int(seq)) > self.positions.get(partition.number, (0, 0)):
                        told = TouchBatch.FromString(record.value).touches
                        self.held += [identity.touch_name(one.subject, one.touch_id) for one in told]


async def test_who_joins_under_load_ends_with_the_producers_ledger(world: World):
    producers = Producers(world)
    for _ in range(BEFORE // 500):
        await producers.record(500)
    await world.settled()
    recording = [asyncio.create_task(producers.go_on()) for _ in range(3)]
    joiner = Joiner(await world.caller("service", client="test"))
    await joiner.read_history()
    from_history = len(joiner.held)
    producers.is_over.set()
    await asyncio.gather(*recording)
    await world.settled()
    await told(world, len(producers.ledger))
    joiner.follow(world)
    assert BEFORE <= from_history < len(producers.ledger)
    assert Counter(joiner.held) == Counter(producers.ledger)


async def told(world: World, count: int) -> None:
    """Return when so many touches are on the recorded stream."""
    for _ in range(3_000):
        logs = [log for partition, log in world.broker.records.items() if partition.stream == RECORDED]
        if sum(len(TouchBatch.FromString(record.value).touches) for log in logs for record in log) >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the stream does not tell what was written")
