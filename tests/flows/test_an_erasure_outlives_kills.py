"""An erasure whose every step is killed halfway, in every service, ends as if nothing had been."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline

from tests.faults.hindrance import SLEEP, hindered
from tests.flows.campaigns import until
from tests.flows.people import client
from tests.flows.remains import residue
from tests.flows.system import GRPC, System

MARK = f"kolibri{uuid.uuid4().hex[:10]}"
HERS = (f"Ines {MARK}", f"{MARK}@kiln.example", f"{MARK} gold")
OTHERS = ("segmentation", "campaign", "interaction")
SLEEPING = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
ERASED = "SELECT rows, is_acknowledged FROM erasure WHERE erasure_id = %s"


@pytest.mark.timeout(600)
async def test_an_erasure_that_is_killed_at_every_step_in_every_service_ends_once_and_leaves_nothing(
    system: System,
) -> None:
    async with client(system) as touchline:
        contact = await known_everywhere(system, touchline)
        erasure = await erased_among_kills(system, touchline, contact)
        deleted = {name: await until(lambda name=name: noted_by(system, name, erasure)) for name in OTHERS}
        await until(lambda: is_forgetting(touchline, erasure))
        receipt = await receipt_of(touchline, erasure)
        for name, rows in deleted.items():
            assert {each["store"]: each["rows"] for each in receipt["stores"] if each["service"] == name} == rows
        told = [(each["service"], each["store"]) for each in receipt["stores"]]
        assert len(told) == len(set(told)), "each store is named once"
        assert {name for name, _ in told} == set(GRPC)
        assert await residue(system, HERS) == {}
    await asyncio.to_thread(system.wait_until_ready)


async def erased_among_kills(system: System, touchline: Touchline, contact: str) -> str:
    """Ask for it, and kill: who writes it down, who tells it, who deletes, who hears of that, who notes that."""
    consumers = [role for role in system.roles() if role.partition(".")[2].startswith("consume")]
    clerks = [f"{name}.work" for name in OTHERS]
    async with AsyncExitStack() as noting, AsyncExitStack() as hearing:
        heard = killed(
            system, ["contact.serve", "contact.work"], "BEFORE INSERT ON erasure_acknowledgement", ["contact"]
        )
        await hearing.enter_async_context(heard)
        async with (
            killed(system, consumers, "AFTER INSERT ON erasure", OTHERS),
            killed(system, ["contact.work"], "BEFORE INSERT ON outbox_delivered", ["contact"]),
        ):
            async with killed(system, ["contact.serve"], "AFTER INSERT ON erasure", ["contact"]):
                asking = asyncio.create_task(asked_for(touchline, contact))
            erasure = await asking
        for name in OTHERS:
            await until(lambda name=name: is_deleted(system, name, erasure))
        await noting.enter_async_context(killed(system, clerks, "BEFORE UPDATE ON erasure", OTHERS))
    return erasure


@asynccontextmanager
async def killed(system: System, roles: Sequence[str], when: str, services: Sequence[str]) -> AsyncIterator[None]:
    """When the block has ended and each of these services is in the middle of that statement, these roles die.

    The server would go on with what it has: their transactions end with them.
    """
    with ExitStack() as stack:
        for name in services:
            stack.enter_context(hindered(system, SLEEP.format(20), when, name))
        yield
        for name in services:
            await until(lambda name=name: asked(system, name, f"SELECT pid {SLEEPING}"))
        for role in roles:
            system.kill(role)
        for name in services:
            await asked(system, name, f"SELECT pg_terminate_backend(pid) {SLEEPING}")


async def asked(system: System, service: str, query: str, *values: Any) -> list[Any]:
    """What a service's database answers."""

    def ask() -> list[Any]:
        with system.sql(service) as conn:
            return conn.execute(query, values).fetchall()

    return await asyncio.to_thread(ask)


async def known_everywhere(system: System, touchline: Touchline) -> str:
    """A person whom every service knows by name or address."""
    name, address, plan = HERS
    wanted = contacts.Contact(display_name=name, attributes={"plan": contacts.AttributeValue(string_value=plan)})
    wanted.identifiers.add(kind="email", value=address)
    contact = await touchline.contact.CreateContact(contacts.CreateContactRequest(contact=wanted))
    source = pb.Source(name=f"sources/{MARK}", client="flow", identifier_kind="email")
    await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    said = pb.Touch(type="form.submitted", source=source.name, source_event_id=MARK)
    said.identifier.kind, said.identifier.value, said.names.contact = "email", address, name
    said.occurred_time.FromDatetime(datetime.now(UTC))
    answer = await touchline.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[said]))
    assert answer.results[0].status.code == 0, answer

    async def is_known() -> bool:
        left = await residue(system, HERS)
        return set(GRPC) <= {table.partition(".")[0] for table in left}

    await until(is_known)
    return contact.name


async def asked_for(touchline: Touchline, contact: str) -> str:
    """As any caller does: again with the same request_id while the service that was just killed comes back."""
    request = contacts.RequestErasureRequest(name=contact, verification="passport", request_id=str(uuid.uuid4()))
    while True:
        try:
            return (await touchline.contact.RequestErasure(request)).name
        except grpc.aio.AioRpcError as error:
            if error.code() not in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED}:
                raise
            await asyncio.sleep(0.2)


async def is_deleted(system: System, service: str, erasure: str) -> bool:
    return bool(await asked(system, service, ERASED, erasure.partition("/")[2]))


async def noted_by(system: System, service: str, erasure: str) -> Any:
    """What a service has deleted, by the table, once it has noted that contact knows."""
    ((rows, is_acknowledged),) = await asked(system, service, ERASED, erasure.partition("/")[2])
    return rows if is_acknowledged else None


async def is_forgetting(touchline: Touchline, erasure: str) -> bool:
    found = await touchline.contact.GetErasure(contacts.GetErasureRequest(name=erasure))
    return bool(found.state == contacts.Erasure.STATE_FORGETTING)


async def receipt_of(touchline: Touchline, erasure: str) -> dict[str, Any]:
    request = contacts.GetErasureReceiptRequest(name=f"{erasure}/receipt")
    return json.loads((await touchline.contact.GetErasureReceipt(request)).text)
