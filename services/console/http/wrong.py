"""Wrong person: a touch, or all from an address from a day on, is taken off a timeline; each can be taken back."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chassis.errors import DomainError, FailedPrecondition, InvalidArgument, NotFound
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import forms, names
from services.console.http.contact import label, name_of
from services.console.http.guard import gateways
from services.console.http.language import _
from services.console.http.render import page, reader_of
from services.console.http.times import aware, moment

FIELDS = ("whom", "from")
MOST_LINKS, MOST_COUNTED = 1_000, 1_000
Kind = contacts.IdentityLink


@dataclass(frozen=True)
class Taken:
    """What was taken off a timeline, and how it comes back."""

    words: str
    since: datetime | None
    by: str
    touch: str = ""
    kind: str = ""
    value: str = ""
    to_time: str = ""


async def draw(request: Request) -> Response:
    """What can be said about a touch that is not hers, and what was said so far."""
    form = forms.drawn(whom="touch", **{"from": reader_of(request).now.date().isoformat()})
    return await form_page(request, form, await touch_of(request))


async def touch_of(request: Request) -> pb.Touch | None:
    """The touch of the address; None where none is named. A 404 where there is no such touch."""
    asked = request.query_params.get("touch", "")
    if not asked:
        return None
    if not names.TOUCH.fullmatch(asked):
        raise HTTPException(404)
    found: pb.Touch = await gateways(request).interaction.GetTouch(pb.GetTouchRequest(name=f"touches/{asked}"))
    return found


async def form_page(
    request: Request, form: forms.Form, touch: pb.Touch | None, *, position: str = "", done: str = ""
) -> Response:
    name = name_of(request)
    contact, taken = await asyncio.gather(
        gateways(request).contact.GetContact(contacts.GetContactRequest(name=name)), taken_away(request, name)
    )
    has_address = touch is not None and touch.identifier.kind != "contact"
    return page(
        request,
        "contacts/wrong.html",
        status=form.status,
        form=form,
        contact=contact,
        touch=touch,
        taken=taken,
        position=position,
        done=done,
        address=f"{label(touch.identifier.kind)} {touch.identifier.value}" if touch and has_address else "",
        since=await count_since(request, name, touch) if touch and has_address else {},
        at=reader_of(request),
    )


async def count_since(request: Request, name: str, touch: pb.Touch) -> dict[str, int]:
    """How many touches came from the touch's address since its day, of the newest thousand threads."""
    at = reader_of(request)
    wish = pb.GetTimelineRequest(parent=name, page_size=MOST_COUNTED)
    begin = at.midnight((at.local(touch.occurred_time) or at.now).date())
    wish.filter.from_time.FromDatetime(begin)
    try:
        threads = (await gateways(request).interaction.GetTimeline(wish)).threads
    except DomainError:
        return {}
    same = [each for thread in threads for each in thread.touches if each.identifier == touch.identifier]
    return {"day": sum((moment(each.occurred_time) or begin) >= begin for each in same)}


async def taken_away(request: Request, name: str) -> list[Taken]:
    """What was taken off the timeline, the newest first."""
    wish = contacts.ListIdentityLinksRequest(parent=name, page_size=MOST_LINKS)
    links = (await gateways(request).contact.ListIdentityLinks(wish)).identity_links
    held = {bytes(link.subject) for link in links if link.kind != Kind.KIND_EXCLUSION and is_open(link)}
    found = []
    for link in links:
        if link.HasField("retracted_time") or link.alias_of:
            continue
        by = link.actor.rpartition("/")[2]
        if link.kind == Kind.KIND_EXCLUSION:
            found.append(Taken(_("One touch"), moment(link.asserted_time), by, touch=link.touch.rpartition("/")[2]))
        elif link.HasField("to_time") and bytes(link.subject) not in held:
            words = _(
                "Everything from {kind} {value} since",
                kind=label(link.identifier_kind),
                value=link.identifier_value,
            )
            end = link.to_time.ToDatetime(tzinfo=UTC)
            told = {"kind": link.identifier_kind, "value": link.identifier_value, "to_time": end.isoformat()}
            found.append(Taken(words, end, by, **told))
    return found[::-1]


def is_open(link: contacts.IdentityLink) -> bool:
    """Whether an identifier is held by a link for good."""
    return not link.HasField("retracted_time") and not link.HasField("to_time")


async def save(request: Request, form: FormData) -> Response:
    """Takes the touch, or all from its address from a day on, off the timeline."""
    position = done = ""
    found, touch = forms.read(form), await touch_of(request)
    if touch is None:
        raise HTTPException(404)
    try:
        if found["whom"] == "address" and touch.identifier.kind != "contact":
            position, done = await close(request, found, touch)
        else:
            wish = contacts.ExcludeTouchRequest(
                parent=name_of(request), touch=touch.name, evidence="wrong person", request_id=found["request"]
            )
            position = (await gateways(request).contact.ExcludeTouch(wish)).position
            done = _("The touch is not theirs any more.")
    except InvalidArgument as error:
        forms.refuse(found, error, FIELDS)
    except (FailedPrecondition, NotFound) as error:
        found.complain("form", forms.sentence(error.message))
    if found.wrong:
        return await form_page(request, found, touch)
    return await form_page(request, forms.drawn(whom="touch"), None, position=position, done=done)


async def close(request: Request, form: forms.Form, touch: pb.Touch) -> tuple[str, str]:
    """Ends the address at the beginning of a day on the reader's calendar."""
    try:
        day = date.fromisoformat(form["from"])
    except ValueError:
        form.complain("from", _("A day."))
        return "", ""
    if not date(1970, 1, 1) <= day <= reader_of(request).now.date() + timedelta(days=1):
        form.complain("from", _("A day up to tomorrow."))
        return "", ""
    wish = contacts.EndIdentifierRequest(
        parent=name_of(request),
        identifier=contacts.Identifier(kind=touch.identifier.kind, value=touch.identifier.value),
        request_id=form["request"],
    )
    wish.end_time.FromDatetime(reader_of(request).midnight(day))
    link = await gateways(request).contact.EndIdentifier(wish)
    return link.position, _("The address is not theirs any more from that day on.")


async def undo(request: Request, form: FormData) -> Response:
    """Takes back what was said: the touch, or the address from its end on, is hers again."""
    found = forms.read(form)
    if found.wrong:
        raise InvalidArgument(_(forms.OLD_FORM))
    if found["touch"]:
        if not names.TOUCH.fullmatch(found["touch"]):
            raise HTTPException(404)
        include = contacts.IncludeTouchRequest(
            parent=name_of(request), touch=f"touches/{found['touch']}", request_id=found["request"]
        )
        link = await gateways(request).contact.IncludeTouch(include)
    else:
        known = contacts.Identifier(kind=found["kind"], value=found["value"])
        add = contacts.AddIdentifierRequest(
            parent=name_of(request), identifier=known, evidence="taken back", request_id=found["request"]
        )
        add.from_time.FromDatetime(end_of(found["to_time"]))
        link = await gateways(request).contact.AddIdentifier(add)
    done = _("Taken back: it is theirs again.")
    return await form_page(request, forms.drawn(whom="touch"), None, position=link.position, done=done)


def end_of(text: str) -> datetime:
    found = aware(text)
    if found is None:
        raise InvalidArgument(_(forms.OLD_FORM))
    return found.astimezone(UTC)
