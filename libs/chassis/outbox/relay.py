"""The relay: reads outbox rows in their order, sends them, and moves `delivered` forward when they have arrived.

Two relays at once are harmless: both send, consumers apply each number once, `delivered` only grows. After any failure
it starts again from `delivered`; a record that the other side refuses for good holds its partition, and says so.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import AsyncConnection

from chassis import telemetry
from chassis.errors import DomainError
from chassis.moments import rfc3339
from chassis.outbox.listen import listening
from chassis.pace import rest_after
from chassis.telemetry import metrics

if TYPE_CHECKING:
    from chassis.bus.records import Headers, Producer
    from chassis.db import Database

LOG = telemetry.logger(__name__)
FALLBACK = 2.0
LONGEST_PAUSE = 2.0
PATIENCE = 10.0  # for one statement of ours
MEASURE_EVERY = 5.0
REST = 0.1  # seconds that a round which sent little may take with its rest, so that the next one has more to send
WINDOW_ROWS = 200
WINDOW_BYTES = 2_000_000

PENDING = """
SELECT o.stream, o.partition, o.epoch, o.seq, o.key, o.id, o.type, o.subject, o.time, o.traceparent, o.data
FROM outbox_head h LEFT JOIN outbox_delivered d USING (stream, partition)
CROSS JOIN LATERAL (
    SELECT *, sum(length(data)) OVER (ORDER BY epoch, seq) - length(data) AS before FROM (
        SELECT * FROM outbox o
        WHERE o.stream = h.stream AND o.partition = h.partition
          AND (o.epoch, o.seq) > (coalesce(d.epoch, 0), coalesce(d.seq, 0))
        ORDER BY epoch, seq LIMIT %(rows)s
    ) AS next_rows
) AS o
WHERE (%(streams)s::text[] IS NULL OR h.stream = ANY (%(streams)s::text[]))
  AND (h.epoch, h.seq) > (coalesce(d.epoch, 0), coalesce(d.seq, 0)) AND o.before < %(bytes)s
