"""The pages about people: the list, one person's page, and the reveal of what is masked."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from chassis.errors import DomainError, InvalidArgument
from grpc.aio import AioRpcError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2 as pb
from touchline.interaction.v1 import interaction_pb2

from services.console.http import coming, consent, frames, head, pins, query, saved, timeline
from services.console.http.guard import gateways, user_of
from services.console.http.language import _
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of
from services.console.http.times import Reader, zone

PEOPLE_ON_A_PAGE = 50
MOST_BRAKES = 20
MOST_DEALS = 20
REFUSALS = ("consent.withdrawn", "email.unsubscribed", "email.complained", "sms.opted_out")


class Braked(NamedTuple):
    """A brake that holds, the name of who set it, and of the deal that it is on."""

    brake: campaign_pb2.Brake
    by: str
    deal: str


async def list_contacts(request: Request) -> Response:
    text = query.short(request.query_params.get("q", "").replace("\0", "").strip())
    mine = request.query_params.get("mine") == "1"
    answer = await gateways(request).contact.ListContacts(
        pb.ListContactsRequest(
            query=text,
            filter=f'owner = "users/{user_of(request).id}"' if mine else "",
            page_size=PEOPLE_ON_A_PAGE,
            page_token=page_token(request),
        )
    )
    return page(
        request, "contacts/list.html", contacts=answer.contacts, find=text, mine=mine, next_page=answer.next_page_token
    )


async def show_contact(request: Request) -> Response:
    return await contact_page(request, await contact_of(request))


async def reveal(request: Request, form: FormData) -> Response:
    """Shows what is masked, once, with the reason in the audit log. A reload masks it again."""
    reason = str(form.get("reason", "")).strip()
    wish = pb.RevealContactRequest(name=name_of(request), reason=reason)
    if len(reason) < 3:
        raise InvalidArgument(_("Say in a few words why you need it: it is kept beside your name."))
    return await contact_page(request, await gateways(request).contact.RevealContact(wish), revealed=True)


async def contact_page(request: Request, contact: pb.Contact, *, revealed: bool = False) -> Response:
    if contact.name != name_of(request):  # merged: the survivor's page is the person's page
        return RedirectResponse(f"/{contact.name}", status_code=303)
    at = reader_of(request)
    view, consents, deals, outlook, pinned, filters = await asyncio.gather(
        timeline.view(request, contact.name, at),
        consents_of(request, contact.name),
        deals_of(request, contact.name),
        coming.read(request, contact.name),
        pins.pins_of(gateways(request), contact.name),
        saved.offered(request, at),
    )
    if view.starts_again:
        return RedirectResponse(f"/{contact.name}?{view.query.address()}", status_code=303)
    brakes, facts_of_head = await asyncio.gather(
        brakes_of(request, contact, deals), head_of(request, contact, view, consents, outlook)
    )
    return page(
        request,
        "contacts/show.html",
        at=at,
        contact=contact,
        view=view,
        consents=consents,
        brakes=brakes,
        deals=deals,
        facts_of_head=facts_of_head,
        pins=pinned,
        filters=filters,
        revealed=revealed,
        sandbox=frames.SANDBOX,
        facts=facts(contact, at),
        initials=initials(contact),
        owner=owner_name(request, contact.owner),
    )


async def head_of(
    request: Request,
    contact: pb.Contact,
    view: timeline.View,
    consents: list[consent.Line] | None,
    outlook: campaign_pb2.Outlook | None,
) -> head.Facts:
    """What the head of the page is written from."""
    return head.Facts(
        contact=contact,
        owner=owner_name(request, contact.owner),
        header=view.header or interaction_pb2.TimelineHeader(),
        coming=coming.rows(outlook, reader_of(request)),
        has_outlook=outlook is not None,
        consents=consents,
        campaigns=view.titles,
        refusal=await refusal_of(request, contact.name, consents) if view.is_first else "",
    )


async def refusal_of(request: Request, contact: str, consents: list[consent.Line] | None) -> str:
    """The thread of the touch by which she said her last no, by its id: the one of the same moment, if there is one."""
    no = consent.last_no(consents or ())
    if no is None or no.since is None:
        return ""
    wanted = interaction_pb2.TimelineFilter(types=REFUSALS)
    wanted.from_time.FromDatetime(no.since)
    wanted.to_time.FromDatetime(no.since + timedelta(microseconds=1))
    try:
        wish = interaction_pb2.GetTimelineRequest(parent=contact, filter=wanted, page_size=1)
        answer = await gateways(request).interaction.GetTimeline(wish)
    except DomainError:
        return ""
    return answer.threads[0].name.rpartition("/")[2] if answer.threads else ""


async def consents_of(request: Request, contact: str) -> list[consent.Line] | None:
    """What the person allows; None where contact does not answer or the role may not know."""
    events = await consent.events_of(request, contact)
    return None if events is None else consent.fold(events)


async def deals_of(request: Request, contact: str) -> dict[str, str]:
    """The newest deals that a person takes part in, by name; none where contact does not answer."""
    wish = pb.ListDealsRequest(page_size=MOST_DEALS, filter=f'contact = "{contact}"')
    try:
        answer = await gateways(request).contact.ListDeals(wish)
    except DomainError:
        return {}
    return {deal.name: deal.display_name for deal in answer.deals}


async def brakes_of(request: Request, contact: pb.Contact, deals: Mapping[str, str]) -> list[Braked] | None:
    """The brakes that hold for a person, her company or her deals; None where campaign does not answer."""
    asked = [f'contact = "{contact.name}"'] + ([f'account = "{contact.account}"'] if contact.account else [])
    asked += [f'deal = "{deal}"' for deal in deals]
    wish = campaign_pb2.ListBrakesRequest(page_size=MOST_BRAKES, filter=f'state = "ACTIVE" AND ({" OR ".join(asked)})')
    try:
        found = (await gateways(request).campaign.ListBrakes(wish)).brakes
    except (DomainError, AioRpcError):  # the second: a campaign service of before brakes, while both are upgraded
        return None
    return [Braked(one, owner_name(request, one.creator), deals.get(one.deal, "")) for one in found]


async def contact_of(request: Request) -> pb.Contact:
    """The contact of the address, or the one that it was merged into."""
    found: pb.Contact = await gateways(request).contact.GetContact(pb.GetContactRequest(name=name_of(request)))
    return found


def name_of(request: Request) -> str:
    """The contact of the address. What is no id of ours is nobody: a 404, before any call."""
    try:
        return f"contacts/{UUID(request.path_params['contact'])}"
    except ValueError:
        raise HTTPException(404) from None


def facts(contact: pb.Contact, at: Reader) -> list[tuple[str, str]]:
    """The lines of the facts card that have something to say."""
    found = [
        (label(one.kind), one.value + (_(" (shared)") if one.shared else ""))
        for one in sorted(contact.identifiers, key=lambda one: one.kind.startswith("crm:"))
        if one.kind != "cookie"
    ]
    if contact.time_zone:
        city = contact.time_zone.rpartition("/")[2].replace("_", " ")
        found.append(
            (
                _("Local time"),
                _("{time} in {city}", time=f"{at.now.astimezone(zone(contact.time_zone)):%H:%M}", city=city),
            )
        )
    found += [(_("Country"), contact.country)] if contact.country else []
    return found


def label(kind: str) -> str:
    """What people call a kind of identifier: `crm:hubspot` is `Id in hubspot`."""
    return {"email": _("E-mail"), "phone": _("Phone")}.get(kind) or _(
        "Id in {system}", system=kind.removeprefix("crm:")
    )


def initials(contact: pb.Contact) -> str:
    parts = contact.display_name.split() or ["?"]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def owner_name(request: Request, owner: str) -> str:
    known = request.app.state.users.find(owner.rpartition("/")[2])
    return known.name if known else owner.rpartition("/")[2]
