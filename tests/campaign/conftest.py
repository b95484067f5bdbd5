"""Campaign, served in the test's own process on real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chassis.config import Settings
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub

from tests.campaign.world import World, a_world
from tests.serving import Served, serving


@pytest.fixture
async def campaign(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("campaign", make_database("campaign"), CampaignServiceStub, token) as served:
        yield served


@pytest.fixture
async def marketer(campaign: Served) -> Any:
    return await campaign.stub("marketer", subject="users/maria")


@pytest.fixture
async def world(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[World]:
    async with a_world(make_database, token) as found:
        yield found
