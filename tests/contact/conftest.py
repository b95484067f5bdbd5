"""Contact, served in the test's own process on real PostgreSQL, and the people who call it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chassis.config import Settings
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from tests.serving import Served, serving


@pytest.fixture
async def contact(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("contact", make_database("contact"), ContactServiceStub, token) as served:
        yield served


@pytest.fixture
async def api(contact: Served) -> Any:
    """Another system of the company: it sees everything."""
    return await contact.stub("service", subject="crm-sync", client="crm")


@pytest.fixture
async def ada(contact: Served) -> Any:
    """A rep of the north."""
    return await contact.stub("rep", subject="users/ada", team="north")


@pytest.fixture
async def bob(contact: Served) -> Any:
    """A rep of the south."""
    return await contact.stub("rep", subject="users/bob", team="teams/south")


@pytest.fixture
async def admin(contact: Served) -> Any:
    """Who runs the installation."""
    return await contact.stub("admin", subject="users/root")
