"""The world that interaction's tests share."""

from collections.abc import AsyncIterator, Callable

import pytest
from chassis.config import Settings

from tests.interaction.world import World


@pytest.fixture
async def world(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[World]:
    async with World(make_database("interaction"), token).running() as running:
        yield running
