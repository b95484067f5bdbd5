"""Waiting for migrations: a version starts on its own schema or a newer one, and says what it waits for until then."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from chassis.config import Settings
from chassis.migrate import await_migrations, migrate
from chassis.run import main
from chassis.run.service import Service

from deploy.local.postgres import Postgres

MIGRATION = """
from alembic import op
revision, down_revision = {number!r}, {before!r}
def upgrade(): op.execute("CREATE TABLE made_{number} (x int)")
"""
ENV = "from chassis.db import row_metadata, run_alembic\nrun_alembic(row_metadata())\n"

# For who finds this function before PostgreSQL's own, it is another time.
ELSEWHEN = """CREATE SCHEMA elsewhen;
CREATE FUNCTION elsewhen.clock_timestamp() RETURNS timestamptz LANGUAGE sql
AS $$ SELECT pg_catalog.clock_timestamp() + interval '{interval}' $$
"""


def version(folder: Path, *numbers: str) -> Any:
    """A version of a service whose migrations are `numbers`."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    for before, number in zip((None, *numbers), numbers, strict=False):
        (folder / "versions" / f"{number}.py").write_text(MIGRATION.format(number=number, before=before))
    return Service("campaign", {}, folder)


@contextlib.asynccontextmanager
async def waiting(service: Any, settings: Settings) -> AsyncIterator[tuple["asyncio.Task[None]", "asyncio.Queue[str]"]]:
    """Somebody who waits for the migrations of `service`, and what he says."""
    said: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        loop.call_soon_threadsafe(said.put_nowait, text)

    yield asyncio.create_task(asyncio.to_thread(await_migrations, service, settings, say, 0.01)), said


async def test_who_starts_before_the_migrations_waits_for_them_and_says_so(
    make_database: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_database("campaign", migrated=False)
    older, newer = version(tmp_path / "1", "0001"), version(tmp_path / "2", "0001", "0002")
    async with waiting(newer, settings) as (task, said):
        assert "is at migration none, this version needs 0002" in await said.get()
        await asyncio.to_thread(migrate, older, settings)
        assert "is at migration 0001, this version needs 0002" in await said.get()
        await asyncio.to_thread(migrate, newer, settings)
        await task
    assert said.empty()


async def test_the_version_before_starts_on_a_schema_that_is_newer_than_it(
    make_database: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_database("campaign", migrated=False)
    await asyncio.to_thread(migrate, version(tmp_path / "2", "0001", "0002"), settings)
    said: list[str] = []
    await asyncio.to_thread(await_migrations, version(tmp_path / "1", "0001"), settings, said.append)
    assert said == []


async def test_a_database_that_is_away_is_waited_for(
    make_database: Callable[..., Settings], postgres: Postgres, tmp_path: Path
) -> None:
    settings, service = make_database("campaign", migrated=False), version(tmp_path, "0001")
    await asyncio.to_thread(migrate, service, settings)
    with postgres.connect() as connection:
        limit = f'ALTER ROLE "{settings.database_user}" CONNECTION LIMIT '
        connection.execute(f"{limit} 0")
        try:
            async with waiting(service, settings) as (task, said):
                assert "campaign: waiting for its database: " in await said.get()
                connection.execute(f"{limit} -1")
                await task
        finally:
            connection.execute(f"{limit} -1")


@pytest.mark.parametrize(("interval", "side"), [("-1 hour", "ahead of"), ("1 hour", "behind")])
async def test_who_starts_with_another_clock_than_the_database_waits_and_says_what_to_do(
    interval: str, side: str, make_database: Callable[..., Settings], postgres: Postgres, tmp_path: Path
) -> None:
    settings, service = make_database("campaign", migrated=False), version(tmp_path, "0001")
    await asyncio.to_thread(migrate, service, settings)
    with psycopg.connect(settings.database_dsn(), autocommit=True) as connection, postgres.connect() as superuser:
        connection.execute(ELSEWHEN.format(interval=interval))
        path = f'ALTER ROLE "{settings.database_user}" IN DATABASE "{connection.info.dbname}" '
        superuser.execute(f"{path} SET search_path = elsewhen, pg_catalog, public")
        try:
            async with waiting(service, settings) as (task, said):
                told = await said.get()
                assert f"clock is more than 30 s {side} its database's: set the clocks of both (NTP)" in told
                superuser.execute(f"{path} RESET search_path")
                await task
        finally:
            superuser.execute(f"{path} RESET search_path")


def test_a_service_without_a_database_has_no_migrations_to_wait_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"usage: python -m services.console serve$"):
        main(Service("console", {"serve": None}), ["await-migrations"])  # type: ignore[dict-item]
