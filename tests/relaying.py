"""A service's outbox sent to the broker of the tests, by the relay of its `work` role."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from chassis.bus.records import Record
from chassis.bus_memory import MemoryBroker, MemoryProducer
from chassis.db import Database
from chassis.outbox import Relay
from chassis.roles import Relaying

from tests.patience import PATIENCE


@contextlib.asynccontextmanager
async def relaying(settings, broker: MemoryBroker, service: str) -> AsyncIterator[Relaying]:
    """The `work` role, on the memory broker."""
    database, producer = Database(settings), MemoryProducer(broker)
    role = Relaying(database, producer, Relay(database, producer, source=f"/touchline/{service}", fallback=0.1))
    stop = asyncio.Event()
    running = asyncio.create_task(role.run(stop))
    try:
        yield role
    finally:
        stop.set()
        await running


async def heard(broker: MemoryBroker, stream: str, count: int) -> list[Record]:
    """The stream's records, once there are as many."""
    async with asyncio.timeout(PATIENCE):
        while True:
            records = [
                record for place, log in sorted(broker.records.items()) if place.stream == stream for record in log
            ]
            if len(records) >= count:
                return records
            await asyncio.sleep(0.02)
