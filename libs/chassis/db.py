"""The service's PostgreSQL: engine, transaction(), raw connections, and what a table's base class is.

Whatever goes wrong with the server or the way to it is `Unavailable`, within the call's deadline: a cancelled statement
closes its connection at once, because a server that is stopped answers neither a query nor a cancel.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData, Result
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.sql import Executable
from sqlmodel import SQLModel

from chassis import telemetry
from chassis.calls import remaining_seconds
from chassis.config import Settings
from chassis.errors import Aborted, DomainError, Unavailable
from chassis.migrate import migrate, revise, run_alembic
from chassis.outbox.notify import Notifier
from chassis.outbox.rows import PUT, OutboxEvent, Position, arguments, encode_positions
from chassis.pace import Pace

__all__ = ["Database", "Tx", "migrate", "revise", "row_base", "row_metadata", "run_alembic", "translate"]

T = TypeVar("T")
POOL_TIMEOUT = 1.0
CONNECT_TIMEOUT = 1.5
ROLLBACK_TIMEOUT = 1.0
# Behind PgBouncer: ignore_startup_parameters = options, and the same by ALTER ROLE … SET.
CALL_OPTIONS = "-c statement_timeout=30s -c lock_timeout=2s -c idle_in_transaction_session_timeout=60s"
CONSUMER_OPTIONS = "-c statement_timeout=60s -c lock_timeout=5s -c idle_in_transaction_session_timeout=5s"
DEFAULT_PATIENCE = 30.0  # a transaction outside of a call
LOOK_UP = 60.0  # seconds after which a waiter looks at its quiet connection; psycopg's 0.1 is for threads and Ctrl-C
MARGIN = 0.1  # so that we say Unavailable before the caller's deadline does
RETRY_AFTER = timedelta(seconds=1)

NAMING = {
    "ix": "%(column_0_label)s_index",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
CONFLICTS = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
AWAY = {"57014", "57P01", "57P02", "57P03", "25P03", "53300", "53400", "58030"}


class Connection(AsyncConnection[Any]):
    """A psycopg connection that gives up at once when its waiter is cancelled.

    psycopg would ask the server to cancel and wait up to ten seconds for it, far beyond any deadline. Closing is safe:
    the server rolls back, and statement_timeout ends what it was doing.
    """

    async def wait(self, gen: Any, interval: float = LOOK_UP, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        try:
            return await psycopg.waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[psycopg.AsyncPipeline]:
        """As psycopg's; but who is cancelled inside closes the connection, for psycopg 3.3 may leave it half entered.

        Everybody who used it later would get no rows: its results would wait for a sync that nobody sends.
        """
        try:
            async with super().pipeline() as pipeline:
                yield pipeline
        except (asyncio.CancelledError, GeneratorExit):
            self.pgconn.finish()
            raise

    async def rollback(self) -> None:
        """Roll back, within a second: who was cancelled elsewhere must not wait for a server that is stopped."""
        try:
            async with asyncio.timeout(ROLLBACK_TIMEOUT):
                await super().rollback()
        except TimeoutError:
            raise psycopg.OperationalError("PostgreSQL does not answer") from None


class Tx:
    """One transaction, opened and committed by a door. Everything a use case may do to the database goes through it."""

    def __init__(self, session: AsyncSession, encode: "Encode | None" = None) -> None:
        self.session = session
        self.answered_name = ""
        self.answered_etag = ""
        self._encode = encode
        self._events: list[OutboxEvent] = []
        self._positions: list[Position] | None = None

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a statement."""
        return await self.session.execute(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of the first row, or None."""
        return await self.session.scalar(statement, parameters)

    async def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of every row."""
        return await self.session.scalars(statement, parameters)

    async def get(self, entity: type[T], key: Any, **options: Any) -> T | None:
        """The row with that primary key, or None."""
        return await self.session.get(entity, key, **options)

    def add(self, row: object) -> None:
        """Insert or update a row with the next flush."""
        self.session.add(row)

    def add_all(self, rows: Iterable[object]) -> None:
        """Insert or update rows with the next flush."""
        self.session.add_all(rows)

    async def delete(self, row: object) -> None:
        """Delete a row with the next flush."""
        await self.session.delete(row)

    async def copy(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows by COPY: values in the order of the columns, each with its type's name. Flush first."""
        raw = await self.driver()
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), names)
        with telemetry.sql_span("COPY", table):
            async with raw.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types(list(columns.values()))
                for row in rows:
                    await copy.write_row(row)

    async def fetch(self, *asked: tuple[str, Sequence[Any]]) -> list[list[Any]]:
        """The rows of several queries, each with its values as psycopg adapts them, in one round trip."""
        raw = await self.driver()
        with telemetry.sql_span(*telemetry.summary(asked[0][0])):
            async with raw.pipeline():
                cursors = [await raw.cursor(binary=True).execute(query, values) for query, values in asked]
                return [await cursor.fetchall() for cursor in cursors]

    async def driver(self) -> Any:
        """psycopg's own connection, inside this transaction."""
        connection = await self.session.connection()
        return (await connection.get_raw_connection()).driver_connection

    async def flush(self) -> None:
        """Send what was added and deleted."""
        await self.session.flush()

    def emit(self, event: Any) -> None:
        """Put a fact into the outbox when the transaction commits; the service's encoder turns it into a CloudEvent."""
        if self._positions is not None:
            raise RuntimeError("positions() was the last step of this transaction: nothing can be emitted after it")
        self._events.extend(self.encoded(event))

    def encoded(self, event: Any) -> "list[OutboxEvent]":
        """A fact as `emit` puts it into the outbox."""
        found = event if isinstance(event, OutboxEvent) or self._encode is None else self._encode(event)
        return [found] if isinstance(found, OutboxEvent) else list(found)

    def answer(self, message: T) -> T:
        """Note which resource this call ends with, for a repeat of its request_id."""
        self.answered_name = getattr(message, "name", "")
        self.answered_etag = getattr(message, "etag", "")
        return message

    async def positions(self) -> str:
        """Write the outbox now, as the last step, and say which numbers it took (chassis.outbox.decode_positions).

        The heads stay locked until the commit, so nothing may follow.
        """
        if self._positions is None:
            self._positions = await self._put()
        return encode_positions(self._positions)

    @property
    def has_emitted(self) -> bool:
        """Whether a relay has something to do when this commits."""
        return bool(self._events)

    async def _put(self) -> list[Position]:
        await self.session.flush()
        if not self._events:
            return []
        connection = await self.session.connection()
        rows = await connection.exec_driver_sql(PUT, arguments(self._events))
        return [Position(*tuple(row)) for row in rows]


