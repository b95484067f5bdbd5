"""What the bus contract is told with: a broker under test, handlers that fail, records in and rows out."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import psycopg
from chassis import inbox
from chassis.bus import (
    ConsumerLoop,
    Limits,
    Producer,
    Record,
    Source,
    Subscription,
)
from chassis.config import Settings
from chassis.db import Database
from chassis.streams import catalogue, dead_letters
from psycopg import AsyncConnection

from tests.chassis.ground import WriteEffects

PLAIN = "touchline.interaction.consent_requests.v1"
OUTBOX = "touchline.campaign.events.v1"
STREAMS = [stream for name in (PLAIN, OUTBOX) for stream in (name, dead_letters(name))]
OUTAGE = 130.0 if os.environ.get("SCALE") == "1" else 6.0
LIMITS = Limits(poll=0.05, first_pause=0.05, longest_pause=0.5, dead_letters_in_a_row=5)


class Bus(Protocol):
    """A broker under test, with one service's database beside it."""

    settings: Settings
    database: Database

    async def producer(self, *, records: int = 50_000, age: float = 10.0) -> Producer: ...

    async def writer(self) -> Producer: ...

    def source(self, group: str) -> Source: ...

    async def outage(self, seconds: float) -> None: ...

    def frozen(self) -> contextlib.AbstractAsyncContextManager[None]: ...

    def without_database(self) -> contextlib.AbstractAsyncContextManager[None]: ...

    async def records(self, stream: str) -> list[Record]: ...

    async def cut(self, stream: str, partition: int, to: int) -> None: ...


async def loop_on(bus: Bus, handler: Any, stream: str = PLAIN, group: str = "readers", **options: Any) -> ConsumerLoop:
    snapshot = options.pop("snapshot", None)
    subscription = Subscription(stream, handler, outbox=catalogue()[stream].is_outbox, snapshot=snapshot, emits=False)
    options.setdefault("limits", LIMITS)
    options.setdefault("producer", await bus.producer())
    return ConsumerLoop(bus.settings, bus.database, group, [subscription], source=bus.source(group), **options)


@contextlib.asynccontextmanager
async def running(loop: ConsumerLoop) -> AsyncIterator[ConsumerLoop]:
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop))
    try:
        yield loop
    finally:
        stop.set()
        await task


async def write(bus: Bus, *values: str, partition: int = 0, stream: str = PLAIN, **headers: str) -> None:
    producer = await bus.writer()
    told = [(name, value.encode()) for name, value in headers.items()]
    sent = [producer.send(stream, partition=partition, key=b"k", value=v.encode(), headers=told) for v in values]
    await asyncio.gather(*sent)


async def write_numbered(bus: Bus, *numbers: str) -> None:
    """Each record's value is its number."""
    for number in numbers:
        await write(bus, number, stream=OUTBOX, ce_sequence=number)


def row(bus: Bus, partition: int = 0, stream: str = PLAIN) -> inbox.Held | None:
    with psycopg.connect(bus.settings.database_dsn()) as connection:
        found = connection.execute(
            "SELECT next, version, epoch, seq, topic_id FROM inbox_offset WHERE stream = %s AND partition = %s",
            [stream, partition],
        ).fetchone()
    return inbox.Held(*found) if found else None


def change(bus: Bus, statement: str) -> None:
    with psycopg.connect(bus.settings.database_dsn(), autocommit=True) as connection:
        connection.execute(statement)


class Failing(WriteEffects):
    """Fails on a word as often as it is told, with the exception that it is given."""

    def __init__(self, word: str, error: Exception, times: int = 10**6) -> None:
        super().__init__()
        self.word, self.error, self.times = word, error, times

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any:
        if self.times and any(self.word == record.value.decode() for record in batch):
            self.times -= 1
            raise self.error
        return await super().prepare(conn, batch)


class Meddling(WriteEffects):
    """Runs a statement once inside its flush, before its effects or after them."""

    def __init__(self, *statements: str, before: bool = True) -> None:
        super().__init__()
        self.statements, self.before = list(statements), before

    async def flush(self, conn: AsyncConnection[Any], prepared: Any) -> None:
        statements, self.statements = self.statements, []
        if not self.before:
            await super().flush(conn, prepared)
        for statement in statements:
            await conn.execute(statement)
        if self.before:
            await super().flush(conn, prepared)
