"""A sender inside the test's own process: the role's parts, with the settings of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import tracking
from chassis.clock import Clock, SystemClock
from chassis.config import Settings
from chassis.db import Database
from chassis.rpc import channel, own_token

from services.campaign.domain import measuring
from services.campaign.gateways.consent import Consents
from services.campaign.gateways.mail import SmtpPool
from services.campaign.jobs.sending import Sending
from services.campaign.usecases.sending import Dispatcher, Limits, Preparation, Scribe

PATIENCE = 120.0


@asynccontextmanager
async def dispatching(
    settings: Settings,
    database: Database,
    *,
    batch: int = 20,
    clock: Clock | None = None,
    lease: float = 30,
    preparation: Preparation | None = None,
) -> AsyncIterator[Dispatcher]:
    """A dispatcher with its connections."""
    contact, pool = channel(settings.target("contact"), token_source=own_token(settings)), SmtpPool(settings)
    await pool.start()
    try:
        yield Dispatcher(
            database,
            clock or SystemClock(),
            consents=Consents(contact),
            pool=pool,
            scribe=Scribe(tracking.Keyring.load(settings.tracking_key_file), tracking.urls(settings.edge_url)),
            preparation=preparation or Preparation(settings.dkim_key_dir),
            owner="the test",
            limits=Limits(batch=batch, lease=timedelta(seconds=lease)),
            policies=measuring.read(settings.tracking_countries),
        )
    finally:
        await pool.close(grace=1)
        await contact.close()


@asynccontextmanager
async def sending(settings: Settings, database: Database, **told: Any) -> AsyncIterator[Dispatcher]:
    """The loop of role `send`, running; `told` as in `dispatching`."""
    async with dispatching(settings, database, **told) as dispatcher:
        stop = asyncio.Event()
        loop = asyncio.create_task(Sending(database, SystemClock(), dispatcher, at_once=2, idle=0.05).run(stop))
        try:
            yield dispatcher
        finally:
            stop.set()
            await loop


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.02)
