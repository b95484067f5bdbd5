"""`touchline smoke`: whether an installation works from end to end, shown with one touch of a made-up person."""

import asyncio
import time
import uuid
from typing import Annotated, Any

import grpc
import jwt
import typer
from chassis.config import Settings
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told
from touchline_client.refusals import Refusal
from touchline_client.touches import record_touches

SOURCE, CLIENT = "sources/smoke", "smoke"
TYPE = "form.submitted"
PAUSE = 0.1


@told
async def smoke(
    seconds: Annotated[float, typer.Option(min=1, help="How long the touch may take to its timeline.")] = 60.0,
    token: TokenOption = "",
) -> None:
    """Make a contact, record a touch, find it once on the timeline, and delete the contact again.

    The token needs the role `service` and a client. What stays is one touch of an address that nobody holds.
    """
    settings = Settings.load()
    token = token or sign(settings, "service", subject=f"clients/{CLIENT}", client=CLIENT)
    mark = uuid.uuid4().hex
    async with connect(settings, token) as touchline:
        await _registered(touchline, client_of(token))
        person = await _made(touchline, mark)
        try:
            await _recorded(touchline, mark)
            took = await _seen(touchline, person, mark, seconds)
        finally:
            await touchline.contact.DeleteContact(contact_pb2.DeleteContactRequest(name=person))
    out.print(f"[green]✓[/] on the timeline, once, {took * 1000:.0f} ms after it was accepted; the contact is deleted")


def client_of(token: str) -> str:
    """The client that a token is for; the services check the token, we only read it."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        fail("the token is no JWT")
    return str(
        claims.get("client") or claims.get("azp") or fail("the token names no client: its claim `client` or `azp`")
    )


async def _made(touchline: Touchline, mark: str) -> str:
    identifier = contact_pb2.Identifier(kind="email", value=address(mark))
    contact = contact_pb2.Contact(display_name="Smoke Test", identifiers=[identifier])
    made = await touchline.contact.CreateContact(contact_pb2.CreateContactRequest(contact=contact))
    out.print(f"[green]✓[/] contact answers: {made.name}")
    return str(made.name)


async def _registered(touchline: Touchline, client: str) -> None:
    source = pb.Source(name=SOURCE, display_name="touchline smoke", client=client, identifier_kind="email")
    await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))


async def _recorded(touchline: Touchline, mark: str) -> None:
    touch = pb.Touch(type=TYPE, source=SOURCE, source_event_id=mark)
    touch.identifier.kind, touch.identifier.value = "email", address(mark)
    touch.occurred_time.GetCurrentTime()
    (outcome,) = await record_touches(touchline, [touch])
    if isinstance(outcome, Refusal):
        fail(f"the touch was refused: {outcome}")
    out.print(f"[green]✓[/] interaction accepted {outcome}")


async def _seen(touchline: Touchline, person: str, mark: str, seconds: float) -> float:
    """How long it took until the touch was there."""
    began = time.monotonic()
    while not (found := [one for one in await _touches(touchline, person) if one.source_event_id == mark]):
        if time.monotonic() - began > seconds:
            fail(
                f"the touch was accepted and is not on the timeline after {seconds:.0f} s: "
                "look at the log of interaction's role consume, and at its /healthz"
            )
        await asyncio.sleep(PAUSE)
    if len(found) > 1:
        fail(f"the touch is {len(found)} times on the timeline")
    return time.monotonic() - began


async def _touches(touchline: Touchline, person: str) -> list[Any]:
    """What is on the timeline; nothing while interaction has not heard of the contact."""
    try:
        page = await touchline.interaction.GetTimeline(pb.GetTimelineRequest(parent=person))
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return []
        raise
    return [touch for thread in page.threads for touch in thread.touches]


def address(mark: str) -> str:
    """An address that cannot be anybody's (RFC 2606)."""
    return f"smoke-{mark}@touchline.invalid"
