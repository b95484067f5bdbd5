"""The way to PostgreSQL: the server is real, what happens between it and a process is decided by the simulation.

A statement is sent after a hop, answered at once, and its answer arrives after another hop. So nothing depends on how
fast the server is: it works while no process makes a step. What holds a lock is known, too: who waits for one asks
again until whoever has it goes on.
"""

import asyncio
import contextlib
import select
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from chassis.config import Settings
from chassis.db import Connection, Database
from psycopg import pq
from psycopg.waiting import Ready, Wait

from tests.simulation.network import Network
from tests.simulation.scheduler import Process, State

LOCK = 1.0  # simulated seconds
LOOK = 0.02  # real seconds until a server that has not answered is asked why
GLANCE = 0.004  # and until it is asked whether it is at rest, since then waiting longer changes nothing
ASK_AGAIN = 0.05
GONE = pq.PGconn.connect_start(b"host=/nowhere port=1")
GONE.finish()
STUCK = """SELECT bool_and(cardinality(pg_blocking_pids(pid)) > 0) AND bool_or(pid = %s)
FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"""
IN_TRANSACTION = {pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR}


class Sessions:
    """The server's sessions: real ones, used again from seed to seed, since each costs milliseconds."""

    def __init__(self, settings: Settings) -> None:
        self._dsn = settings.database_dsn()
        self._idle: list[pq.PGconn] = []
        self._used: list[pq.PGconn] = []
        self.admin = psycopg.connect(self._dsn, autocommit=True)

    def take(self) -> pq.PGconn:
        """A session in its first state."""
        made = self._idle.pop() if self._idle else pq.PGconn.connect(self._dsn.encode())
        self._used.append(made)
        return made

    def abandon(self, session: pq.PGconn) -> None:
        """What a server does when a line is cut: roll back. Others see none of it, and wait for none of its locks."""
        if session.status != pq.ConnStatus.OK:
            return
        is_plain = session.pipeline_status == pq.PipelineStatus.OFF
        if is_plain and session.transaction_status in IN_TRANSACTION:
            session.exec_(b"ROLLBACK")
        elif not is_plain or session.transaction_status != pq.TransactionStatus.IDLE:
            number = session.backend_pid
            session.finish()
            while self.admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [number]).fetchone():
                if self.is_blocked(number):  # it would not notice before whoever has the lock goes on, who waits for us
                    self.admin.execute("SELECT pg_terminate_backend(%s)", [number])
                time.sleep(0)

    def is_blocked(self, number: int) -> bool:
        """Whether the session with this process waits for a lock that somebody else holds."""
        found = self.admin.execute("SELECT cardinality(pg_blocking_pids(%s))", [number]).fetchone()
        return bool(found and found[0])

    def is_stuck(self, number: int) -> bool:
        """Whether that is so for good: every session at work waits for such a lock, this one among them."""
        found = self.admin.execute(STUCK, [number]).fetchone()
        return bool(found and found[0])

    def end_seed(self) -> None:
        """Nobody holds any of them any more."""
        for session in self._used:
            self.abandon(session)
            if session.status == pq.ConnStatus.OK:
                session.exec_(b"DEALLOCATE ALL")
                self._idle.append(session)
        self._used.clear()

    def close(self) -> None:
        """Let them all go."""
        self.end_seed()
        for session in self._idle:
            session.finish()
        self.admin.close()


@dataclass
class Server:
    """PostgreSQL as the processes reach it: away or not, and whom it tells of commits."""

    sessions: Sessions
    network: Network
    idle: float
    is_away: bool = False
    lines: "list[Line]" = field(default_factory=list)

    def leave(self) -> None:
        """Every line is cut, and none is made until it is back."""
        self.is_away = True
        for line in self.lines:
            line.cut()

    def of(self, process: Process) -> "list[Line]":
        """The lines of a process that are not cut."""
        return [line for line in self.lines if line.process is process and not line.broken]

    def notify(self) -> None:
        """Wake who listens, unless that is lost."""
        for line in self.lines:
            if line.listens and not line.broken and not self.network.loses():
                line.heard.set()


@dataclass(eq=False)
class Line:
    """A connection, as the server and the network see it."""

    server: Server
    process: Process
    session: pq.PGconn
    connection: "SimulatedConnection"
    broken: str = ""
    uses: int = 0
    fuse: int = -1  # it is cut at its so-manieth use from now on
    is_in_flush: bool = False  # only statements in the middle of a pipeline are counted
    is_late: bool = False  # it is cut when the server has answered, not before
    listens: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self, why: str = "server closed the connection unexpectedly") -> None:
        """The line is gone; the server rolls back."""
        if not self.broken:
            self.broken, self.connection.pgconn = why, GONE
            self.server.sessions.abandon(self.session)
            self.heard.set()

    def check(self) -> None:
        """Raise when the line is cut."""
        if self.process.state is State.BURIED:
            self.cut()
        if self.broken:
            raise psycopg.OperationalError(self.broken)

    def burn(self, *, is_sent: bool = False) -> bool:
        """Count a use; whether this is the one at which the line is cut."""
        self.uses += 1
        if self.is_in_flush and not is_sent:
            return False
        self.fuse -= self.fuse >= 0
        return self.fuse == 0

    def watch_idleness(self) -> None:
        """The server ends whoever is idle in a transaction for long, also a process that is frozen."""
        if not self.broken and self.session.transaction_status in IN_TRANSACTION:
            uses, loop = self.uses, self.process.loop
            loop.call_later(self.server.idle, self._end_idle, uses, context=loop.world.context.copy())

    def _end_idle(self, uses: int) -> None:
        if self.uses == uses and not self.broken and self.session.transaction_status in IN_TRANSACTION:
            self.cut()


