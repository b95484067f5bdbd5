"""The database as services use it: one transaction per door, and what happens when PostgreSQL is away or hangs."""

import asyncio
import contextlib
import gc
import signal
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from chassis import db
from chassis.calls import CALL, Call
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Aborted, Unavailable
from chassis.run.service import Service
from sqlalchemy import text

from deploy.local.postgres import Postgres
from tests.chassis.ground import Lag, opened, prepare, refused, signal_all, until

INSERT = text("INSERT INTO effect (stream, partition, record, value) VALUES ('s', 0, :record, 'v')")
COUNT = text("SELECT count(*) FROM effect")


@pytest.fixture
def settings(make_database: Callable[..., Settings]) -> Settings:
    return prepare(make_database("campaign", migrated=False))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with opened(settings, pool_size=3) as database:
        yield database


@contextlib.contextmanager
def call_of(seconds: float) -> Iterator[None]:
    token = CALL.set(Call("m", deadline=time.monotonic() + seconds))
    try:
        yield
    finally:
        CALL.reset(token)


@contextlib.contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """Every process of the server, so that open connections hang and new ones are accepted by the kernel only."""
    with postgres.connect() as connection:
        pids = [row[0] for row in connection.execute("SELECT pid FROM pg_stat_activity").fetchall()]
    pids = {*pids, postgres.pid}
    try:
        signal_all(pids, signal.SIGSTOP)
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(COUNT))


async def test_a_block_that_ends_commits_and_one_that_raises_leaves_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, {"record": 1})
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(INSERT, {"record": 2})
            raise ZeroDivisionError
    assert await count(database) == 1


async def test_a_server_that_hangs_is_unavailable_within_the_deadline_and_blocks_no_loop(
    database: Database, postgres: Postgres
) -> None:
    await asyncio.gather(*(count(database) for _ in range(3)))
    async with Lag() as lag:
        with stopped(postgres):
            for _ in range(3):
                started = time.monotonic()
                answers = await asyncio.gather(*(hurried(database) for _ in range(8)), return_exceptions=True)
                assert all(isinstance(answer, Unavailable) for answer in answers), answers
                assert time.monotonic() - started < 2.5
            assert database.health() == {"postgresql": "away"}
        lag.check()
    assert await count(database) == 0
    assert database.health() == {"postgresql": "ok"}


async def hurried(database: Database) -> None:
    with call_of(2.0):
        await count(database)


