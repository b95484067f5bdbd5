"""What is done by the clock: whatever fails is done again, and request_ids are forgotten after a day."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis import inbox
from chassis.bus_memory import MemoryBroker, MemoryProducer
from chassis.chores import Chore, Forgetting, doing
from chassis.clock import FixedClock
from chassis.db import Database
from chassis.outbox import Relay
from chassis.roles import Relaying
from sqlalchemy import text

from services.campaign import app as campaign
from services.contact import app as contact
from services.interaction import app as interaction
from services.segmentation import app as segmentation
from tests.chassis.ground import prepare
from tests.patience import PATIENCE

NOW = datetime.now(UTC)


@pytest.fixture
async def database(make_database: Callable[..., Any]) -> AsyncIterator[Database]:
    opened = Database(prepare(make_database("contact", migrated=False)))
    await opened.open()
    yield opened
    await opened.close()


async def answer(database: Database, request_id: str, hours_ago: float) -> None:
    async with database.transaction() as tx:
        await inbox.claim_request(tx, caller="users/ada", method="Create", request_id=request_id, request_hash=b"h")
        told = {"id": request_id, "at": NOW - timedelta(hours=hours_ago)}
        await tx.execute(text("UPDATE request_id SET create_time = :at WHERE request_id = :id"), told)


async def kept(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list(await tx.scalars(text("SELECT request_id FROM request_id ORDER BY 1")))


async def test_a_request_id_is_forgotten_after_a_day_and_no_earlier(database: Database):
    for request_id, hours in [("a", 25), ("b", 23), ("c", 30), ("d", 26)]:
        await answer(database, request_id, hours)
    assert await Forgetting(database, FixedClock(NOW), portion=2).forget() == 3
    assert await kept(database) == ["b"]


async def test_the_work_role_forgets_them(database: Database):
    await answer(database, "old", 25)
    producer = MemoryProducer(MemoryBroker())
    role, stop = Relaying(database, producer, Relay(database, producer, source="/test")), asyncio.Event()
    running = asyncio.create_task(role.run(stop))
    for _ in range(2_000):
        left = await kept(database)
        if not left:
            break
        await asyncio.sleep(0.01)
    stop.set()
    await running
    assert left == []
    assert role.health()["request_ids"] == "ok"


@pytest.mark.parametrize("app", [campaign, contact, interaction, segmentation])
async def test_every_service_does(app: Any, make_database: Callable[..., Any]):
    settings = make_database("contact", migrated=False, kafka_bootstrap="127.0.0.1:1")
    role = await app.work(settings.for_role(app.SERVICE.name, "work"))
    assert role.health()["request_ids"] == "ok"


async def test_a_chore_that_fails_says_so_and_is_done_again():
    told: list[str] = []
    third = asyncio.Event()
    chore: Chore

    async def work() -> None:
        told.append(chore.health()["sweeping"])
        if len(told) == 1:
            raise RuntimeError("nobody foresaw this")
        if len(told) == 3:
            third.set()

    chore = Chore("sweeping", work, every=0.001, again=0.001)
    async with doing(chore):
        await asyncio.wait_for(third.wait(), PATIENCE)
    assert told[:3] == ["ok", "RuntimeError", "ok"]
