"""Touches that belong to nobody: no holder at their time, or taken off everybody who held them; not a hot path."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction.domain.threads import Found
from services.interaction.store.reading import COLUMNS, FORWARD, fetch, run

EXCLUDED = """SELECT 1 FROM link e WHERE e.touch_subject_id = t.subject_id AND e.touch_id = t.touch_id
AND e.kind = 'exclusion' AND e.retracted_time IS NULL
AND e.contact_id = ANY (contacts_merged_with(ARRAY[{contact}]))"""
HELD = f"""EXISTS (SELECT 1 FROM link l WHERE l.subject_id = t.subject_id AND l.retracted_time IS NULL
AND l.kind IN ('holds', 'shared') AND (l.from_time IS NULL OR l.from_time <= t.occurred_time)
AND (l.to_time IS NULL OR t.occurred_time < l.to_time) AND NOT EXISTS ({EXCLUDED.format(contact="l.contact_id")}))"""
DESK = """EXISTS (SELECT 1 FROM link l WHERE l.subject_id = t.subject_id AND l.retracted_time IS NULL
AND l.kind = 'role' AND (l.from_time IS NULL OR l.from_time <= t.occurred_time)
AND (l.to_time IS NULL OR t.occurred_time < l.to_time))"""
NAMELESS = f"t.contact_id IS NULL AND NOT {HELD} AND NOT {DESK}"
TAKEN_OFF = f"""(SELECT DISTINCT touch_subject_id, touch_id FROM link
WHERE kind = 'exclusion' AND retracted_time IS NULL) AS x
JOIN touch t ON t.subject_id = x.touch_subject_id AND t.touch_id = x.touch_id
WHERE t.contact_id IS NOT NULL AND EXISTS ({EXCLUDED.format(contact="t.contact_id")})"""
BEHIND = "AND (t.subject_id, thread_time, thread, occurred_time, rank, t.touch_id) > (%s, %s, %s, %s, %s, %s)"
NAMES = COLUMNS.replace("subject_id, touch_id", "t.subject_id, t.touch_id", 1)


async def list_unlinked(tx: Tx, after: tuple[Any, ...] | None, limit: int) -> list[Found]:
    """Touches of nobody, by subject."""
    behind, order = BEHIND if after else "", f"ORDER BY subject_id, {FORWARD} LIMIT %s"
    values = [*(after or ()), limit]
    query = f"""SELECT * FROM (
    (SELECT {NAMES} FROM touch t WHERE {NAMELESS} {behind} {order})
    UNION ALL (SELECT {NAMES} FROM {TAKEN_OFF} {behind} {order})) AS t {order}"""
    return await fetch(tx, query, [*values, *values, limit])


async def count_unlinked(tx: Tx) -> int:
    """How many there are: by rollup where a subject was never linked, by row where it was."""
    query = f"""SELECT
      (SELECT coalesce(sum(touches), 0) FROM touch_count c WHERE contact_id = %s
       AND NOT EXISTS (SELECT 1 FROM link l WHERE l.subject_id = c.subject_id))
    + (SELECT count(*) FROM (SELECT DISTINCT subject_id AS s FROM link WHERE subject_id IS NOT NULL) AS linked
       JOIN touch t ON t.subject_id = linked.s WHERE t.correction_of IS NULL AND {NAMELESS})
    + (SELECT count(*) FROM {TAKEN_OFF} AND t.correction_of IS NULL)"""
    return int((await run(tx, query, [UUID(int=0)]))[0][0])