async def test_a_server_that_stops_between_two_statements_holds_nobody(database: Database, postgres: Postgres) -> None:
    """The block fails for a reason of its own while the server hangs: rolling back must not wait for it."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ZeroDivisionError, Unavailable), call_of(10):
            async with database.transaction() as tx:
                await tx.execute(INSERT, {"record": 1})
                stack.enter_context(stopped(postgres))
                raise ZeroDivisionError
        assert time.monotonic() - started < 5


async def test_a_server_that_refuses_is_unavailable_at_once_and_found_again(
    database: Database, settings: Settings, postgres: Postgres
) -> None:
    await count(database)
    async with refused(postgres, settings):
        started = time.monotonic()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await count(database)
        assert time.monotonic() - started < 5
    assert await count(database) == 0


async def test_a_cancelled_statement_gives_its_place_in_the_pool_back(database: Database) -> None:
    async def sleep() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT pg_sleep(20)"))

    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sleep(), 0.2)
    assert await count(database) == 0


async def test_who_is_cancelled_while_it_enters_a_pipeline_gives_no_half_entered_connection_back(
    settings: Settings,
) -> None:
    async def cancelled(database: Database) -> None:
        async with database.transaction() as tx:
            await tx.scalar(text("SELECT 1"))
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            psycopg.waiting._last_yield = 0.0  # as on a loop busy for long, where psycopg lets others run first
            await tx.fetch(("SELECT 2", ()))

    async with opened(settings, pool_size=1) as database:
        await asyncio.gather(asyncio.create_task(cancelled(database)), return_exceptions=True)
        async with database.transaction() as tx:
            assert await tx.scalar(text("SELECT 3")) == 3


async def close_while_calls_clean_up(settings: Settings) -> None:
    """Four calls are cancelled, two in a statement and two between, and the database closes behind them at once."""
    database = Database(settings, pool_size=4)
    await database.open()
    working = asyncio.Semaphore(0)

    async def work(number: int) -> None:
        async with database.transaction() as tx:
            await tx.execute(COUNT)
            working.release()
            if number % 2:
                await asyncio.sleep(20)
            await tx.execute(text("SELECT pg_sleep(20)"))

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    for _ in tasks:
        await working.acquire()
    for task in tasks:
        task.cancel()
    await database.close()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_closing_leaves_no_connection_of_an_abandoned_call_open(settings: Settings) -> None:
    gc.collect()  # what others left behind is not ours
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await close_while_calls_clean_up(settings)
        gc.collect()
    assert [told for warning in caught if "still open" in (told := str(warning.message))] == []


async def test_a_busy_pool_says_so(database: Database) -> None:
    async def hold() -> None:
        async with database.transaction() as tx:
            await tx.execute(COUNT)
            await asyncio.sleep(2)

    holders = [asyncio.create_task(hold()) for _ in range(3)]
    await asyncio.sleep(0.3)
    with pytest.raises(Unavailable, match="busy"):
        await count(database)
    await asyncio.gather(*holders)


async def test_a_lock_that_is_held_too_long_is_aborted(database: Database, settings: Settings) -> None:
    with psycopg.connect(settings.database_dsn()) as other:
        other.execute("LOCK TABLE effect")
        with pytest.raises(Aborted):
            await count(database)


async def test_a_raw_connection_is_in_autocommit_and_cannot_sit_on_its_locks(database: Database) -> None:
    async with database.connection() as conn:
        await conn.execute("CREATE TEMPORARY TABLE x (y int)")
        found = await (await conn.execute("SHOW idle_in_transaction_session_timeout")).fetchone()
    assert found == ("5s",)


async def test_the_password_is_read_again_at_each_connect(
    settings: Settings, postgres: Postgres, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(settings.database_password())
    async with opened(settings.model_copy(update={"database_password_file": str(file)})) as database:
        file.write_text("wrong")
        with pytest.raises(Unavailable):
            await count(database)
        file.write_text(settings.database_password())
        assert await count(database) == 0


async def test_a_database_opens_while_the_server_is_away(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql://{service}@127.0.0.1:1/x"})
    async with opened(nowhere) as database:
        with pytest.raises(Unavailable):
            await count(database)


MIGRATION = """
from alembic import op
from chassis import inbox, outbox
revision = "0001"
down_revision = None
def upgrade():
    op.execute(outbox.SCHEMA)
    op.execute(inbox.SCHEMA)
    op.execute("CREATE TABLE done (x int)")
"""
ENV = "from chassis.db import row_metadata, run_alembic\nrun_alembic(row_metadata())\n"


async def test_migrations_run_once(make_database: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_database("campaign", migrated=False)
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    (tmp_path / "versions" / "0001_first.py").write_text(MIGRATION)
    service: Any = Service("campaign", {}, tmp_path)
    for _ in range(2):
        await asyncio.to_thread(db.migrate, service, settings)
    async with opened(settings) as database, database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM done")) == 0
        assert await tx.scalar(text("SELECT version_num FROM alembic_version")) == "0001"


async def test_a_woken_relay_hears_of_many_commits_at_most_every_five_milliseconds(database: Database) -> None:
    heard = 0
    async with database.connection() as conn:
        await conn.execute("LISTEN touchline_outbox")

        async def listen() -> None:
            nonlocal heard
            async for _ in conn.notifies():
                heard += 1

        listening = asyncio.create_task(listen())
        for _ in range(100):
            database.wake_relay()
            await asyncio.sleep(0.0005)
        await until(lambda: heard > 0)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    assert heard < 60
