"""The memory broker under the contract that the real one keeps."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from chassis.bus import NotNow, Partition, Record
from chassis.bus_memory import MemoryBroker, MemoryProducer, MemorySource
from chassis.config import Settings
from chassis.db import Database
from chassis.streams import catalogue

from tests.chassis.bus_contract import BusContract
from tests.chassis.bus_ground import PLAIN, Failing, loop_on, running, write
from tests.chassis.ground import opened, prepare, refused, until, words
from tests.chassis.latecomer_contract import LatecomerContract
from tests.chassis.many_contract import ManyContract


class MemoryBus:
    """A MemoryBroker and a database."""

    def __init__(self, settings: Settings, database: Database, postgres: Any) -> None:
        self.settings, self.database, self.broker = settings, database, MemoryBroker()
        self._postgres = postgres

    async def producer(self, *, records: int = 50_000, age: float = 10.0) -> MemoryProducer:
        producer = MemoryProducer(self.broker, records=records, age=age)
        await producer.start()
        return producer

    async def writer(self) -> MemoryProducer:
        return await self.producer()

    def source(self, group: str) -> MemorySource:
        return MemorySource(self.broker, group)

    async def outage(self, seconds: float) -> None:
        self.broker.is_away = True
        await asyncio.sleep(seconds)
        self.broker.recover()

    @contextlib.asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        self.broker.is_frozen = True
        yield
        self.broker.recover()

    def without_database(self) -> contextlib.AbstractAsyncContextManager[None]:
        return refused(self._postgres, self.settings)

    async def records(self, stream: str) -> list[Record]:
        numbers = range(catalogue()[stream].partitions)
        return [record for number in numbers for record in self.broker.records[Partition(stream, number)]]

    async def cut(self, stream: str, partition: int, to: int) -> None:
        self.broker.log_starts[Partition(stream, partition)] = to


class TestMemoryBus(BusContract, LatecomerContract, ManyContract):
    @pytest.fixture
    async def bus(self, make_database: Callable[..., Settings], postgres: Any) -> AsyncIterator[MemoryBus]:
        settings = prepare(make_database("campaign", migrated=False))
        async with opened(settings) as database:
            yield MemoryBus(settings, database, postgres)

    async def test_what_was_taken_and_given_back_while_it_could_not_be_applied_is_read_on(self, bus: MemoryBus) -> None:
        class Taken(Failing):
            async def prepare(self, conn: Any, batch: Sequence[Record]) -> Any:
                if self.times:  # the rebalance comes before the loop learns that it failed
                    (source,) = bus.broker.groups["readers"]
                    source.assign(set())
                    source.assign({Partition(PLAIN, 0)})
                return await super().prepare(conn, batch)

        loop = await loop_on(bus, Taken("a", NotNow("later"), times=1))
        await write(bus, "a", "b")
        async with running(loop):
            await until(lambda: words(bus.settings) == ["a", "b"])
