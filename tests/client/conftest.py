"""The client of the contact service, served in the test's own process."""

import pytest
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline_client import Touchline

from tests.serving import serving


@pytest.fixture
async def touchline(make_database, token):
    async with (
        serving("contact", make_database("contact"), ContactServiceStub, token) as served,
        Touchline(token=token("marketer"), targets={"contact": served.target}) as client,
    ):
        yield client
