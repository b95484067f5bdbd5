"""Queries about how far the streams are, what was refused, and which days of evidence are kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from chassis.db import Tx
from sqlalchemy import text

from services.interaction.store.reading import run

HEADS = "SELECT stream, partition, epoch, seq FROM outbox_head WHERE stream = ANY (%s::text[])"
APPLIED = "SELECT partition, next FROM inbox_offset WHERE consumer = %s AND stream = %s"
CONFLICTS = """SELECT subject_id, touch_id, refused_hash, kept_hash, source, source_event_id, type, accepted_time,
refused_time FROM touch_conflict WHERE (%s::text = '' OR source = %s)
AND (%s::timestamptz IS NULL OR (refused_time, subject_id, touch_id, refused_hash) < (%s, %s, %s, %s))
ORDER BY refused_time DESC, subject_id DESC, touch_id DESC, refused_hash DESC LIMIT %s"""

RAW_DAYS = """SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'touch_raw'::regclass
AND inhrelid::regclass::text ~ '^touch_raw_[0-9]{8}$'
AND right(inhrelid::regclass::text, 8) < to_char(%s::date, 'YYYYMMDD') ORDER BY 1"""


async def list_heads(tx: Tx, streams: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """The last committed number of each partition of our streams."""
    return [(row[0], row[1], row[2], row[3]) for row in await run(tx, HEADS, [list(streams)])]


async def is_applied(tx: Tx, consumer: str, stream: str, ends: Mapping[int, int]) -> bool:
    """Whether a consumer has applied each partition of a stream up to such an end."""
    rows = await run(tx, APPLIED, [consumer, stream])
    positions = {row[0]: row[1] for row in rows}
    return all(positions.get(number, 0) >= end for number, end in ends.items())


async def list_conflicts(tx: Tx, source: str, after: tuple[Any, ...] | None, limit: int) -> Sequence[Any]:
    """Refused touches, the newest first."""
    position = after or (None, None, None, None)
    return await run(tx, CONFLICTS, [source, source, position[0], *position, limit])


async def add_raw_day(tx: Tx, day: date) -> None:
    """Make the partition for a day's evidence, unless there is one; what lay outside for want of it moves in."""
    await run(tx, "SELECT touch_raw_add(%s)", [day])


async def list_raw_days(tx: Tx, before: date) -> list[str]:
    """The partitions of evidence that are older than a day."""
    return [row[0] for row in await run(tx, RAW_DAYS, [before])]


async def drop_raw_day(tx: Tx, name: str) -> None:
    """Drop one of them."""
    await run(tx, "SELECT touch_raw_drop(%s)", [name])


async def delete_raw(tx: Tx, before: date) -> None:
    """Delete evidence older than a day that lies in no day's partition."""
    outside = text("DELETE FROM touch_raw_other WHERE accepted_time < CAST(:before AS timestamp) AT TIME ZONE 'UTC'")
    await tx.execute(outside, {"before": before})
