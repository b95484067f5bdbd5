"""The roles that every service has alike: `serve` answers calls, `work` relays the outbox."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.bus.records import Producer
from chassis.chores import Chore, Forgetting, doing
from chassis.db import Database
from chassis.outbox import Relay
from chassis.rpc.server import RpcServer


@dataclass
class Serving:
    """A gRPC server on its database."""

    database: Database
    server: RpcServer

    async def run(self, stop: asyncio.Event) -> None:
        await self.database.open()
        try:
            await self.server.run(stop)
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of everything that it holds open."""
        await self.database.close()

    def health(self) -> Mapping[str, str]:
        return self.server.health()


@dataclass
class Relaying:
    """The outbox on its way to Kafka, and what is done by the clock: forgetting request_ids, and each service's own."""

    database: Database
    producer: Producer
    relay: Relay
    chores: tuple[Chore, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        self.chores = (Forgetting(self.database).chore(), *self.chores)

    async def run(self, stop: asyncio.Event) -> None:
        await self.database.open()
        try:
            async with doing(*self.chores):
                await self.producer.start()
                await self.relay.run(stop)
        finally:
            await self.producer.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        told = {**self.database.health(), **self.producer.health(), **self.relay.health()}
        for chore in self.chores:
            told.update(chore.health())
        return told
