"""Applying records in one transaction with the fence: a pipelined flush, or one record after the other on a Tx."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import text

from chassis import inbox, telemetry
from chassis.bus.failures import Failure, judge
from chassis.bus.records import BatchHandler, OneAtATime, Record, Subscription
from chassis.bus.sequence import Slice

if TYPE_CHECKING:
    from chassis.db import Database

PATIENCE = 30.0
Statement = tuple[str, tuple[Any, ...]]
SHORT_IDLE = text(
    "SELECT set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '5s', true)"
)


class Applier:
    """Holds the consumer's own connection, and everything that happens on it."""

    def __init__(self, database: "Database", group: str, *, patience: float = PATIENCE) -> None:
        self._database, self._group, self._patience = database, group, patience
        self._conn: AsyncConnection[Any] | None = None

    async def close(self) -> None:
        """Let the connection go."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await conn.close()

    async def apply(self, subscription: Subscription, slices: Sequence[Slice]) -> None:
        """Hand every record over, move every position, commit. Raises with nothing done, or with an unknown end."""
        records = [record for one in slices for record in one.records]
        with telemetry.process_span(
            subscription.stream, group=self._group, headers=[record.headers for record in records]
        ):
            prepared = None
            if not records:
                await self.skip(slices)
            elif isinstance(subscription.handler, OneAtATime):
                await self._one_by_one(subscription.handler, slices)
            else:
                prepared = await self._flush(subscription.handler, slices, records)
        if records and subscription.wakes(prepared):
            self._database.wake_relay()

    async def skip(self, slices: Sequence[Slice]) -> None:
        """Move positions without handing anything over."""
        async with self._transaction() as conn, conn.pipeline():
            await conn.execute(inbox.FENCES, self._fences(slices))
            await conn.execute("COMMIT")

    async def hand_over(self, subscription: Subscription, records: Sequence[Record]) -> None:
        """Apply records without moving a position; whatever their consumer prepared before is prepared again."""
        if not records:
            return
        places = sorted({(self._group, record.stream, record.partition) for record in records})
        if isinstance(subscription.handler, OneAtATime):
            async with self._database.transaction(patience=self._patience) as tx:
                for place in places:
                    await inbox.raise_version(tx, *place)
                for record in records:
                    await subscription.handler.apply(tx, record)
            return
        moves = [(inbox.PREPARE_AGAIN, place) for place in places]
        await self._write(subscription.handler, records, moves)
        self._database.wake_relay()

    async def refuses(self, handler: BatchHandler, record: Record) -> bool:
        """Whether PostgreSQL refuses the data of this record: tries, and rolls back whatever the answer is."""
        try:
            await self._write(handler, [record], (), end="ROLLBACK")
        except Exception as error:
            if judge(error) in {Failure.DATA, Failure.INVALID}:
                return True
            raise
        return False

    async def read(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], inbox.Held]:
        """The rows as they are now."""
        async with self._transaction() as conn:
            return await inbox.read(conn, self._group, partitions)

    async def begin(self, partition: tuple[str, int], topic_id: str) -> None:
        """Make the row of a partition whose log is whole."""
        async with self._transaction() as conn:
            await inbox.begin(conn, self._group, partition, topic_id)
            await conn.execute("COMMIT")

    async def start_at(self, partition: tuple[str, int], held: inbox.Held) -> None:
        """Write where a partition is read from behind a snapshot."""
        async with self._transaction() as conn:
            await inbox.start_at(conn, self._group, partition, held)
            await conn.execute("COMMIT")

    async def _flush(self, handler: BatchHandler, slices: Sequence[Slice], records: Sequence[Record]) -> Any:
        return await self._write(handler, records, [(inbox.FENCES, self._fences(slices))])

    async def _write(
        self, handler: BatchHandler, records: Sequence[Record], moves: Sequence[Statement], end: str = "COMMIT"
    ) -> Any:
        """Prepare, then everything in one round trip; again where the handler had hoped for too much (see Hopeful)."""
        try:
            return await self._try(handler, records, moves, end)
        except psycopg.errors.UniqueViolation:
            doubt = getattr(handler, "doubt", None)
            if doubt is None or not doubt():
                raise
        return await self._try(handler, records, moves, end)

    async def _try(self, handler: BatchHandler, records: Sequence[Record], moves: Sequence[Statement], end: str) -> Any:
        async with self._transaction() as conn:
            prepared = await self._prepare(conn, handler, records)
            with telemetry.sql_span("FLUSH", records[0].stream):
                async with conn.pipeline():
                    for query, values in moves:
                        await conn.execute(query, values)
                    await handler.flush(conn, prepared)
                    await conn.execute(end)
        return prepared

    async def _prepare(self, conn: AsyncConnection[Any], handler: BatchHandler, records: Sequence[Record]) -> Any:
        """What the handler made of the records; a handler that had to wait for others let the transaction go."""
        prepared = await handler.prepare(conn, records)
        if conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            await conn.execute("BEGIN")
        return prepared

    async def _one_by_one(self, handler: OneAtATime, slices: Sequence[Slice]) -> None:
        async with self._database.transaction(patience=self._patience) as tx:
            await tx.execute(SHORT_IDLE)
            for one in slices:
                for record in one.records:
                    await handler.apply(tx, record)
            await tx.flush()
            connection = await tx.session.connection()
            await connection.exec_driver_sql(inbox.FENCES, self._fences(slices))

    def _fences(self, slices: Sequence[Slice]) -> tuple[Any, ...]:
        """What `inbox.FENCES` is asked; rows are locked in one order by everybody."""
        places = [_fence(one) for one in sorted(slices, key=lambda one: one.partition)]
        return (self._group, *map(list, zip(*places, strict=True)))

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction on our connection; whatever is not committed by its block is rolled back.

        A connection that failed is thrown away: its state is not worth knowing.
        """
        try:
            async with asyncio.timeout(self._patience):
                if self._conn is None or self._conn.closed:
                    self._conn = await self._database.connect()
                with self._database.pace.measured():
                    await self._conn.execute("BEGIN")
                yield self._conn
                if self._conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    await self._conn.execute("ROLLBACK")
        except BaseException:
            await self._recover()
            raise

    async def _recover(self) -> None:
        """After a failure: back to a clean connection, or to none."""
        conn = self._conn
        if conn is not None and not conn.closed:
            try:
                await conn.rollback()
            except (psycopg.Error, OSError):
                await self.close()


def _fence(one: Slice) -> tuple[Any, ...]:
    held, after = one.held, one.after
    return (*one.partition, held.next, held.version, after.next, after.epoch, after.seq)
