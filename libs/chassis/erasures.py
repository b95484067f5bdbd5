"""What a service knows of people who were erased: ids and keyed hashes, what it deleted, whether it has said so.

The rows of `erasure` stay for good. They are the tombstones of a projection: an older state of an erased contact, a
link or a touch of hers that comes late, is not taken for news.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from chassis.db import Tx

SCHEMA = """
CREATE TABLE erasure (
    erasure_id uuid PRIMARY KEY,
    contacts uuid[] NOT NULL,
    subjects uuid[] NOT NULL,
    erase_time timestamptz NOT NULL,
    rows jsonb NOT NULL,
    is_acknowledged boolean NOT NULL DEFAULT false
);
CREATE INDEX erasure_contacts_index ON erasure USING gin (contacts);
CREATE INDEX erasure_subjects_index ON erasure USING gin (subjects);
CREATE INDEX erasure_waiting_index ON erasure (erasure_id) WHERE NOT is_acknowledged;
"""
# One that comes again is acknowledged again: contact may have been restored, and not know that we did it.
KEEP = """INSERT INTO erasure AS kept (erasure_id, contacts, subjects, erase_time, rows) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (erasure_id) DO UPDATE SET is_acknowledged = false"""
AMONG = "SELECT DISTINCT contact FROM erasure, unnest(contacts) AS contact WHERE contacts && %s::uuid[]"
FORGOTTEN = """SELECT subject, max(erase_time) FROM erasure, unnest(subjects) AS subject
WHERE subjects && %s::uuid[] GROUP BY subject"""

CLEARS_NOTES = 180000
PARTS = "SELECT %s UNION SELECT relid::text FROM pg_partition_tree(%s::regclass) WHERE isleaf"
CLEAR = """SELECT pg_clear_attribute_stats(schemaname::text, tablename::text, attname::text, inherited)
FROM pg_stats WHERE tablename = %s AND schemaname = current_schema()"""


@dataclass(frozen=True)
class Erased:
    """A person who was erased: her contacts with the numbers of their last states, and the subjects she held.

    `alone` are subjects that nobody else held, `shared` those that others hold or held too, `own` those of the
    contacts' own ids. The epoch is that of the numbers; what occurred before `time` is forgotten.
    """

    erasure: UUID
    contacts: Mapping[UUID, int]
    alone: frozenset[bytes]
    shared: frozenset[bytes]
    own: frozenset[bytes]
    epoch: int
    time: datetime

    @property
    def ids(self) -> list[UUID]:
        """Her contacts, in a fixed order."""
        return sorted(self.contacts)

    @property
    def hers(self) -> list[UUID]:
        """The subjects that were hers alone, those of her own ids among them."""
        return [UUID(bytes=subject) for subject in sorted(self.alone | self.own)]

    @property
    def others(self) -> list[UUID]:
        """The subjects that others hold or held too."""
        return [UUID(bytes=subject) for subject in sorted(self.shared)]


async def keep(tx: "Tx", erased: Erased, rows: Mapping[str, int]) -> None:
    """Note what was deleted, by the table, in the transaction that deleted it."""
    connection = await tx.session.connection()
    values = (erased.erasure, erased.ids, erased.hers, erased.time, Jsonb(dict(rows)))
    await connection.exec_driver_sql(KEEP, values)


async def erased_among(conn: AsyncConnection[Any], contacts: Collection[UUID]) -> set[UUID]:
    """Those of these contacts that are erased."""
    wanted = set(contacts)
    if not wanted:
        return set()
    return {row[0] for row in await (await conn.execute(AMONG, (list(wanted),))).fetchall()} & wanted


async def forgotten_subjects(conn: AsyncConnection[Any], subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """Those of these subjects that an erased person held alone, and before which moment they are forgotten."""
    wanted = set(subjects)
    if not wanted:
        return {}
    rows = await (await conn.execute(FORGOTTEN, (list(wanted),))).fetchall()
    return {row[0]: row[1] for row in rows if row[0] in wanted}


async def vacuum(conn: AsyncConnection[Any], tables: Iterable[str]) -> None:
    """Let PostgreSQL forget deleted rows, and what its planner noted of them; outside of any transaction.

    ANALYZE leaves the notes of a table, or a partition, that became empty as they were, so these are cleared (from
    PostgreSQL 18 on).
    """
    for table in tables:
        await conn.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
        if conn.info.server_version >= CLEARS_NOTES:
            parts = await (await conn.execute(PARTS, (table, table))).fetchall()
            await _clear(conn, [part for (part,) in parts])


async def _clear(conn: AsyncConnection[Any], tables: Iterable[str]) -> None:
    """Clear what the planner noted of those that are empty."""
    for table in tables:
        is_empty = sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
        row = await (await conn.execute(is_empty)).fetchone()
        if row and row[0]:
            await conn.execute(CLEAR, (table,))
