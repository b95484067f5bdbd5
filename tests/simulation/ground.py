"""What all seeds of a run stand on: one migrated database of interaction, its sessions, and some people who stay."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import identity
import psycopg
from chassis.config import Settings
from chassis.db import Database

from deploy.local.postgres import Postgres, engine_home, write_secret
from tests.databases import Databases
from tests.simulation.server import Sessions

PEOPLE = 3
APPLIED = """CREATE TABLE simulated_reading (
    id bigserial PRIMARY KEY, partition integer NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL,
    place integer NOT NULL, subject_id uuid NOT NULL, touch_id uuid NOT NULL
)"""
CONTACT = "INSERT INTO contact (contact_id, state, epoch, revision) VALUES (%s, 1, 1, 1)"
LINK = """INSERT INTO link (link_id, kind, subject_id, contact_id, asserted_time, epoch, revision)
VALUES (%s, 'holds', %s, %s, now(), 1, 1)"""
EMPTY = "; ".join(
    f"DELETE FROM {table}"
    for table in (
        "touch",
        "touch_count",
        "touch_raw",
        "touch_conflict",
        "contact_subject",
        "outbox",
        "outbox_head",
        "outbox_delivered",
        "inbox_offset",
        "simulated_reading",
    )
)


@dataclass
class Ground:
    """What a seed needs of the run."""

    settings: Settings
    sessions: Sessions
    subjects: identity.Subjects
    reading: Database
    runner: asyncio.Runner

    @property
    def sql(self) -> "psycopg.Connection[Any]":
        """A look at the tables from outside."""
        return self.sessions.admin

    def clear(self) -> None:
        """Forget the seed before."""
        self.sessions.end_seed()
        self.sql.execute(EMPTY)


def email(number: int) -> str:
    """Where things happen to the person of this number."""
    return f"p{number}@simulated.example"


def contact(number: int) -> UUID:
    """Who that is."""
    return UUID(int=number + 1)


@contextmanager
def stand(settings: Settings) -> Iterator[Ground]:
    """On an empty, migrated database of interaction."""
    sessions = Sessions(settings)
    subjects = identity.Subjects(settings.identity_key(), settings.region)
    sessions.admin.execute(APPLIED)
    for number in range(PEOPLE):
        sessions.admin.execute(CONTACT, [contact(number)])
        subject = UUID(bytes=subjects.of("email", email(number)))
        sessions.admin.execute(LINK, [UUID(int=number + 1), subject, contact(number)])
    with asyncio.Runner() as runner:
        database = Database(settings)
        runner.run(database.open())
        try:
            yield Ground(settings, sessions, subjects, database, runner)
        finally:
            runner.run(database.close())
            sessions.close()


@contextmanager
def own_engine() -> Iterator[Ground]:
    """A PostgreSQL of its own, for a run outside of pytest; the identity key is always the same."""
    with tempfile.TemporaryDirectory(prefix="touchline-simulation-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        postgres = Postgres(folder / "postgres", durable=False).start()
        try:
            databases = Databases(postgres, folder, keys(folder))
            with stand(databases.make("interaction")) as ground:
                yield ground
        finally:
            postgres.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


def keys(folder: Path) -> dict[str, Any]:
    """The Settings fields of a key that every run has: subjects, and so partitions, are a seed's own."""
    file = folder / "identity.key"
    write_secret(file, "5e" * 32)
    return {"identity_key_file": str(file), "development": True}
