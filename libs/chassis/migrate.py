"""Alembic as the services use it: one migration at a time per database, no ini files, chassis tables left alone."""

from collections.abc import Iterator
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


def migrate(service: "Service", settings: Settings) -> None:
    """Bring the service's database up to its newest migration."""
    from alembic import command  # noqa: PLC0415 - costs 0.2 s, and only migrations need it

    with _connected(settings) as connection:
        command.upgrade(_config(service, connection), "head")


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
