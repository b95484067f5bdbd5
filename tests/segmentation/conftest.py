"""Segmentation, served in the test's own process on real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chassis.config import Settings
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from tests.serving import Served, serving


@pytest.fixture
async def segmentation(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("segmentation", make_database("segmentation"), SegmentationServiceStub, token) as served:
        yield served


@pytest.fixture
async def marketer(segmentation: Served) -> Any:
    return await segmentation.stub("marketer", subject="users/maria")
