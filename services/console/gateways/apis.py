"""The four gRPC APIs, each called for the person who is looking at the page; the sandbox's mailbox, and traces."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from chassis.config import Settings
from chassis.errors import NotFound, Unavailable
from chassis.rpc import own_channel
from chassis.rpc.status import from_status
from touchline.campaign.v1 import campaign_pb2_grpc
from touchline.contact.v1 import contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2, interaction_pb2_grpc
from touchline.segmentation.v1 import segmentation_pb2_grpc

from services.console.gateways.mending import Mending

SOURCE = "sources/console"
CLIENT = "console"
LOCAL_PATIENCE = 3.0  # seconds


@dataclass(frozen=True)
class Acting:
    """For whom a call is made: what the token says."""

    subject: str
    name: str
    roles: tuple[str, ...]
    team: str = ""
    email: str = ""
    token: str = field(default="", repr=False)  # the provider's, where one signs them


# Who is looking, set by the door for the time of one request; the channels' token comes from it.
ACTING: ContextVar[Acting] = ContextVar("touchline_console_acting")
ITSELF = Acting(subject="users/console", name="Console", roles=("admin",))

TokenFor = Callable[[Acting], str | Awaitable[str]]


class Gateways:
    """One channel a service, whoever is looking; the token differs by call."""

    def __init__(self, settings: Settings, token_for: TokenFor) -> None:
        def open_channel(service: str) -> Mending:
            return Mending(own_channel(settings, service, token_source=lambda: token_for(ACTING.get())))

        self._channels = {name: open_channel(name) for name in ("contact", "interaction", "campaign", "segmentation")}
        self.contact = contact_pb2_grpc.ContactServiceStub(self._channels["contact"])
        self.interaction = interaction_pb2_grpc.InteractionServiceStub(self._channels["interaction"])
        self.campaign = campaign_pb2_grpc.CampaignServiceStub(self._channels["campaign"])
        self.segmentation = segmentation_pb2_grpc.SegmentationServiceStub(self._channels["segmentation"])

    async def close(self) -> None:
        for opened in self._channels.values():
            await opened.close()

    async def watch_timeline(
        self, contact: str, position: str
    ) -> AsyncGenerator[interaction_pb2.WatchTimelineResponse, None]:
        """What changes on a contact's timeline from a position on; raises when the watch breaks off."""
        request = interaction_pb2.WatchTimelineRequest(parent=contact, watch_position=position)
        async with aclosing(self.interaction.WatchTimeline(request)) as answers:
            async for answer in answers:
                yield answer

    async def record_touch(self, touch: interaction_pb2.Touch) -> str:
        """Records one touch and answers its name, or raises what the item was refused with."""
        request = interaction_pb2.RecordTouchesRequest(touches=[touch])
        result = (await self.interaction.RecordTouches(request)).results[0]
        if result.status.code != 0:
            raise from_status(result.status) or Unavailable(result.status.message)
        return str(result.name)

    async def wait_for_touch(self, name: str, patience: float = 5.0) -> interaction_pb2.Touch | None:
        """The touch once it is on its timeline; None when that takes longer than a reader waits."""
        end = asyncio.get_running_loop().time() + patience
        while asyncio.get_running_loop().time() < end:
            try:
                found: interaction_pb2.Touch = await self.interaction.GetTouch(
                    interaction_pb2.GetTouchRequest(name=name)
                )
            except NotFound:
                await asyncio.sleep(0.05)
            else:
                return found
        return None

    async def register_source(self) -> None:
        """Makes `sources/console` known; a repeat changes nothing."""
        source = interaction_pb2.Source(name=SOURCE, display_name="Console", client=CLIENT, identifier_kind="contact")
        await self.interaction.RegisterSource(interaction_pb2.RegisterSourceRequest(source=source))


@dataclass(frozen=True)
class Letter:
    """One mail of the sandbox; in a list it has no headers and no content."""

    id: str
    time: datetime
    sender: str
    to: str
    subject: str
    headers: tuple[tuple[str, str], ...] = ()
    html: str = ""
    text: str = ""


@dataclass(frozen=True)
class Letters:
    """A page of mails, newest first, and the token of the next; empty on the last."""

    mails: tuple[Letter, ...]
    next_page: str


