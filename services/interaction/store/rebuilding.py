"""Queries that compare what is folded from touches with the touches, and correct it by the differences.

A consumer writes touches and what is folded from them in one transaction, and adds to a count, never sets it. So one
statement sees both as they belong together, and a difference that it finds stays right whatever is added meanwhile.
Days before a type's history begins are frozen and left out.
"""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from services.interaction.domain.ids import NOBODY

Conn = AsyncConnection[Any]
Subjects = tuple[UUID, UUID]  # from the first to the last, both with it
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('rebuild', 7))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('rebuild', 7))"
SIZE = (
    "SELECT coalesce(sum(pg_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'touch'::regclass"
)
CLEAR = ("DELETE FROM touch_count_difference", "DELETE FROM contact_subject_missing")
KEY = "subject_id, contact_id, day, type, verdict"
PART = "subject_id BETWEEN %(first)s AND %(last)s"
LIVING = "NOT EXISTS (SELECT 1 FROM touch_retention r WHERE r.type = c.type AND c.day < r.begin_day)"
COMPARE = f"""INSERT INTO touch_count_difference ({KEY}, live, folded)
SELECT {KEY}, coalesce(l.touches, 0), coalesce(f.touches, 0)
FROM (SELECT * FROM (
    SELECT subject_id, coalesce(contact_id, '{NOBODY}') AS contact_id, (occurred_time AT TIME ZONE 'UTC')::date AS day,
        type, verdict, count(*) AS touches
    FROM touch WHERE {PART} AND correction_of IS NULL GROUP BY 1, 2, 3, 4, 5) AS c WHERE {LIVING}) AS f
FULL JOIN (SELECT * FROM touch_count c WHERE {PART} AND {LIVING}) AS l USING ({KEY})
WHERE coalesce(l.touches, 0) <> coalesce(f.touches, 0)"""
EQUAL = f"""SELECT (SELECT count(*) FROM touch_count c WHERE {PART} AND {LIVING})
- (SELECT count(*) FROM touch_count_difference WHERE {PART} AND live <> 0)"""
MISSING = f"""INSERT INTO contact_subject_missing (contact_id, subject_id)
SELECT DISTINCT contact_id, subject_id FROM touch t WHERE {PART} AND contact_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM contact_subject n WHERE n.contact_id = t.contact_id AND n.subject_id = t.subject_id)
AND NOT EXISTS (SELECT 1 FROM link l WHERE l.contact_id = t.contact_id AND l.subject_id = t.subject_id)"""
EXAMPLES = """SELECT day, type, verdict, live, folded FROM touch_count_difference
ORDER BY abs(live - folded) DESC, day DESC, type LIMIT %s"""
# Rows are locked in the order of the key, as consumers lock them.
CORRECT = (
    f"""INSERT INTO touch_count ({KEY}, touches) SELECT {KEY}, folded - live FROM touch_count_difference WHERE {PART}
    ORDER BY subject_id, contact_id, day, type COLLATE "C", verdict
    ON CONFLICT ({KEY}) DO UPDATE SET touches = touch_count.touches + EXCLUDED.touches""",
    f"DELETE FROM touch_count WHERE {PART} AND touches = 0",
    f"""INSERT INTO contact_subject (contact_id, subject_id) SELECT contact_id, subject_id FROM contact_subject_missing
    WHERE {PART} ORDER BY 1, 2 ON CONFLICT DO NOTHING""",
    f"DELETE FROM touch_count_difference WHERE {PART}",
    f"DELETE FROM contact_subject_missing WHERE {PART}",
)


class Example(NamedTuple):
    """A count that is not what the touches say; nothing in it tells whose it is."""

    day: date
    type: str
    verdict: int
    live: int
    folded: int


@asynccontextmanager
async def rebuilding(conn: Conn) -> AsyncIterator[bool]:
    """Whether this is the only rebuilding now; what an earlier one left is thrown away."""
    is_alone = bool(await _one(conn, LOCK))
    try:
        if is_alone:
            for statement in CLEAR:
                await conn.execute(statement)
        yield is_alone
    finally:
        if is_alone and not conn.closed:
            await conn.execute(UNLOCK)


async def size_of_touches(conn: Conn) -> int:
    """How many bytes the table of touches has, without indexes."""
    return int(await _one(conn, SIZE))


async def compare_counts(conn: Conn, subjects: Subjects) -> tuple[int, int, int]:
    """Note what differs; gives how many counts are equal, how many are not, and how many named contacts are missing."""
    between = {"first": subjects[0], "last": subjects[1]}
    async with conn.pipeline():
        await conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        different = await conn.execute(COMPARE, between)
        equal = await conn.execute(EQUAL, between)
        missing = await conn.execute(MISSING, between)
        await conn.execute("COMMIT")
        row = await equal.fetchone()
        return row[0] if row else 0, different.rowcount, missing.rowcount


async def list_examples(conn: Conn, limit: int) -> list[Example]:
    """Some of what differs, the most first."""
    return [Example(*row) for row in await (await conn.execute(EXAMPLES, (limit,))).fetchall()]


async def correct_counts(conn: Conn, subjects: Subjects) -> None:
    """Add the differences that were noted to the counts, once; sent as one, so that nobody waits for us in between."""
    between = {"first": subjects[0], "last": subjects[1]}
    async with conn.pipeline():
        await conn.execute("BEGIN")
        for statement in CORRECT:
            await conn.execute(statement, between)
        await conn.execute("COMMIT")


async def _one(conn: Conn, query: str, values: Any = None) -> Any:
    row = await (await conn.execute(query, values)).fetchone()
    return row[0] if row else None
