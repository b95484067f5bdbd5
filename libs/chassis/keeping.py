"""Deleting what is older than its table keeps it, at a pace, with evidence of what went; the schedule says how long.

Each night, from midnight UTC on, every table of a service's rules is walked through in portions of some blocks. One
portion is one statement, which deletes and writes down how many rows that were: evidence is exact wherever a process
dies. Whoever comes after walks again through tables that were not finished that day.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any

from psycopg import AsyncConnection, sql

from chassis import telemetry
from chassis.chores import Chore
from chassis.clock import Clock, SystemClock
from chassis.db import Database
from chassis.retention import kept

LOG = telemetry.logger(__name__)
BLOCKS = 128  # of 8 KiB, looked through in one statement
PER_SECOND = 5_000
TELL_SECONDS = 60.0
SCHEMA = """
CREATE TABLE retention_evidence (
    day date NOT NULL,
    store text NOT NULL,
    before_time timestamptz NOT NULL,
    rows bigint NOT NULL,
    is_done boolean NOT NULL DEFAULT false,
    CONSTRAINT retention_evidence_pkey PRIMARY KEY (day, store)
);
"""
DONE = "SELECT store FROM retention_evidence WHERE day = %s AND is_done"
END = "UPDATE retention_evidence SET is_done = true WHERE day = %s AND store = %s RETURNING rows"
SIZE = "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::bigint"
PORTION = """WITH gone AS ({} WHERE kept.ctid >= %(first)s::tid AND kept.ctid < %(end)s::tid AND ({}) RETURNING 1)
INSERT INTO retention_evidence AS told (day, store, before_time, rows)
SELECT %(day)s, %(store)s, %(before)s, count(*) FROM gone
ON CONFLICT (day, store) DO UPDATE SET rows = told.rows + EXCLUDED.rows
RETURNING (SELECT count(*) FROM gone)"""
EVIDENCE = """SELECT day, store, before_time, rows, is_done FROM retention_evidence
WHERE rows > 0 OR day = (SELECT max(day) FROM retention_evidence) ORDER BY day DESC, store LIMIT %s"""


@dataclass(frozen=True)
class Rule:
    """What goes of a table, `kept` in the condition: rows, or where `empties` is set, what that says of columns.

    The condition asks for %(before)s, the first moment that is kept, and spares whoever a legal hold lies on.
    """

    table: str
    condition: str
    empties: str = ""

    @property
    def portion(self) -> sql.Composed:
        """The statement for some blocks."""
        table = sql.Identifier(self.table)
        whole = sql.SQL("DELETE FROM {} AS kept").format(table)
        if self.empties:
            whole = sql.SQL("UPDATE {} AS kept SET {}").format(table, _constant(self.empties))
        return sql.SQL(PORTION).format(whole, _constant(self.condition))


@dataclass(frozen=True)
class Evidence:
    """What went of a table on a day: rows from before a moment; `is_done` when all of it was walked through."""

    day: date
    store: str
    before_time: datetime
    rows: int
    is_done: bool


class Keeping:
    """Deletes by a service's rules, in their order, once a day."""

    def __init__(
        self,
        database: Database,
        service: str,
        rules: Sequence[Rule],
        clock: Clock | None = None,
        *,
        blocks: int = BLOCKS,
        per_second: int = PER_SECOND,
    ) -> None:
        self._database, self._service, self._rules = database, service, rules
        self._clock = clock or SystemClock()
        self._blocks, self._per_second = blocks, per_second

    async def keep(self) -> None:
        """Do what is not done yet today."""
        day = self._clock.now().astimezone(UTC).date()
        async with self._database.connection() as conn:
            done = {row[0] for row in await (await conn.execute(DONE, (day,))).fetchall()}
            for rule in self._rules:
                if rule.table not in done:
                    await self._walk(conn, rule, day)

    def chore(self) -> Chore:
        """The same by the clock: within an hour after midnight."""
        return Chore("keeping", self.keep)

    def pause(self, deleted: int, seconds: float) -> float:
        """How long to wait behind a portion."""
        return pause(deleted, seconds, self._per_second)

    async def _walk(self, conn: AsyncConnection[Any], rule: Rule, day: date) -> None:
        before = datetime.combine(day, time_of_day(), UTC) - kept(self._service, rule.table)
        told: dict[str, Any] = {"day": day, "store": rule.table, "before": before}
        begun = spoken = time.monotonic()
        size, block, rows = await _value(conn, SIZE, (rule.table,)), 0, 0
        while block < max(size, 1):
            at = time.monotonic()
            places = {"first": f"({block},0)", "end": f"({block + self._blocks},0)"}
            deleted = await _value(conn, rule.portion, told | places)
            block, rows = block + self._blocks, rows + deleted
            if time.monotonic() - spoken > TELL_SECONDS:
                spoken = time.monotonic()
                self._tell("retention_goes_on", rule, rows, begun, block=block, blocks=size)
            await asyncio.sleep(self.pause(deleted, time.monotonic() - at))
        rows = await _value(conn, END, (day, rule.table))
        self._tell("retention_done", rule, rows, begun, before=before.isoformat())

    def _tell(self, event: str, rule: Rule, rows: int, begun: float, **facts: Any) -> None:
        seconds = max(time.monotonic() - begun, 0.001)
        LOG.info(event, store=rule.table, rows=rows, rows_per_second=round(rows / seconds), **facts)


def pause(deleted: int, seconds: float, per_second: int) -> float:
    """How long to wait behind a portion: at least as long as it took, and as the stated pace wants."""
    return max(seconds, deleted / per_second - seconds)


async def list_evidence(conn: AsyncConnection[Any], limit: int) -> list[Evidence]:
    """What went, the newest day first: all of the last day, of earlier ones what was something."""
    return [Evidence(*row) for row in await (await conn.execute(EVIDENCE, (limit,))).fetchall()]


def _constant(text: str) -> sql.SQL:
    """Text of our own sources, which holds no value of anybody."""
    return sql.SQL(text)


async def _value(conn: AsyncConnection[Any], query: Any, values: Any) -> Any:
    row = await (await conn.execute(query, values)).fetchone()
    return row[0] if row else None
