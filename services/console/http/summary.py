"""Two lines about a person to paste into a mail or a chat, in the language of who pastes them."""

from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import words
from services.console.http.contact import name_of, owner_name
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.panel import brief_of
from services.console.http.render import page, reader_of
from services.console.http.times import Reader, near_words

CONSENTS = sayings(
    {
        pb.TouchBrief.Consent.STATE_GRANTED: "yes",
        pb.TouchBrief.Consent.STATE_PENDING: "not confirmed",
        pb.TouchBrief.Consent.STATE_EXPIRED: "ran out",
    }
)


async def show_summary(request: Request) -> Response:
    """GET /contacts/{id}/summary: who it is and how things stand, in two lines to copy."""
    name = name_of(request)
    contact = await gateways(request).contact.GetContact(contact_pb2.GetContactRequest(name=name))
    brief = await brief_of(request, contact.name)
    at = reader_of(request)
    lines = summary(contact, brief, at, owner_name(request, contact.owner))
    return page(request, "contacts/summary.html", at=at, contact=contact, lines=lines)


def summary(contact: contact_pb2.Contact, brief: pb.TouchBrief | None, at: Reader, owner: str) -> tuple[str, str]:
    """Two lines: who it is and what she did last; what is open, comes next and is allowed."""
    about = ", ".join(filter(None, (contact.title, contact.account_display_name)))
    who = f"{contact.display_name or _('No name')}{f' ({about})' if about else ''}"
    if brief is None:
        first = _("{who}, looked after by {owner}.", who=who, owner=owner or _("nobody"))
        return one_line(first), _("The timeline does not answer right now.")
    last = [f"{words.touch_title(one)}, {when(one.occurred_time, at)}" for one in brief.past[:2]]
    steps = [one for one in brief.next_steps if one.kind != pb.TouchBrief.NextStep.KIND_TASK]  # those are open
    told = {
        "open": "; ".join(open_words(item, at) for item in brief.open_items[:3]) or _("nothing"),
        "next": "; ".join(f"{one.display_name}, {when(one.due_time, at)}" for one in steps[:2]) or _("nothing"),
        "allowed": ", ".join([*consent_words(brief), *brake_words(brief, at)]),
    }
    second = _("Open: {open}. Next: {next}. Marketing: {allowed}.", **told)
    return one_line(f"{who}: {'; '.join(last) or _('nothing yet')}."), one_line(second)


def open_words(item: pb.TouchBrief.OpenItem, at: Reader) -> str:
    title = words.touch_title(item.touch)
    if item.kind == pb.TouchBrief.OpenItem.KIND_ANSWER_AWAITED:
        return _("no answer yet: {touch}", touch=title)
    return _("{task}, due {when}", task=title, when=when(item.due_time, at)) if item.HasField("due_time") else title


def consent_words(brief: pb.TouchBrief) -> list[str]:
    if pb.TouchBrief.PART_CONSENTS in brief.unknown_parts:
        return [_("consent not known right now")]
    found = [
        f"{one.topic or _('mail')} {CONSENTS.get(one.state, _('no'))}"
        for one in brief.consents
        if one.purpose == "marketing" and one.channel in ("", "email")
    ]
    return found or [_("never asked for consent")]


def brake_words(brief: pb.TouchBrief, at: Reader) -> list[str]:
    return [_("brake until {when}", when=when(one.expire_time, at)) for one in brief.brakes[:1]]


def when(stamp: object, at: Reader) -> str:
    local = at.local(stamp)
    return near_words(local, at.now) if local else _("no time")


def one_line(text: str) -> str:
    """Nothing that a touch says breaks out of its line."""
    return " ".join(text.split())
