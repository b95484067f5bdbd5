"""The days of evidence: each made and dropped apart, whatever holds one of them, and whatever lay outside before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from chassis.chores import Chore, doing
from chassis.clock import FixedClock
from chassis.config import Settings
from chassis.db import Database

from services.interaction.jobs import Evidence

LONG = timedelta(days=40)  # every day that the migration made is too old by then


@pytest.fixture
def settings(make_database: Callable[..., Settings]) -> Settings:
    return make_database("interaction")


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings)
    await opened.open()
    yield opened
    await opened.close()


def connect(settings: Settings) -> Any:
    return psycopg.connect(settings.database_dsn(), autocommit=True)


def days(settings: Settings) -> list[str]:
    """The days that have a partition, as YYYYMMDD."""
    query = "SELECT right(inhrelid::regclass::text, 8) FROM pg_inherits WHERE inhparent = 'touch_raw'::regclass"
    with connect(settings) as connection:
        return sorted(row[0] for row in connection.execute(query) if row[0].isdigit())


def expected(now: datetime) -> list[str]:
    return [f"{now + timedelta(days=number):%Y%m%d}" for number in range(8)]


@pytest.fixture
def now(settings: Settings) -> datetime:
    """Noon of the day on which the migration ran; today may be the next one."""
    return datetime.strptime(days(settings)[0], "%Y%m%d").replace(hour=12, tzinfo=UTC)


@pytest.fixture
def later(now: datetime) -> datetime:
    return now + LONG


def keep_evidence(settings: Settings, at: datetime, said: bytes) -> None:
    with connect(settings) as connection:
        connection.execute("INSERT INTO touch_raw VALUES (%s, %s, %s, %s)", (uuid4(), uuid4(), at, said))


def where(settings: Settings) -> list[tuple[str, bytes]]:
    """Each piece of evidence with the table that it lies in."""
    with connect(settings) as connection:
        return connection.execute("SELECT tableoid::regclass::text, evidence FROM touch_raw ORDER BY 2").fetchall()


async def test_the_coming_days_are_made_and_the_old_ones_dropped(
    settings: Settings, database: Database, now: datetime, later: datetime
):
    assert days(settings) == expected(now)
    await Evidence(database, FixedClock(later)).keep()
    assert days(settings) == expected(later)


async def test_evidence_that_lay_outside_moves_into_its_day(
    settings: Settings, database: Database, now: datetime, later: datetime
):
    keep_evidence(settings, later, b"1")
    keep_evidence(settings, later + timedelta(days=9), b"2")
    keep_evidence(settings, now - timedelta(days=1), b"old")
    await Evidence(database, FixedClock(later)).keep()
    assert where(settings) == [(f"touch_raw_{later:%Y%m%d}", b"1"), ("touch_raw_other", b"2")]
    keep_evidence(settings, later, b"3")
    assert where(settings)[-1] == (f"touch_raw_{later:%Y%m%d}", b"3")


async def test_a_lock_that_is_held_keeps_one_day_only_and_the_next_turn_heals_it(
    settings: Settings, database: Database, now: datetime, later: datetime
):
    evidence = Evidence(database, FixedClock(later))
    chore = Chore("evidence", evidence.keep, again=0.01)
    with psycopg.connect(settings.database_dsn()) as holding:
        holding.execute(f"LOCK TABLE touch_raw_{now:%Y%m%d}")
        async with doing(chore):
            for _ in range(2_000):
                if chore.health()["evidence"] != "ok":
                    break
                await asyncio.sleep(0.01)
            assert chore.health()["evidence"] != "ok"
            assert days(settings) == [f"{now:%Y%m%d}", *expected(later)]
            holding.rollback()
            for _ in range(2_000):
                if chore.health()["evidence"] == "ok":
                    break
                await asyncio.sleep(0.01)
    assert days(settings) == expected(later)


async def test_consumers_that_write_do_not_wait_for_a_new_day(settings: Settings, database: Database, now: datetime):
    with psycopg.connect(settings.database_dsn()) as writing:
        writing.execute("INSERT INTO touch_raw VALUES (%s, %s, %s, %s)", (uuid4(), uuid4(), now, b"1"))
        await Evidence(database, FixedClock(now + timedelta(days=3))).keep()
    assert days(settings)[-1] == f"{now + timedelta(days=10):%Y%m%d}"
