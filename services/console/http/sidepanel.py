"""What stands beside a chosen touch: the mail as it was sent, why her, what allowed it, verdicts, its way here."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import DomainError
from grpc.aio import AioRpcError
from starlette.requests import Request
from starlette.responses import Response
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2

from services.console.http import consent, frames, rows, ways, words
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.times import Reader, moment

TOUCHES_OF_A_THREAD = 100


@dataclass(frozen=True)
class Link:
    """One link of a mail with its clicks, by people and by machines."""

    number: int
    url: str
    people: int
    machines: int


@dataclass(frozen=True)
class Mail:
    """A mail that can be shown. `what` says whether these are the words that went out.

    `has_changed`: something of its reader is not as it was then.
    """

    message: str
    version: int
    links: tuple[Link, ...]
    what: str
    has_changed: bool
    is_measured: bool


@dataclass(frozen=True)
class Side:
    """The thread that a reader opened."""

    row: rows.Row
    first: pb.Touch
    touches: list[pb.Touch]
    way: ways.Way
    mail: Mail | None = None
    segments: tuple[tuple[str, str], ...] = ()
    consent: contact_pb2.ConsentEvent | None = None


async def side(request: Request, contact: str, chosen: str, at: Reader) -> Side | None:
    """The chosen thread with machines and all; nothing where there is none."""
    thread = await read_thread(request, f"{contact}/threads/{chosen}")
    if thread is None or not thread.touches:
        return None
    touches = list(thread.touches)
    first = touches[0]
    mail, activity, said, way = await asyncio.gather(
        mail_of(request, touches),
        activity_of(request, first),
        consents_of(request, contact, first),
        ways.way_of(request, first),
    )
    return Side(
        row=rows.row(thread, at),
        first=first,
        touches=touches,
        way=way,
        mail=mail,
        segments=await segments_of(request, activity),
        consent=basis(said, first, activity),
    )


async def read_thread(request: Request, name: str) -> pb.Thread | None:
    wish = pb.ListThreadTouchesRequest(parent=name, page_size=TOUCHES_OF_A_THREAD)
    try:
        answer = await gateways(request).interaction.ListThreadTouches(wish)
    except DomainError:
        return None
    more = bool(answer.next_page_token)
    first = answer.touches[0].occurred_time if answer.touches else None
    return pb.Thread(name=name, thread_time=first, touches=answer.touches, has_more_touches=more)


# ---- the mail ----------------------------------------------------------------------------------------------------


async def mail_of(request: Request, touches: Sequence[pb.Touch]) -> Mail | None:
    """The mail of a thread; None for what is no mail of our own campaigns."""
    first = touches[0]
    found = await sent_mail(request, first.message) if is_mail(first) else None
    if found is None:
        return None
    return Mail(
        message=found.message,
        version=found.activity_version,
        links=tuple(link(one, touches) for one in found.links),
        what=RENDERINGS.get(found.rendering, RENDERINGS[campaign_pb2.SentMail.RENDERING_AGAIN]),
        has_changed=bool(first.names.message) and first.names.message not in (found.subject, "•••"),
        is_measured=not any(map(words.is_unmeasured, touches)),
    )


RENDERINGS = sayings(
    {
        campaign_pb2.SentMail.RENDERING_AS_SENT: "The mail as it was sent",
        campaign_pb2.SentMail.RENDERING_AGAIN: "Written again with what is known today: as it was sent it is not kept",
        campaign_pb2.SentMail.RENDERING_MASKED: "Written again without what you may not see: not as it was sent",
    }
)


def is_mail(touch: pb.Touch) -> bool:
    return touch.channel == pb.CHANNEL_EMAIL and bool(touch.message) and touch.campaign != ""


def link(sent: campaign_pb2.SentMail.Link, touches: Iterable[pb.Touch]) -> Link:
    clicks = [touch for touch in touches if touch.type == "email.clicked" and is_of(touch, sent)]
    machines = sum(words.is_machine(touch) for touch in clicks)
    return Link(sent.number, sent.url, len(clicks) - machines, machines)


def is_of(touch: pb.Touch, sent: campaign_pb2.SentMail.Link) -> bool:
    """Whether a click is one of this link: by its number, else by where it led."""
    if "number" in touch.attributes:
        return bool(touch.attributes["number"] == sent.number)
    return words.attribute(touch, "url") == sent.url


async def sent_mail(request: Request, message: str) -> campaign_pb2.SentMail | None:
    try:
        wish = campaign_pb2.GetSentMailRequest(message=message)
        found: campaign_pb2.SentMail = await gateways(request).campaign.GetSentMail(wish)
    except (DomainError, AioRpcError):  # the second: a campaign service of before this method
        return None
    return found


async def show_mail(request: Request) -> Response:
    """GET /mails/{message}/{html|text}: what stands in the frame; its pictures stay away, so that nobody is counted."""
    found = await sent_mail(request, request.path_params["message"])
    if found is None:
        return frames.framed_text(_("This mail cannot be shown any more."))
    return frames.framed(found.html) if request.path_params["part"] == "html" else frames.framed_text(found.text)


# ---- why her, and who allowed it ---------------------------------------------------------------------------------


async def activity_of(request: Request, touch: pb.Touch) -> campaign_pb2.Activity | None:
    if not touch.activity.startswith("campaigns/"):
        return None
    try:
        wish = campaign_pb2.GetActivityRequest(name=touch.activity)
        found: campaign_pb2.Activity = await gateways(request).campaign.GetActivity(wish)
    except DomainError:
        return None
    return found


async def segments_of(request: Request, activity: campaign_pb2.Activity | None) -> tuple[tuple[str, str], ...]:
    """The segments whose people a mail was for: name and title."""
    if activity is None:
        return ()

    async def title(name: str) -> tuple[str, str]:
        try:
            wish = segmentation_pb2.GetSegmentRequest(name=name)
            return name, (await gateways(request).segmentation.GetSegment(wish)).display_name
        except DomainError:
            return name, _("a segment that is gone")

    return tuple(await asyncio.gather(*(title(name) for name in activity.include_segments)))


async def consents_of(request: Request, contact: str, touch: pb.Touch) -> list[contact_pb2.ConsentEvent]:
    """What she said so far; nothing where nobody need be asked, or contact does not answer."""
    if touch.channel not in CONSENTED:
        return []
    return list(await consent.events_of(request, contact) or ())


CONSENTED = {pb.CHANNEL_EMAIL: contact_pb2.CHANNEL_EMAIL, pb.CHANNEL_SMS: contact_pb2.CHANNEL_SMS}


def basis(
    said: Iterable[contact_pb2.ConsentEvent], touch: pb.Touch, activity: campaign_pb2.Activity | None
) -> contact_pb2.ConsentEvent | None:
    """The newest statement about marketing by this channel, and for its topic, that was made before the touch."""
    if not touch.campaign:
        return None
    when, topic = moment(touch.occurred_time), activity.subscription_topic if activity else ""
    found = [
        event
        for event in said
        if event.purpose == contact_pb2.PURPOSE_MARKETING
        and event.channel in (CONSENTED.get(touch.channel), contact_pb2.CHANNEL_UNSPECIFIED)
        and (not topic or event.topic in ("", topic))
        and when is not None
        and consent.said_at(event) <= when
    ]
    return max(found, key=consent.said_at, default=None)


def proof(event: contact_pb2.ConsentEvent) -> Mapping[str, str]:
    """What proves a statement, in words: where it was said, in which wording."""
    found = {_("Said by way of"): event.source, _("Wording"): event.wording_version}
    return {label: value for label, value in found.items() if value}
