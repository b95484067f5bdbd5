"""What the chassis's data tests stand on: a database with the chassis's own tables and one table of effects."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from chassis import inbox, outbox
from chassis.bus import Record
from chassis.config import Settings
from chassis.db import Database
from psycopg import AsyncConnection

from tests.patience import PATIENCE

EFFECTS = """
CREATE TABLE effect (
    id bigserial PRIMARY KEY, stream text NOT NULL, partition integer NOT NULL, record bigint NOT NULL,
    value text NOT NULL CHECK (value <> 'forbidden'), UNIQUE (stream, partition, record, value)
);
"""
INSERT = "INSERT INTO effect (stream, partition, record, value) VALUES (%s, %s, %s, %s)"


def prepare(settings: Settings) -> Settings:
    """Give an empty database the chassis's tables and the effects'."""
    with psycopg.connect(settings.database_dsn(), autocommit=True) as connection:
        for schema in (outbox.SCHEMA, inbox.SCHEMA, EFFECTS):
            connection.execute(schema)
    return settings


@contextlib.asynccontextmanager
async def opened(settings: Settings, **options: Any) -> AsyncIterator[Database]:
    """A Database for the length of a block."""
    database = Database(settings, **options)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


class WriteEffects:
    """A batch handler: one row per record; each record's value is a list of words, comma between them."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any:
        self.seen.extend(record.value.decode() for record in batch)
        return [
            (record.stream, record.partition, record.offset, word)
            for record in batch
            for word in record.value.decode().split(",")
        ]

    async def flush(self, conn: AsyncConnection[Any], prepared: Any) -> None:
        for row in prepared:
            await conn.execute(INSERT, row)

    def halve(self, record: Record) -> tuple[Record, Record] | None:
        words = record.value.decode().split(",")
        if len(words) == 1:
            return None
        middle = len(words) // 2
        first, second = (",".join(part).encode() for part in (words[:middle], words[middle:]))
        return record._replace(value=first), record._replace(value=second)


class Hoping(WriteEffects):
    """Writes without looking what is there, until a key was taken."""

    is_hopeful = True

    def doubt(self) -> bool:
        was_hopeful, self.is_hopeful = self.is_hopeful, False
        return was_hopeful

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any:
        rows = await super().prepare(conn, batch)
        if self.is_hopeful:
            return rows
        there = await (await conn.execute("SELECT stream, partition, record, value FROM effect")).fetchall()
        return [row for row in rows if row not in there]


def effects(settings: Settings) -> list[tuple[str, int, int, str]]:
    """Every effect, in the order in which it was written."""
    with psycopg.connect(settings.database_dsn(), autocommit=True) as connection:
        return connection.execute("SELECT stream, partition, record, value FROM effect ORDER BY id").fetchall()


def words(settings: Settings) -> list[str]:
    """The values of every effect."""
    return [row[3] for row in effects(settings)]


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until it holds; fails when it does not in time."""
    end = time.monotonic() + patience
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.05)


class Lag:
    """Sees a loop that stands still, and a thread that spins beside it."""

    def __init__(self, every: float = 0.02) -> None:
        self.every, self.worst = every, 0.0

    async def __aenter__(self) -> "Lag":
        self.started, self.spent = time.monotonic(), time.process_time()
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    def check(self) -> None:
        """Fails when the loop stood still for as long as a blocked call would, or waiting cost most of a processor.

        Both hold on a busy machine too: others take time from a thread that spins, and give it none.
        """
        share = (time.process_time() - self.spent) / (time.monotonic() - self.started)
        assert share < 0.6, f"waiting took {share:.0%} of a processor"
        assert self.worst < 3, f"the loop stood still for {self.worst:.1f} s"

    async def _tick(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(self.every)
            self.worst = max(self.worst, time.monotonic() - before - self.every)


@contextlib.asynccontextmanager
async def refused(postgres: Any, settings: Settings) -> AsyncIterator[None]:
    """The service's database refuses every connection, and those that were open are gone."""
    name = settings.database.rpartition("/")[2]

    def allow(is_open: bool) -> None:
        with postgres.connect() as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(is_open).lower()}')
            if not is_open:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    await asyncio.to_thread(allow, False)
    try:
        yield
    finally:
        await asyncio.to_thread(allow, True)


async def all_threads_stopped(pid: int) -> None:
    """SIGSTOP reaches the threads of a busy process one after the other: until then it still answers."""
    for _ in range(3000):
        if thread_states(pid) <= {"T"}:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"process {pid} did not stop within 30 s")


async def all_ended(pids: Iterable[int]) -> None:
    """Wait for processes that are not our children; one that nobody has buried yet holds nothing any more."""
    for pid in pids:
        for _ in range(3000):
            with contextlib.suppress(OSError):
                if thread_states(pid) - {"Z", "X"}:
                    await asyncio.sleep(0.01)
                    continue
            break
        else:
            raise AssertionError(f"process {pid} did not end within 30 s")


def thread_states(pid: int) -> set[str]:
    """The states of a process's threads, as proc(5) letters them."""
    return {stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")}


def signal_all(pids: Iterable[int], number: int) -> None:
    """A session may have ended since it was listed."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
