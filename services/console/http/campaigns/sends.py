"""The ledger as lists: who stands behind a number, and why somebody did or did not get a mail."""

import asyncio
from collections.abc import Iterable, Mapping

from chassis.errors import DomainError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2

from services.console.http import people
from services.console.http.campaigns import numbers, steps, wording
from services.console.http.campaigns.plans import read
from services.console.http.contact import name_of
from services.console.http.guard import gateways
from services.console.http.language import _
from services.console.http.lists import page_token
from services.console.http.names import checked, contact_asked
from services.console.http.render import page, reader_of

LINES = 50
MAILS = 50
CAMPAIGNS = 200
REASON_CHARACTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


async def list_sends(request: Request) -> Response:
    """GET …/sends?of=suppressed&reason=…&activity=…: the people behind a number."""
    campaign, activities = await read(request)
    of = request.query_params.get("of", "planned")
    of = of if of in numbers.STATES else "planned"
    reason = request.query_params.get("reason", "")
    reason = reason if set(reason) <= REASON_CHARACTERS else ""
    activity = request.query_params.get("activity", "")
    parent = checked(f"{campaign.name}/activities/{activity}") if activity else f"{campaign.name}/activities/-"
    wish = pb.ListSendsRequest(
        parent=parent, page_size=LINES, filter=filter_of(numbers.STATES[of], reason),
        page_token=page_token(request),
    )  # fmt: skip
    answer = await gateways(request).campaign.ListSends(wish)
    titles = {one.name: one.display_name for one in activities}
    return page(
        request,
        "sends/list.html",
        at=reader_of(request),
        campaign=campaign,
        of=of,
        label=numbers.LABELS[of],
        hint=numbers.HINTS.get(of, ""),
        reason=reason,
        activity=titles.get(parent, ""),
        titles=titles,
        sends=answer.sends,
        next_page=answer.next_page_token,
        wording=wording,
        activity_name=activity_name,
    )


def filter_of(states: Iterable[str], reason: str) -> str:
    """AIP-160: any of the states, and the reason where one is asked for."""
    some = " OR ".join(f'state = "{one}"' for one in states)
    parts = [f"({some})"] if some else []
    return " AND ".join(parts + ([f'reason = "{reason}"'] if reason else []))


def activity_name(send: pb.Send) -> str:
    return send.name.rpartition("/sends/")[0]


async def explain(request: Request) -> Response:
    """GET /campaigns/{id}/why?contact=…: step by step, what let the mail go on and what stopped it."""
    campaign, activities = await read(request)
    contact = contact_asked(request)
    answer = None
    if contact:
        answer = await gateways(request).campaign.ExplainSend(
            pb.ExplainSendRequest(campaign=campaign.name, contact=contact)
        )
    sought = request.query_params.get("find", "")
    return page(
        request,
        "sends/why.html",
        at=reader_of(request),
        campaign=campaign,
        titles={one.name: one.display_name for one in activities},
        contact=contact,
        name=(await people.names(request, [contact])).get(contact, ""),
        answer=answer,
        did_get=got(answer),
        said=steps.said,
        wording=wording,
        sought=sought,
        found=await people.find(request, sought),
    )


GOT = {pb.Send.STATE_HANDED_OVER, pb.Send.STATE_DELIVERED}


def got(answer: pb.ExplainSendResponse | None) -> bool:
    return any(one.send.state in GOT for one in answer.explanations) if answer else False


# ---- a person's mails --------------------------------------------------------------------------------------------


async def list_mails(request: Request) -> Response:
    """GET /contacts/{id}/mails: every line of the ledger about a person, and the way to ask about any campaign."""
    contact = name_of(request)
    stub = gateways(request)
    who, answer, campaigns = await asyncio.gather(
        stub.contact.GetContact(contact_pb2.GetContactRequest(name=contact)),
        stub.campaign.ListSends(
            pb.ListSendsRequest(
                parent="campaigns/-/activities/-", page_size=MAILS, filter=f'contact = "{contact}"',
                page_token=page_token(request),
            )
        ),
        stub.campaign.ListCampaigns(pb.ListCampaignsRequest(page_size=CAMPAIGNS, filter='state != "DRAFT"')),
    )  # fmt: skip
    titles = await activity_titles(request, {activity_name(one) for one in answer.sends})
    return page(
        request,
        "sends/mails.html",
        at=reader_of(request),
        contact=who,
        sends=answer.sends,
        titles=titles,
        campaigns={one.name: one.display_name for one in campaigns.campaigns},
        campaign_name=lambda send: "/".join(send.name.split("/")[:2]),
        activity_name=activity_name,
        wording=wording,
        next_page=answer.next_page_token,
    )


async def activity_titles(request: Request, wanted: Iterable[str]) -> Mapping[str, str]:
    async def title(name: str) -> tuple[str, str]:
        try:
            found = await gateways(request).campaign.GetActivity(pb.GetActivityRequest(name=name))
        except DomainError:
            return name, _("a mail")
        return name, str(found.display_name)

    return dict(await asyncio.gather(*(title(name) for name in wanted)))


async def ask(request: Request) -> Response:
    """GET /contacts/{id}/mails/why?campaign=…: the question asked from the person's side."""
    campaign = checked(request.query_params.get("campaign", ""))
    if not campaign.startswith("campaigns/"):
        raise HTTPException(404)
    return RedirectResponse(f"/{campaign}/why?contact={name_of(request).rpartition('/')[2]}", status_code=303)
