"""What a person allows, folded from consent events into lines that a rep can read."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.errors import DomainError
from starlette.requests import Request
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.times import moment

MOST_EVENTS = 200
PURPOSES = sayings(
    {
        pb.PURPOSE_MARKETING: "Marketing",
        pb.PURPOSE_TRACKING: "Tracking",
        pb.PURPOSE_PROFILING: "Profiling",
        pb.PURPOSE_ADVERTISING: "Advertising",
    }
)
CHANNELS = sayings(
    {
        pb.CHANNEL_EMAIL: "mail",
        pb.CHANNEL_SMS: "text",
        pb.CHANNEL_PHONE: "phone",
        pb.CHANNEL_POST: "post",
        pb.CHANNEL_ADVERT: "adverts",
    }
)
STATES = sayings(
    {
        pb.ConsentEvent.STATUS_PENDING: ("– not confirmed", "warn"),
        pb.ConsentEvent.STATUS_GRANTED: ("✓ opted in", "good"),
        pb.ConsentEvent.STATUS_DENIED: ("✕ refused", "bad"),
        pb.ConsentEvent.STATUS_WITHDRAWN: ("✕ withdrawn", "bad"),
        pb.ConsentEvent.STATUS_EXPIRED: ("– ran out", "warn"),
    }
)


@dataclass(frozen=True)
class Line:
    """`Newsletter, mail: opted in`."""

    about: str
    state: str
    tone: str
    since: datetime | None


async def events_of(request: Request, contact: str) -> Sequence[pb.ConsentEvent] | None:
    """What a person said so far, asked once for a page; None where contact does not answer or the role may not know."""
    asked: dict[str, asyncio.Task[Sequence[pb.ConsentEvent] | None]] = request.state.consent_events
    if contact not in asked:
        asked[contact] = asyncio.create_task(_ask(request, contact))
    return await asked[contact]


async def _ask(request: Request, contact: str) -> Sequence[pb.ConsentEvent] | None:
    try:
        wish = pb.ListConsentEventsRequest(parent=contact, page_size=MOST_EVENTS)
        return list((await gateways(request).contact.ListConsentEvents(wish)).consent_events)
    except DomainError:
        return None


def fold(events: Iterable[pb.ConsentEvent]) -> list[Line]:
    """The newest statement for each address, purpose, channel and topic."""
    newest: dict[tuple[str, int, int, str], pb.ConsentEvent] = {}
    for event in sorted(events, key=said_at):
        newest[event.address.value, event.purpose, event.channel, event.topic] = event
    several = len({address for address, *_ in newest}) > 1
    return sorted((line(event, several=several) for event in newest.values()), key=lambda one: one.about)


def said_at(event: pb.ConsentEvent) -> datetime:
    return moment(event.capture_time) or moment(event.create_time) or datetime.min.replace(tzinfo=UTC)


def line(event: pb.ConsentEvent, *, several: bool) -> Line:
    subject = event.topic.replace("_", " ").replace("-", " ").capitalize() or PURPOSES.get(event.purpose, _("Anything"))
    channel = CHANNELS.get(event.channel, _("any way"))
    address = f" ({event.address.value})" if several else ""
    state, tone = STATES.get(event.status, (_("– not known"), ""))
    return Line(f"{subject}, {channel}{address}", state, tone, said_at(event))


def last_no(lines: Iterable[Line]) -> Line | None:
    """The newest refusal that stands; None where there is none."""
    refused = [one for one in lines if one.tone == "bad"]
    return max(refused, key=lambda one: one.since or datetime.max.replace(tzinfo=UTC), default=None)
