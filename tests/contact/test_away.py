"""PostgreSQL refused, hanging, or answering after two seconds: GetContact says so in time, and comes back by itself."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from chassis.config import Settings
from chassis.errors import Unavailable
from chassis.rpc.client import DEFAULT_TIMEOUT
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from tests.chassis.ground import Lag
from tests.contact.people import create, email, get
from tests.patience import PATIENCE
from tests.proxy import Proxy
from tests.serving import serving


@pytest.mark.parametrize("how", ["refused", "hanging", "late"])
async def test_without_postgresql_contacts_are_unavailable_in_time(
    make_database: Callable[..., Settings], token: Callable[..., str], how: str
) -> None:
    plain = make_database("contact")
    port = int(plain.database_url.rpartition(":")[2].partition("/")[0])
    async with Proxy(port).running() as proxy:
        url = plain.database_url.replace(f":{port}/", f":{proxy.port}/")
        behind = plain.model_copy(update={"database_url": url})
        async with serving("contact", behind, ContactServiceStub, token) as contact:
            api = await contact.stub("service", patience=DEFAULT_TIMEOUT, subject="crm-sync", client="crm")
            ines = await create(api, "Ines", email("ines@acme.example"))
            async with Lag() as lag, proxy.broken(how):
                if how == "late":
                    assert (await patient(api, ines)).name == ines.name, "who waits is answered"
                    assert contact.database.health() == {"postgresql": "slow"}
                answers = await seen_away(contact, lambda: get(api, ines))
            lag.check()
            assert {type(answer) for answer in answers} == {Unavailable}
            assert (await again(lambda: get(api, ines))).name == ines.name


async def patient(api: Any, contact: pb.Contact) -> pb.Contact:
    return await api.GetContact(pb.GetContactRequest(name=contact.name), timeout=30.0)


async def seen_away(contact: Any, call: Callable[[], Any]) -> list[Any]:
    """What ten calls at once are answered when the service has seen that PostgreSQL is away.

    Where other programs hold the processors, calls may find their own deadlines first; then the next ten are asked.
    """
    async with asyncio.timeout(PATIENCE):
        while True:
            answers = await asyncio.gather(*(call() for _ in range(10)), return_exceptions=True)
            if contact.database.health() == {"postgresql": "away"}:
                return answers


async def again(call: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Repeat a call until it is answered."""
    async with asyncio.timeout(patience):
        while True:
            try:
                return await call()
            except Unavailable:
                await asyncio.sleep(0.1)
