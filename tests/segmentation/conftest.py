"""Segmentation, served in the test's own process on real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chassis.config import Settings
from chassis.db import Database
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from services.segmentation import events
from services.segmentation.jobs import Evaluator
from tests.segmentation.world import World, hear
from tests.serving import Served, serving


@pytest.fixture
async def segmentation(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("segmentation", make_database("segmentation"), SegmentationServiceStub, token) as served:
        yield served


@pytest.fixture
async def marketer(segmentation: Served) -> Any:
    return await segmentation.stub("marketer", subject="users/maria")


@pytest.fixture
async def settle(segmentation):
    """Lets everything be evaluated that there is."""
    database = Database(segmentation.settings, encode=events.encode)
    await database.open()
    yield Evaluator(database).settle
    await database.close()


@pytest.fixture
async def world(segmentation):
    """Twelve people, of whom the fourth clicked just now."""
    found = World(5)
    async with segmentation.database.connection() as conn:
        await hear(conn, found.beginning())
    return found
