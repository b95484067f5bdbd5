"""Both audit logs as their services write them and as `touchline audit verify` reads them, and what somebody does who
may write to their tables.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis import audit, chain
from chassis.config import Settings
from chassis.db import Database, Tx
from chassis.lists import Paging
from chassis.resources import PageTokens
from psycopg import sql
from sqlmodel import col
from touchline_client.commands.audit import entry_of, read_readings

from services.contact.models import AuditEntry
from services.contact.rpc.audit import audit_message
from services.contact.store.audit import insert_audit_entry
from services.contact.usecases.auditing import list_audit_entries
from services.interaction.store.audit import append_audit

START = datetime.fromisoformat("2026-11-30T09:00:00+00:00")
LENGTH = 7
EVERYTHING = Paging(1000, None, PageTokens("audit", ""))
Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Log:
    """One service's log: its database, how an entry gets into it, what it reads as, and how a chain is made."""

    settings: Settings
    database: Database
    append: Callable[[Tx, int], Awaitable[None]]
    read: Callable[[], Awaitable[list[Any]]]
    verify: Callable[..., chain.Finding | None]
    record: Callable[[Row], bytes]

    async def rows(self) -> Rows:
        """The stored rows, oldest first."""
        async with self.database.connection() as conn:
            cursor = await conn.execute("SELECT * FROM audit_entry ORDER BY number")
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]

    async def store(self, rows: Rows) -> None:
        """Put other rows in their place."""
        names = list(rows[0]) if rows else []
        query = sql.SQL("INSERT INTO audit_entry ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(sql.Placeholder() * len(names))
        )
        async with self.database.connection() as conn, conn.transaction(), conn.cursor() as cursor:
            await cursor.execute("DELETE FROM audit_entry")
            if rows:
                await cursor.executemany(query, [[row[name] for name in names] for row in rows])

    def linked(self, rows: Rows) -> Rows:
        """The chain made anew over rows, numbers included: what somebody does who knows how it is made."""
        head, made = chain.EMPTY, []
        for number, row in enumerate(rows, 1):
            fresh = {**row, "number": number, "previous_hash": head.digest}
            head = chain.Head(number, chain.link(head.digest, self.record(fresh)))
            made.append({**fresh, "hash": head.digest})
        return made


@asynccontextmanager
async def contact_log(settings: Settings) -> AsyncIterator[Log]:
    database = Database(settings)
    await database.open()

    async def append(tx: Tx, number: int) -> None:
        told = {"actor": f"users/{number % 3}", "action": "contact.reveal", "resource": f"contacts/{number}"}
        moment = START + timedelta(seconds=number)
        await insert_audit_entry(tx, time=moment, reason=f"she cälled {number}", **told)

    async def read() -> list[audit.Entry]:
        async with database.transaction() as tx:
            entries, _ = await list_audit_entries(tx, [col(AuditEntry.number) > 0], EVERYTHING, is_descending=False)
        return [entry_of(audit_message(entry)) for entry in entries]

    def record(row: Row) -> bytes:
        told = [row[name] for name in ("number", "time", "actor", "action", "resource", "reason", "reason_hash")]
        return audit.record_of(audit.Entry(*told, b"", b""))

    yield Log(settings, database, append, read, audit.verify, record)
    await database.close()


@asynccontextmanager
async def interaction_log(settings: Settings) -> AsyncIterator[Log]:
    database = Database(settings)
    await database.open()

    async def append(tx: Tx, number: int) -> None:
        told = {"actor": f"users/{number % 3}", "action": "touches.read", "cursor": f"cursör {number}"}
        await append_audit(tx, time=START + timedelta(seconds=number), keys=[bytes([number]) * 32], **told)

    async def read() -> list[audit.Reading]:
        return await read_readings(settings)

    def record(row: Row) -> bytes:
        told = [row[name] for name in ("number", "time", "actor", "action", "cursor", "touches")]
        return audit.record_of_reading(audit.Reading(*told, b"", b""))

    yield Log(settings, database, append, read, audit.verify_readings, record)
    await database.close()


def flipped(value: Any, draw: random.Random) -> Any:
    """A value with one bit, letter or microsecond changed, or gone."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=draw.choice([-1, 1]) * draw.choice([1, 1_000_000, 86_400_000_000]))
    if isinstance(value, int):
        return value + draw.choice([LENGTH, 2 * LENGTH])
    if not value or draw.random() < 0.2:
        return b"x" if isinstance(value, bytes) and not value else value[:0] if value else "x"
    place = draw.randrange(len(value))
    if isinstance(value, bytes):
        return value[:place] + bytes([value[place] ^ 1 << draw.randrange(8)]) + value[place + 1 :]
    return str(value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :])


def edit(rows: Rows, at: int, draw: random.Random) -> Rows:
    name = draw.choice(list(rows[at]))
    return [*rows[:at], {**rows[at], name: flipped(rows[at][name], draw)}, *rows[at + 1 :]]


def delete(rows: Rows, at: int, _: random.Random) -> Rows:
    return [*rows[:at], *rows[at + 1 :]]


def swap(rows: Rows, at: int, draw: random.Random) -> Rows:
    """Two rows change their places, and so their numbers."""
    other = draw.choice([place for place in range(len(rows)) if place != at])
    made = list(rows)
    made[at], made[other] = ({**rows[b], "number": rows[a]["number"]} for a, b in ((at, other), (other, at)))
    return made


def cut(rows: Rows, at: int, _: random.Random) -> Rows:
    return rows[:at]


def add(rows: Rows, at: int, _: random.Random) -> Rows:
    """An entry that nobody wrote stands between others; those behind it are numbered anew."""
    made = [*rows[: at + 1], rows[at], *rows[at + 1 :]]
    return [{**row, "number": number} for number, row in enumerate(made, 1)]


MUTATIONS = [edit, edit, edit, delete, swap, cut, add]
