"""Alembic as the services use it: one migration at a time per database, no ini files, chassis tables left alone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.pool import NullPool

from chassis.config import Settings

if TYPE_CHECKING:
    from alembic.config import Config

    from chassis.run.service import Service

OURS = {"outbox", "outbox_head", "outbox_delivered", "outbox_epoch", "inbox_offset", "request_id"}
ONE_AT_A_TIME = 0x746F756368  # the advisory lock of migrations, per database
OPTIONS = "-c lock_timeout=5s"
PAUSE = 1.0  # seconds between two looks at a schema that is waited for
MOST_SKEW = 30.0  # seconds that clocks may differ, as for tokens: beyond them calls and touches would be refused


def migrate(service: "Service", settings: Settings) -> None:
    """Bring the service's database up to its newest migration."""
    from alembic import command  # noqa: PLC0415 - costs 0.2 s, and only migrations need it

    with _connected(settings) as connection:
        command.upgrade(_config(service, connection), "head")


def await_migrations(service: "Service", settings: Settings, say: Callable[[str], None], pause: float = PAUSE) -> None:
    """Return when the database has this version's migrations, or newer ones of which this version knows nothing.

    Until then it tells, whenever that changes, what is waited for: an older schema, a database that is away, or one
    whose clock is another.
    """
    told = ""
    while waiting := _what_is_missing(service, settings):
        if waiting != told:
            say(waiting)
            told = waiting
        time.sleep(pause)


def _what_is_missing(service: "Service", settings: Settings) -> str:
    """A sentence about what keeps this version from starting; empty when nothing does."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(service.migrations))
    wanted, known = script.get_current_head(), {one.revision for one in script.walk_revisions()}
    try:
        with psycopg.connect(settings.database_dsn(), connect_timeout=5) as connection:
            if skew := _skew(connection):
                return f"{service.name}: {skew}"
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        there = row[0] if row else "none"
    except psycopg.errors.UndefinedTable:
        there = "none"
    except psycopg.Error as error:
        return f"{service.name}: waiting for its database: {str(error).strip().splitlines()[0]}"
    if there == wanted or there not in known | {"none"}:
        return ""
    return (
        f"{service.name}: its database is at migration {there}, this version needs {wanted}: "
        f"waiting for `python -m services.{service.name} migrate`"
    )


def _skew(connection: psycopg.Connection) -> str:
    """A sentence about clocks that differ; empty where they agree, as far as the time that asking took can tell."""
    before = time.time()
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    after, there = time.time(), float(row[0]) if row else before
    behind, ahead = there - after, before - there
    if max(behind, ahead) <= MOST_SKEW:
        return ""
    side = "behind its" if behind > 0 else "ahead of its"
    return (
        f"this machine's clock is more than {MOST_SKEW:.0f} s {side} database's: set the clocks of both (NTP); "
        "until then this waits"
    )


def revise(service: "Service", settings: Settings, message: str) -> None:
    """Write a new migration from the difference between the service's models and its database."""
    from alembic import command  # noqa: PLC0415

    with _connected(settings) as connection:
        command.revision(_config(service, connection), message, autogenerate=True)


def run_alembic(metadata: MetaData) -> None:
    """The whole of a service's migrations/env.py."""
    from alembic import context  # noqa: PLC0415

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        include_object=_is_the_service_s,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _config(service: "Service", connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(service.migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    """A connection while no other migration of this database runs."""

    def connect() -> Any:
        return psycopg.connect(settings.database_dsn(), connect_timeout=5, options=OPTIONS)

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with psycopg.connect(settings.database_dsn(), connect_timeout=5, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        with engine.connect() as connection:
            yield connection
    engine.dispose()


def _is_the_service_s(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return not (kind == "table" and name in OURS)
