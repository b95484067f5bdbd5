"""Contact, which says who is erased, and a service that tells it when it has done so."""

from collections.abc import AsyncIterator, Callable

import pytest
from chassis.config import Settings
from chassis.rpc import channel
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.conftest import ada, admin, api, contact
from tests.contact.test_erasures import a_person, erase
from tests.erasing.ground import GROUNDS, standing
from tests.erasing.telling import Telling
from tests.patience import PATIENT
from tests.serving import Served

__all__ = ["ada", "admin", "api", "contact"]


@pytest.fixture
async def telling(
    make_database: Callable[..., Settings], token: Callable[..., str], contact: Served, api: object, admin: object
) -> AsyncIterator[Telling]:
    """Campaign, where somebody is everywhere whom contact erases."""
    erasure: pb.Erasure = await erase(admin, await a_person(api))
    ours = token("service", subject="services/campaign", client="campaign")
    async with (
        standing(make_database("campaign"), GROUNDS["campaign"]) as database,
        channel(contact.target, token=ours, timeout=PATIENT) as opened,
    ):
        yield Telling(database, opened, admin, erasure.name)
