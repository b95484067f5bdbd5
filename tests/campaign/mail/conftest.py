"""Pools that are closed, and the mail that tests send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from chassis.config import Settings

from services.campaign.gateways.mail import SmtpPool

Start = Callable[..., Awaitable[SmtpPool]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a pool for a port with settings by name."""
    pools: list[SmtpPool] = []

    async def start(port: int, **fields: Any) -> SmtpPool:
        told = {"smtp_port": port, "smtp_connections": 2, **fields}
        pools.append(await SmtpPool(Settings(**told)).start())
        return pools[-1]

    yield start
    for pool in pools:
        await pool.close(grace=0)
