"""What a service knows of people who were erased: ids and keyed hashes, what it deleted, whether it has said so.

The rows of `erasure` stay for good. They are the tombstones of a projection: an older state of an erased contact, a
link or a touch of hers that comes late, is not taken for news.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from identity import Link, Span

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
# When subjects that others hold or held too were an erased person's alone: what occurred then is forgotten.
SPANS = """
CREATE TABLE erased_span (
    subject_id uuid NOT NULL,
    span tstzrange NOT NULL,
    erase_time timestamptz NOT NULL,
    PRIMARY KEY (subject_id, span)
);
"""
# When one touch under such a subject was hers alone, because it was taken off the others.
TOUCHES = """
CREATE TABLE erased_touch (
    subject_id uuid NOT NULL,
    touch text NOT NULL,
    span tstzrange NOT NULL,
    erase_time timestamptz NOT NULL,
    PRIMARY KEY (subject_id, touch, span)
);
"""
# One that comes again is acknowledged again: contact may have been restored, and not know that we did it.
KEEP = """INSERT INTO erasure AS kept (erasure_id, contacts, subjects, erase_time, rows) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (erasure_id) DO UPDATE SET is_acknowledged = false"""
AMONG = "SELECT DISTINCT contact FROM erasure, unnest(contacts) AS contact WHERE contacts && %s::uuid[]"
FORGOTTEN = """SELECT subject, max(erase_time) FROM erasure, unnest(subjects) AS subject
WHERE subjects && %s::uuid[] GROUP BY subject"""
KEEP_SPANS = """INSERT INTO erased_span AS kept (subject_id, span, erase_time)
SELECT s, tstzrange(b, e), %s FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS told (s, b, e)
ON CONFLICT (subject_id, span) DO UPDATE SET erase_time = greatest(kept.erase_time, EXCLUDED.erase_time)"""
KEEP_TOUCHES = """INSERT INTO erased_touch AS kept (subject_id, touch, span, erase_time)
SELECT s, t, tstzrange(b, e), %s
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::text[]) AS told (s, b, e, t)
ON CONFLICT (subject_id, touch, span) DO UPDATE SET erase_time = greatest(kept.erase_time, EXCLUDED.erase_time)"""
OF_SUBJECTS = """SELECT subject_id, lower(span), upper(span), erase_time, touch FROM (
    SELECT subject_id, span, erase_time, '' AS touch FROM erased_span
    UNION ALL SELECT subject_id, span, erase_time, touch FROM erased_touch
) AS spans WHERE subject_id = ANY (%s::uuid[])"""

CLEARS_NOTES = 180000
PARTS = "SELECT %s UNION SELECT relid::text FROM pg_partition_tree(%s::regclass) WHERE isleaf"
CLEAR = """SELECT pg_clear_attribute_stats(schemaname::text, tablename::text, attname::text, inherited)
FROM pg_stats WHERE tablename = %s AND schemaname = current_schema()"""


@dataclass(frozen=True)
class Erased:
    """A person who was erased: her contacts with the numbers of their last states, and the subjects she held.

    `alone` are subjects that nobody else held, `shared` those that others hold or held too, `own` those of the
    contacts' own ids. The epoch is that of the numbers; what occurred before `time` is forgotten. `links` are those by
    which she and others held her subjects; an erasure from before they were told has none.
    """

    erasure: UUID
    contacts: Mapping[UUID, int]
    alone: frozenset[bytes]
    shared: frozenset[bytes]
    own: frozenset[bytes]
    epoch: int
    time: datetime
    links: tuple["Link", ...] = ()

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


class Forgotten(NamedTuple):
    """A time in which a subject was an erased person's alone, or one touch: from ≤ moment < to, None is for ever."""

    from_time: datetime | None
    to_time: datetime | None
    erase_time: datetime
    touch: str  # its name; empty for whatever occurred then

    def has(self, touch: str, at: datetime) -> bool:
        """Whether a touch that occurred at a moment is forgotten."""
        is_in = (self.from_time is None or self.from_time <= at) and (self.to_time is None or at < self.to_time)
        return is_in and at < self.erase_time and self.touch in {"", touch}


async def keep(tx: "Tx", erased: Erased, rows: Mapping[str, int]) -> None:
    """Note what was deleted, by the table, in the transaction that deleted it."""
    connection = await tx.session.connection()
    values = (erased.erasure, erased.ids, erased.hers, erased.time, Jsonb(dict(rows)))
    await connection.exec_driver_sql(KEEP, values)


async def keep_spans(tx: "Tx", erased: Erased, spans: "Sequence[Span]") -> None:
    """Note when subjects that others hold or held too, or touches there, were hers alone: these come back no more."""
    connection = await tx.session.connection()
    of_all, of_one = [span for span in spans if not span.touch], [span for span in spans if span.touch]
    await connection.exec_driver_sql(KEEP_SPANS, (erased.time, *_columns(of_all)))
    await connection.exec_driver_sql(KEEP_TOUCHES, (erased.time, *_columns(of_one), [span.touch for span in of_one]))


def _columns(spans: "Sequence[Span]") -> tuple[list[Any], ...]:
    subjects = [UUID(bytes=span.subject) for span in spans]
    return subjects, [span.from_time for span in spans], [span.to_time for span in spans]


async def erased_among(conn: AsyncConnection[Any], contacts: Collection[UUID]) -> set[UUID]:
    """Those of these contacts that are erased."""
    wanted = set(contacts)
    if not wanted:
        return set()
    return {row[0] for row in await (await conn.execute(AMONG, (list(wanted),))).fetchall()} & wanted


def spans_by_subject(rows: Iterable[Sequence[Any]]) -> dict[bytes, list[Forgotten]]:
    """What OF_SUBJECTS found, by the 16 bytes of each subject."""
    found: dict[bytes, list[Forgotten]] = {}
    for subject, *span in rows:
        found.setdefault(subject.bytes, []).append(Forgotten(*span))
    return found


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