Encode = Callable[[Any], "OutboxEvent | Iterable[OutboxEvent]"]


class Database:
    """A service's own database: one small pool for transactions, and raw connections for consumers and COPY.

    `encode` turns what `Tx.emit` is given into OutboxEvents (app.py hands `events.encode` over).
    """

    def __init__(self, settings: Settings, *, encode: Encode | None = None, pool_size: int = 10) -> None:
        self.settings = settings
        self._encode = encode
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        self._notifier = Notifier(self.connect)
        self._is_away = False
        self.pace = Pace()
        self._made: weakref.WeakSet[Connection] = weakref.WeakSet()

    async def open(self) -> None:
        """Make the pool; connects to nothing yet, so a service starts while PostgreSQL is away."""
        self._engine = create_async_engine(
            URL.create("postgresql+psycopg"),
            async_creator=self._connect_for_calls,
            pool_size=self._pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            hide_parameters=True,
        )
        telemetry.instrument_engine(self._engine)

    async def close(self) -> None:
        """Wake the relay a last time and close every connection, also those of calls that were abandoned.

        The engine closes only what is idle in its pool; a call that is still cleaning up behind its cancellation would
        leave its connection to the garbage collector, open. The server rolls back what it was doing.
        """
        await self._notifier.close()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None
        for conn in list(self._made):
            conn.pgconn.finish()

    def health(self) -> dict[str, str]:
        """What the last use of the database found; slow, when it was late with an answer that needs no work."""
        return {"postgresql": "away" if self._is_away else "slow" if self.pace.is_slow else "ok"}

    def wake_relay(self) -> None:
        """Say that outbox rows were committed by other means than `transaction()`."""
        self._notifier.wake()

    @asynccontextmanager
    async def transaction(self, *, patience: float = DEFAULT_PATIENCE) -> AsyncIterator[Tx]:
        """One transaction: commits at the end of the block, rolls back when the block raises.

        It ends with Unavailable before the call's deadline, or after `patience` seconds where there is no call.
        """
        if self._engine is None:
            raise RuntimeError("the database is not open: await Database.open() first")
        seconds = max(0.05, remaining_seconds(patience) - MARGIN)
        async with self._bounded(seconds), AsyncSession(self._engine, expire_on_commit=False) as session:
            tx = Tx(session, self._encode)
            yield tx
            await tx.positions()
            with self.pace.measured():
                await session.commit()
            self._is_away = False
        if tx.has_emitted:
            self._notifier.wake()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A psycopg connection of one's own, in autocommit, for consumers, LISTEN and COPY; closed at the end.

        The server ends it after 5 s idle inside a transaction, so that whoever freezes holds no lock for long.
        """
        with self._translated():
            conn = await self.connect()
        try:
            yield conn
        finally:
            await conn.close()

    async def connect(self) -> AsyncConnection[Any]:
        """As `connection()`, for whoever closes it himself; raises psycopg's errors."""
        return await self._connect(CONSUMER_OPTIONS, autocommit=True)

    async def _connect_for_calls(self) -> AsyncConnection[Any]:
        return await self._connect(CALL_OPTIONS, autocommit=False)

    async def _connect(self, options: str, *, autocommit: bool) -> AsyncConnection[Any]:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                conn = await Connection.connect(
                    self.settings.database_dsn(), autocommit=autocommit, options=options, **self._told_to_server()
                )
        except TimeoutError:
            self._is_away = True
            raise psycopg.errors.ConnectionTimeout("PostgreSQL does not answer") from None
        except psycopg.OperationalError:
            self._is_away = True
            raise
        self._is_away = False
        self._made.add(conn)
        return conn

    def _told_to_server(self) -> dict[str, Any]:
        name = f"touchline {self.settings.service} {self.settings.role}".strip()
        return {"application_name": name, "tcp_user_timeout": 5000, "keepalives_idle": 10, "keepalives_interval": 5}

    @asynccontextmanager
    async def _bounded(self, seconds: float) -> AsyncIterator[None]:
        """End in time, and speak of PostgreSQL's failures as ours."""
        limit = asyncio.timeout(seconds)
        try:
            with self._translated():
                async with limit:
                    yield
        except TimeoutError:
            if not limit.expired():
                raise
            self._is_away = True
            raise Unavailable("PostgreSQL does not answer in time", retry_after=RETRY_AFTER) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, psycopg.Error, PoolTimeoutError, OSError) as error:
            known = translate(error)
            if known is None:
                raise
            self._is_away = isinstance(known, Unavailable)
            raise known from error


def translate(error: BaseException) -> DomainError | None:
    """What an error of PostgreSQL or the way to it means to a caller; None for what is a bug or a constraint."""
    if isinstance(error, PoolTimeoutError):
        return Unavailable("every database connection is busy", retry_after=RETRY_AFTER)
    found = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(found, "sqlstate", None) or ""
    if state in CONFLICTS:
        return Aborted("another transaction was faster")
    if state in AWAY or state.startswith("08"):
        return Unavailable("PostgreSQL is away", retry_after=RETRY_AFTER)
    if not state and isinstance(found, psycopg.OperationalError | psycopg.InterfaceError | ConnectionError):
        return Unavailable("PostgreSQL is away", retry_after=RETRY_AFTER)
    return None


def row_base() -> type[SQLModel]:
    """A base class for one service's tables, with a MetaData of its own.

    A service writes `class Row(SQLModel): metadata = row_metadata()`, which a type checker understands too.
    """

    class Row(SQLModel):
        metadata = row_metadata()

    return Row


def row_metadata() -> MetaData:
    """The MetaData of one service: SQLModel's own is global and would mix all services' tables."""
    return MetaData(naming_convention=NAMING)