class Sandbox:
    """The development installation's mailbox: the HTTP API of the sandbox that stands for all mail servers."""

    def __init__(self, address: str, edge: str) -> None:
        self._address = address
        self.edge = edge  # the one origin from which a mail's pictures may come

    async def page(self, recipient: str, size: int, token: str) -> Letters | None:
        """The newest mails; None where the sandbox does not answer."""
        query = urlencode({"recipient": recipient, "page_size": size, "page_token": token})
        found = await ask_local(f"{self._address}/mails?{query}")
        if found is None:
            return None
        return Letters(tuple(map(letter, found.get("mails", ()))), found.get("next_page_token", ""))

    async def letter(self, number: str) -> Letter | None:
        """One mail with everything in it; None where there is none, or the sandbox does not answer."""
        if not (number.isdecimal() and number.isascii() and len(number) < 25):
            return None
        found = await ask_local(f"{self._address}/mails/{number}")
        return letter(found) if found else None


async def ask_local(address: str) -> dict[str, Any] | None:
    """What an API of the local stack answers; None where it does not."""
    return await asyncio.to_thread(_ask, address)


def _ask(address: str) -> dict[str, Any] | None:
    try:
        with urlopen(address, timeout=LOCAL_PATIENCE) as answer:  # noqa: S310 - our own http address
            found: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return None
    return found


def letter(found: dict[str, Any]) -> Letter:
    return Letter(
        id=found["id"],
        time=datetime.fromisoformat(found["time"]),
        sender=found["from"] or found["sender"],
        to=found["to"] or ", ".join(found["recipients"]),
        subject=found["subject"],
        headers=tuple((name, value) for name, value in found.get("headers", ())),
        html=found.get("html", ""),
        text=found.get("text", ""),
    )


@dataclass(frozen=True)
class Trace:
    """One trace in a list: its first span's name and service, when it began, how long it took, how much it holds."""

    id: str
    name: str
    service: str
    began: datetime
    seconds: float
    spans: int
    errors: int


@dataclass(frozen=True)
class TracePage:
    """A page of traces, newest first, every service that there is, and the token of the next page."""

    traces: tuple[Trace, ...]
    services: tuple[str, ...]
    next_page: str


@dataclass(frozen=True)
class Span:
    """One span: `begin` and `end` in nanoseconds since 1970; `links` are ids of spans, perhaps of other traces."""

    trace: str
    id: str
    parent: str
    name: str
    kind: str
    service: str
    begin: int
    end: int
    is_error: bool
    attributes: dict[str, Any]
    links: tuple[str, ...]


@dataclass(frozen=True)
class WholeTrace:
    """The spans of a trace, and the traces before and behind it by link: id and name."""

    spans: tuple[Span, ...]
    came_from: tuple[tuple[str, str], ...]
    goes_on_in: tuple[tuple[str, str], ...]


class Traces:
    """What the local stack keeps of traces: the HTTP API of its collector."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def page(self, *, service: str, min_ms: int, errors: bool, size: int, token: str) -> TracePage | None:
        """The newest traces that are asked for; None where the collector does not answer."""
        told = {"service": service, "min_ms": min_ms, "errors": int(errors), "page_size": size, "page_token": token}
        found = await ask_local(f"{self._address}/traces?{urlencode(told)}")
        if found is None:
            return None
        return TracePage(tuple(map(trace, found["traces"])), tuple(found["services"]), found["next_page_token"])

    async def whole(self, trace_id: str) -> WholeTrace | None:
        """One trace; without spans where it is not known, None where the collector does not answer."""
        found = await ask_local(f"{self._address}/traces/{trace_id}")
        if found is None:
            return None
        came, goes = (tuple((one["id"], one["name"]) for one in found[key]) for key in ("came_from", "goes_on_in"))
        return WholeTrace(tuple(map(span, found["spans"])), came, goes)

    async def following(self, trace_id: str, span_id: str) -> tuple[Span, ...]:
        """A span and whatever hangs on it, also in other traces; nothing where the collector does not answer."""
        found = await ask_local(f"{self._address}/traces/{trace_id}/{span_id}")
        return tuple(map(span, found["spans"])) if found else ()


def trace(found: dict[str, Any]) -> Trace:
    return Trace(
        id=found["id"],
        name=found["name"],
        service=found["service"],
        began=datetime.fromtimestamp(found["begin"] / 1e9, UTC),
        seconds=found["duration"] / 1e9,
        spans=found["spans"],
        errors=found["errors"],
    )


def span(found: dict[str, Any]) -> Span:
    known = {name: found[name] for name in Span.__dataclass_fields__}
    return Span(**known | {"links": tuple(found["links"])})
