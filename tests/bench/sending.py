"""What the bench of sending and the kill test start: PostgreSQL, contact, senders, a mailing in the ledger."""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import tracking
from chassis.config import Settings
from chassis.db import Database

from deploy.local.children import free_port, is_listening, stop, wait_until
from deploy.local.postgres import Postgres, engine_home, write_secret
from tests.campaign.sending.ground import Addressee, Mailing, crowd, grant
from tests.databases import Databases

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("token", "identity")
UNSETTLED = {"PLANNED", "HELD", "CLAIMED"}


class Ground:
    """Two databases and the processes on them; `settings` are for all services."""

    def __init__(self, folder: Path, smtp_port: int, **told: Any) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres").start()
        self.processes: list[subprocess.Popen[bytes]] = []
        keys = {f"{name}_key_file": str(self._secret(name, secrets.token_hex(32))) for name in KEYS}
        keys["tracking_key_file"] = str(self._secret("tracking", tracking.new_key_line("bench")))
        databases = Databases(self.postgres, folder, keys | {"development": True})
        for service in ("contact", "campaign"):
            databases.add(service, "_bench")
        ports = {"port_contact": free_port(), "smtp_port": smtp_port}
        self.settings = databases.settings("_bench", **ports, **told)

    def _secret(self, name: str, value: str) -> Path:
        path = self.folder / f"{name}.key"
        write_secret(path, value)
        return path

    def run(self, service: str, role: str) -> subprocess.Popen[bytes]:
        """A role as a process of its own."""
        settings = self.settings.model_copy(update={"port_metrics": free_port()})
        given = settings.as_environment() | {"TOUCHLINE_PORT_METRICS": str(settings.port_metrics)}
        environment = os.environ | given | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}
        file = self.folder / f"{service}.{role}.log"
        command = [sys.executable, "-m", f"services.{service}", role]
        with file.open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.processes.append(process)
        wait_until(lambda: is_listening(settings.port_metrics), process, file)
        return process

    async def seed(self, number: int) -> list[Addressee]:
        """People who agreed to everything; contact's role `serve` runs afterwards."""
        people = crowd(self.settings, number)
        database = Database(self.settings.for_role("contact"))
        await database.open()
        try:
            await grant(database, people)
        finally:
            await database.close()
        return people

    def campaign(self) -> Settings:
        return self.settings.for_role("campaign")

    def sql(self, service: str, query: str, *values: Any) -> list[Any]:
        """Rows, read from outside."""
        with psycopg.connect(self.settings.for_role(service).database_dsn(), autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def end_sessions(self, service: str) -> None:
        """End every session of a service in PostgreSQL, as a failover does."""
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with self.postgres.connect() as connection:
            connection.execute(ended, [f"touchline_{service}_bench"])

    def fresh_reading(self) -> None:
        """Contact's consumer has read the edge's requests just now: nobody runs it here."""
        self.sql("contact", "UPDATE consent_reading SET read_time = now() + interval '10 minutes'")

    def close(self) -> None:
        for process in self.processes:
            stop(process)
        self.postgres.stop()
        shutil.rmtree(engine_home(self.folder / "postgres"), ignore_errors=True)


@contextmanager
def ground(smtp_port: int, **told: Any) -> Iterator[Ground]:
    """Everything but senders, started; ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="touchline-sending-", ignore_cleanup_errors=True) as folder:
        made = Ground(Path(folder), smtp_port, **told)
        try:
            yield made
        finally:
            made.close()


async def mailing(on: Ground, people: Sequence[Addressee], *, rate: int = 0, is_first: bool = True) -> Mailing:
    """A mailing of all these people, planned and paused: `UPDATE send_run SET state = 'RUNNING'` lets it go."""
    database = Database(on.campaign())
    await database.open()
    try:
        made = Mailing(on.campaign(), database, list(people) if is_first else [])
        await made.make(rate=rate)
        on.sql("campaign", "UPDATE send_run SET state = 'PAUSED' WHERE activity_id = %s", made.activity)
        await made.plan(people)
        on.sql("campaign", "VACUUM ANALYZE send")
        return made
    finally:
        await database.close()


def go(on: Ground, made: Mailing) -> float:
    """Let a mailing be sent; gives the moment."""
    on.sql("campaign", "UPDATE send_run SET state = 'RUNNING', slot_time = now() WHERE activity_id = %s", made.activity)
    return time.perf_counter()


STATES = """
SELECT state, sum(sends)::bigint FROM send_count WHERE activity_id = %s GROUP BY state HAVING sum(sends) <> 0
"""


def states(on: Ground, made: Mailing) -> dict[str, int]:
    """How many sends stand where, by the ledger's counts."""
    return dict(on.sql("campaign", STATES, made.activity))


async def until_sent(on: Ground, made: Mailing, seconds: float) -> float:
    """Wait until nobody is planned, held or claimed; gives the moment. It looks by one connection: each costs."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(on.settings.for_role("campaign").database_dsn(), autocommit=True) as connection:
        while set(found := dict(connection.execute(STATES, [made.activity]).fetchall())) & UNSETTLED:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not everything was sent: {found}")
            await asyncio.sleep(0.05)
    return time.perf_counter()