ORDER BY o.stream COLLATE "C", o.partition, o.epoch, o.seq
"""
# One statement, whatever the number of partitions: each costs as much as many rows.
DELIVERED = """
WITH told AS (SELECT * FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[]) AS d (s, p, epoch, seq)),
forgotten AS (
    DELETE FROM outbox AS o USING told AS d
    WHERE o.stream = d.s AND o.partition = d.p AND (o.epoch, o.seq) <= (d.epoch, d.seq)
)
INSERT INTO outbox_delivered AS kept (stream, partition, epoch, seq) SELECT * FROM told
ON CONFLICT (stream, partition) DO UPDATE SET epoch = EXCLUDED.epoch, seq = EXCLUDED.seq
WHERE (kept.epoch, kept.seq) < (EXCLUDED.epoch, EXCLUDED.seq)
"""
WAITING = """
SELECT h.stream, count(o.seq), coalesce(extract(epoch FROM now() - min(o.time)), 0)::float8
FROM outbox_head h LEFT JOIN outbox o USING (stream, partition) GROUP BY 1
"""


class Refused(Exception):  # noqa: N818 - an outcome that a sender reports through its future
    """The other side will never take this row; it counts as delivered when `refused` has kept it."""


class Row(NamedTuple):
    """One row of the outbox."""

    stream: str
    partition: int
    epoch: int
    seq: int
    key: bytes | None
    id: str
    type: str
    subject: str
    time: datetime
    traceparent: str
    data: bytes

    @property
    def place(self) -> tuple[str, int]:
        return self.stream, self.partition

    def headers(self, source: str) -> "Headers":
        """CloudEvents in binary mode, and the trace in which the fact was born."""
        ce_id = self.id or f"{self.stream}/{self.partition}/{self.epoch}.{self.seq}"
        told = {
            "ce_specversion": "1.0",
            "ce_id": ce_id,
            "ce_type": self.type,
            "ce_source": source,
            "ce_time": rfc3339(self.time),
            "ce_subject": self.subject,
            "ce_sequence": f"{self.epoch}.{self.seq}",
            "content-type": "application/protobuf",
            "traceparent": self.traceparent,
        }
        return [(name, value.encode()) for name, value in told.items() if value]


KeepRefused = Callable[[AsyncConnection[Any], Row, str], Awaitable[None]]


@dataclass
class Outcome:
    """How far one partition came in one round."""

    last: Row | None = None
    refused: list[tuple[Row, str]] = field(default_factory=list)
    error: BaseException | None = None


class Relay:
    """Sends a service's outbox through a producer; the role `work` runs it.

    `streams` limits it to some of them, so that another sender can take the others. `refused` keeps a row whose future
    failed with `Refused`, in the transaction that moves `delivered` past it; without it such a row holds its partition.
    """

    def __init__(
        self,
        database: "Database",
        producer: "Producer",
        *,
        source: str,
        streams: Iterable[str] | None = None,
        refused: KeepRefused | None = None,
        fallback: float = FALLBACK,
    ) -> None:
        self._database, self._producer = database, producer
        self._source = source
        self._streams = None if streams is None else list(streams)
        self._refused = refused
        self._fallback = fallback
        self._trouble = ""
        self._measured = 0.0
        self.sent = 0

    def health(self) -> dict[str, str]:
        """What stands in its way, if anything does."""
        return {"outbox": self._trouble or "ok"}

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until told to stop; whatever fails is tried again."""
        stopped = asyncio.create_task(stop.wait())
        pause = 0.05
        try:
            while not stop.is_set():
                working = asyncio.create_task(self._work(stop))
                try:
                    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    working.cancel()
                pause = await self._recover(working, pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(stopped), pause)
        finally:
            stopped.cancel()

    async def _recover(self, working: "asyncio.Task[None]", pause: float) -> float:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await working
        except (psycopg.Error, DomainError, OSError, TimeoutError) as error:
            self._trouble = f"{type(error).__name__}"
            LOG.warning("outbox_relay_failed", error=type(error).__name__, pause=pause)
            return min(pause * 2, LONGEST_PAUSE)
        return 0.05

    async def _work(self, stop: asyncio.Event) -> None:
        async with self._database.connection() as conn, listening(self._database) as heard:
            await conn.set_autocommit(True)
            while not stop.is_set():
                heard.clear()
                await self._measure(conn)
                begun = asyncio.get_running_loop().time()
                if done := await self.round(conn):
                    if done < WINDOW_ROWS:
                        await asyncio.sleep(rest_after(asyncio.get_running_loop().time() - begun, REST))
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), self._fallback)

    async def round(self, conn: AsyncConnection[Any]) -> int:
        """Send one window of every partition; gives the number of rows that are delivered now."""
        async with asyncio.timeout(PATIENCE):
            rows = await self._pending(conn)
        if not rows:
            self._trouble = ""
            return 0
        outcomes = await self._send(rows)
        async with asyncio.timeout(PATIENCE):
            done = await self._deliver(conn, rows, outcomes)
        self.sent += done
        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        self._trouble = "" if not errors else f"{type(errors[0]).__name__}"
        if errors and not done:
            raise errors[0]
        return done

    async def _pending(self, conn: AsyncConnection[Any]) -> list[Row]:
        cursor = conn.cursor(binary=True)
        told = {"streams": self._streams, "rows": WINDOW_ROWS, "bytes": WINDOW_BYTES}
        await cursor.execute(PENDING, told)
        return [Row(*row) for row in await cursor.fetchall()]

    async def _send(self, rows: Sequence[Row]) -> list[Outcome]:
        """Send every partition's rows in order, and wait for every future: whoever stops early repeats too much."""
        sent = [(row, self._send_one(row)) for row in rows]
        await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        can_keep = self._refused is not None
        return [_outcome(list(group), can_keep=can_keep) for _, group in groupby(sent, lambda pair: pair[0].place)]

    def _send_one(self, row: Row) -> "asyncio.Future[int]":
        """Under a span that joins the fact's trace to whoever handles the record."""
        if not row.traceparent:
            return self._send_plainly(row)
        born = [("traceparent", row.traceparent)]
        with telemetry.send_span(row.stream, partition=row.partition, headers=[born]):
            return self._send_plainly(row._replace(traceparent=telemetry.traceparent() or row.traceparent))

    def _send_plainly(self, row: Row) -> "asyncio.Future[int]":
        try:
            return self._producer.send(
                row.stream, partition=row.partition, key=row.key, value=row.data, headers=row.headers(self._source)
            )
        except DomainError as error:
            failed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    async def _deliver(self, conn: AsyncConnection[Any], rows: Sequence[Row], outcomes: Sequence[Outcome]) -> int:
        last = {outcome.last.place: outcome.last for outcome in outcomes if outcome.last is not None}
        if not last:
            return 0
        places = list(map(list, zip(*(row[:4] for row in last.values()), strict=True)))
        is_refused = any(outcome.refused for outcome in outcomes)
        async with conn.transaction() if is_refused else contextlib.nullcontext():
            await conn.execute(DELIVERED, places)
            await self._keep_refused(conn, outcomes)
        return sum(row.place in last and row[:4] <= last[row.place][:4] for row in rows)

    async def _measure(self, conn: AsyncConnection[Any]) -> None:
        """Tell how much waits and for how long, every few seconds; what is sent has its own figures."""
        if time.monotonic() < self._measured + MEASURE_EVERY:
            return
        self._measured = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            waiting = await (await conn.execute(WAITING)).fetchall()
        for stream, rows, age in waiting:
            metrics.OUTBOX_PENDING.labels(stream).set(rows)
            metrics.OUTBOX_AGE.labels(stream).set(max(0.0, age))

    async def _keep_refused(self, conn: AsyncConnection[Any], outcomes: Sequence[Outcome]) -> None:
        for row, reason in [pair for outcome in outcomes for pair in outcome.refused]:
            LOG.error("outbox_row_refused", stream=row.stream, type=row.type, reason=reason)
            if self._refused is not None:
                await self._refused(conn, row, reason)


def _outcome(sent: Sequence[tuple[Row, "asyncio.Future[int]"]], *, can_keep: bool) -> Outcome:
    """The unbroken beginning that arrived; what came through behind a failure is sent again."""
    outcome = Outcome()
    for row, future in sent:
        error = future.exception()
        if isinstance(error, Refused) and can_keep:
            outcome.refused.append((row, str(error)))
        elif error is not None:
            outcome.error = error
            break
        outcome.last = row
    return outcome
