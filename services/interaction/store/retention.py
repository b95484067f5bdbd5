"""Queries about how long touches are kept: where the history of a type begins, and what was deleted."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from chassis.db import Tx
from psycopg import AsyncConnection

from services.interaction.store.reading import run

RETENTIONS = "SELECT type, days, begin_day FROM touch_retention WHERE %s::text[] IS NULL OR type = ANY (%s::text[])"
KEEP = """INSERT INTO touch_retention (type, days, update_time) VALUES (%s, %s, %s)
ON CONFLICT (type) DO UPDATE SET days = EXCLUDED.days, update_time = EXCLUDED.update_time RETURNING type"""
DELETIONS = """SELECT day, type, begin_day, touches FROM touch_deletion
WHERE (day, type) < (%s::date, %s::text) ORDER BY day DESC, type DESC LIMIT %s"""
BEGUN = """SELECT r.type, r.begin_day FROM touch_retention r WHERE r.begin_day IS NOT NULL AND EXISTS (
SELECT 1 FROM touch_count c WHERE c.subject_id = ANY (%s::uuid[]) AND c.day < r.begin_day AND c.type = r.type)
ORDER BY r.begin_day DESC, r.type"""
BEGIN = "SELECT touch_retention_begin(%s, %s, %s)"
RETIRE = "SELECT touch_retire(%s, %s)"


class Retention(NamedTuple):
    """How many days touches of a type are kept (None: for ever), and the day on which its history begins, if on one."""

    days: int | None
    begin: datetime | None


class Deletion(NamedTuple):
    """How many touches of a type were deleted on a day (its first moment), and from when on there are any."""

    day: datetime
    type: str
    begin: datetime
    touches: int


async def list_retentions(tx: Tx, types: Sequence[str] | None = None) -> dict[str, Retention]:
    """What was said of these types, or of all."""
    asked = None if types is None else list(types)
    rows = await run(tx, RETENTIONS, [asked, asked])
    return {row[0]: Retention(row[1], _midnight(row[2]) if row[2] else None) for row in rows}


async def keep_retention(tx: Tx, kind: str, days: int | None, now: datetime) -> None:
    """Keep touches of a type for so many days, or for ever; what was deleted stays so."""
    await run(tx, KEEP, [kind, days, now])


async def list_deletions(tx: Tx, after: tuple[datetime, str] | None, limit: int) -> list[Deletion]:
    """What was deleted, the newest day first, from behind one of them."""
    day, kind = (after[0].date(), after[1]) if after else (date.max, "")
    rows = await run(tx, DELETIONS, [day, kind, limit])
    return [Deletion(_midnight(row[0]), row[1], _midnight(row[2]), row[3]) for row in rows]


async def list_begun(tx: Tx, subjects: Collection[UUID]) -> list[tuple[str, datetime]]:
    """The types of which these subjects had touches before their history begins, and where that is."""
    return [(row[0], _midnight(row[1])) for row in await run(tx, BEGUN, [list(subjects)])]


async def begin_retention(conn: AsyncConnection[Any], consumer: str, stream: str, today: date) -> bool:
    """Move the beginnings to this day, and fence who prepared by the old ones; says whether there is a walk to do."""
    return bool(await _value(conn, BEGIN, (consumer, stream, today)))


async def retire(conn: AsyncConnection[Any], blocks: int, today: date) -> int | None:
    """Delete what lies before its beginning in the next so many blocks; gives how many, None at the walk's end."""
    deleted: int | None = await _value(conn, RETIRE, (blocks, today))
    return deleted


def _midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


async def _value(conn: AsyncConnection[Any], query: str, values: Sequence[Any]) -> Any:
    row = await (await conn.execute(query, values)).fetchone()
    return row[0] if row else None