class SimulatedConnection(Connection):
    """A connection whose every round trip is a step of the simulation."""

    line: Line

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        line = self.line
        line.check()
        if self._pipeline is not None and gen.__name__ == "_execute_gen":
            return self._send(gen)
        is_under_way = self._pipeline is not None and bool(self._pipeline.result_queue)
        try:
            if not is_under_way:
                await line.server.network.hop()
                line.check()
            is_cut = line.burn()
            if is_cut and not (line.is_late or is_under_way):
                line.cut()
                line.check()
            answer, error = await self._drive(gen)
            if is_cut:
                line.cut()
            line.watch_idleness()
            await line.server.network.hop()
        except asyncio.CancelledError:
            line.cut()
            raise
        line.check()
        if error is not None:
            raise error
        return answer

    def _send(self, gen: Any) -> Any:
        """Within a pipeline statements are sent and nothing is read until its end: no other process steps meanwhile."""
        if self.line.burn(is_sent=True):
            self.line.cut()
            self.line.check()
        try:
            wanted = next(gen)
            while True:
                ready = Ready.W if wanted & Wait.W else _ready(self.pgconn, wanted, None)
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value

    async def _drive(self, gen: Any) -> tuple[Any, Exception | None]:
        """Run it to its end; where it waits for another's lock, let others step."""
        since = self.line.process.loop.now
        try:
            wanted = next(gen)
            while True:
                if ready := self._heard(wanted):
                    wanted = gen.send(ready)
                    continue
                if self.line.process.loop.now - since > LOCK:
                    self.line.cut("canceling statement due to lock timeout")
                    self.line.check()
                await asyncio.sleep(ASK_AGAIN)
                self.line.check()
        except StopIteration as done:
            return done.value, None
        except psycopg.Error as error:
            return None, error

    def _heard(self, wanted: Any) -> int:
        """Wait for the server; 0 when it waits itself, for a lock of somebody's who makes no step meanwhile."""
        sessions, number = self.line.server.sessions, self.pgconn.backend_pid
        while True:
            if ready := _ready(self.pgconn, wanted, GLANCE):
                return ready
            if sessions.is_stuck(number):
                return 0
            if ready := _ready(self.pgconn, wanted, LOOK):
                return ready
            if sessions.is_blocked(number):
                return 0

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """NOTIFY and LISTEN are the network's; everything else is PostgreSQL's."""
        if isinstance(query, str) and query.startswith(("NOTIFY", "LISTEN")):
            await self.line.server.network.hop()
            self.line.check()
            if query.startswith("LISTEN"):
                self.line.listens = True
            else:
                self.line.server.notify()
            return None
        return await super().execute(query, params, **options)

    async def notifies(self, **_: Any) -> AsyncIterator[None]:  # type: ignore[override]
        """One for each time that others committed."""
        while True:
            await self.line.heard.wait()
            self.line.heard.clear()
            self.line.check()
            yield None

    async def close(self) -> None:
        """Hang up."""
        self.line.cut()


class SimulatedDatabase(Database):
    """A service's database as one process reaches it."""

    def __init__(self, settings: Settings, server: Server, process: Process) -> None:
        super().__init__(settings)
        self._server, self._process = server, process

    async def connect(self) -> SimulatedConnection:
        """Another line, if the server is there."""
        await self._server.network.hop()
        if self._server.is_away or self._process.state is State.BURIED:
            self._is_away = True
            raise psycopg.OperationalError("connection refused")
        self._is_away = False
        session = self._server.sessions.take()
        made = SimulatedConnection(session)
        made.line = Line(self._server, self._process, session, made)
        self._server.lines.append(made.line)
        with contextlib.suppress(AttributeError):
            made._autocommit = True
        return made


def _ready(session: pq.PGconn, wanted: Any, patience: float | None) -> int:
    """Wait for a session's socket in real time; 0 when nothing came."""
    watched = select.poll()
    events = (select.POLLIN if wanted & Wait.R else 0) | (select.POLLOUT if wanted & Wait.W else 0)
    watched.register(session.socket, events)
    found = watched.poll(None if patience is None else patience * 1000)
    told = found[0][1] if found else 0
    hung_up = told & (select.POLLHUP | select.POLLERR)
    return (Ready.R if told & select.POLLIN or hung_up else 0) | (Ready.W if told & select.POLLOUT else 0)
