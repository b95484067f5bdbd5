"""Campaigns as plans: the list, one campaign's page, and the form that makes or changes one."""

import asyncio
from contextlib import suppress
from datetime import date

from chassis.errors import Aborted, DomainError, InvalidArgument, NotFound
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http import forms
from services.console.http.campaigns import numbers, wording
from services.console.http.contact import owner_name
from services.console.http.guard import gateways
from services.console.http.language import _, number
from services.console.http.lists import page_token
from services.console.http.names import campaign_of
from services.console.http.render import page, reader_of
from services.console.http.segments import listing

LINES = 50
MOST_ACTIVITIES = 100
FIELDS = ("display_name", "description", "goal_description", "goal_measure", "goal_target", "goal_due", "conflict")
MASK = FieldMask(paths=["display_name", "description", "goal"])
MOVING = {pb.Campaign.STATE_SCHEDULED, pb.Campaign.STATE_RUNNING, pb.Campaign.STATE_PAUSED}


async def list_campaigns(request: Request) -> Response:
    wish = pb.ListCampaignsRequest(page_size=LINES, page_token=page_token(request))
    answer = await gateways(request).campaign.ListCampaigns(wish)
    counts = await asyncio.gather(*(counts_of(request, one) for one in answer.campaigns))
    return page(
        request,
        "campaigns/list.html",
        at=reader_of(request),
        rows=list(zip(answer.campaigns, counts, strict=True)),
        next_page=answer.next_page_token,
    )


async def counts_of(request: Request, campaign: pb.Campaign) -> pb.SendCounts | None:
    """The ledger of one that was launched; a list does not carry it."""
    if campaign.state == pb.Campaign.STATE_DRAFT:
        return None
    try:
        return (await gateways(request).campaign.GetCampaign(pb.GetCampaignRequest(name=campaign.name))).counts
    except DomainError:
        return None


async def show_campaign(request: Request) -> Response:
    campaign, activities = await read(request)
    return page(
        request,
        "campaigns/show.html",
        at=reader_of(request),
        campaign=campaign,
        activities=activities,
        segments=await segment_names(request, activities),
        senders=await sender_names(request) if activities else {},
        owner=owner_name(request, campaign.owner),
        is_moving=campaign.state in MOVING,
        shape=numbers.shape(campaign),
        due=day_text(campaign.goal.due_date),
        planning=planning,
    )


def planning(activity: pb.Activity) -> str:
    """`is being planned: 2,300 people so far`; nothing once everyone is in the ledger."""
    found = activity.planning
    if found.state in {pb.Activity.Planning.STATE_UNSPECIFIED, pb.Activity.Planning.STATE_DONE}:
        return ""
    said = wording.PLANNING.get(found.state, "")
    if found.state == pb.Activity.Planning.STATE_RUNNING and found.people_planned:
        said += _(": {people} so far", people=wording.people(found.people_planned))
    return said + (f" ({wording.reason(found.obstacle)})" if found.obstacle else "")


async def read(request: Request) -> tuple[pb.Campaign, list[pb.Activity]]:
    """The campaign of the address and its activities, oldest first."""
    name = campaign_of(request)
    stub = gateways(request).campaign
    campaign, answer = await asyncio.gather(
        stub.GetCampaign(pb.GetCampaignRequest(name=name)),
        stub.ListActivities(pb.ListActivitiesRequest(parent=name, page_size=MOST_ACTIVITIES)),
    )
    return campaign, list(reversed(answer.activities))


async def segment_names(request: Request, activities: list[pb.Activity]) -> dict[str, str]:
    """What the segments of the activities are called; where segmentation does not answer, their ids stand."""
    wanted = {name for one in activities for name in (*one.include_segments, *one.exclude_segments)}
    return await listing.names(request, wanted)


async def sender_names(request: Request) -> dict[str, pb.Sender]:
    try:
        answer = await gateways(request).campaign.ListSenders(pb.ListSendersRequest(page_size=200))
    except DomainError:
        return {}
    return {one.name: one for one in answer.senders}


# ---- the form ----------------------------------------------------------------------------------------------------


async def draw_new(request: Request) -> Response:
    return form_page(request, forms.drawn(), None)


async def create(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    campaign = campaign_from(found)
    if not found.wrong:
        try:
            wish = pb.CreateCampaignRequest(campaign=campaign, request_id=found["request"])
            made = await gateways(request).campaign.CreateCampaign(wish)
            return RedirectResponse(f"/{made.name}", status_code=303)
        except InvalidArgument as error:
            refuse(found, error)
    return form_page(request, found, None)


async def draw_edit(request: Request) -> Response:
    campaign = await get(request)
    return form_page(request, forms.drawn(**values_of(campaign)), campaign)


async def save(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    changed = campaign_from(found)
    changed.name, changed.etag = campaign_of(request), found["etag"]
    if not found.wrong:
        try:
            wish = pb.UpdateCampaignRequest(campaign=changed, update_mask=MASK, request_id=found["request"])
            await gateways(request).campaign.UpdateCampaign(wish)
            return RedirectResponse(f"/{changed.name}", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, (await get(request)).etag)
        except InvalidArgument as error:
            refuse(found, error)
    return form_page(request, found, await get(request))


async def draw_delete(request: Request) -> Response:
    return page(request, "campaigns/delete.html", campaign=await get(request), form=forms.drawn())


async def delete(request: Request, form: FormData) -> Response:
    wish = pb.DeleteCampaignRequest(name=campaign_of(request), request_id=str(form.get("request", ""))[:64])
    with suppress(NotFound):  # a second click: it is gone already
        await gateways(request).campaign.DeleteCampaign(wish)
    return RedirectResponse("/campaigns", status_code=303)


def form_page(request: Request, form: forms.Form, campaign: pb.Campaign | None) -> Response:
    return page(request, "campaigns/form.html", status=form.status, form=form, campaign=campaign)


def values_of(campaign: pb.Campaign) -> dict[str, str]:
    goal = campaign.goal
    return {
        "display_name": campaign.display_name,
        "description": campaign.description,
        "goal_description": goal.description,
        "goal_measure": goal.measure,
        "goal_target": str(goal.target) if goal.target else "",
        "goal_due": day_text(goal.due_date),
        "etag": campaign.etag,
    }


def campaign_from(form: forms.Form) -> pb.Campaign:
    """What the form says. What cannot be said in the proto is complained about here."""
    if not form["display_name"].strip():
        form.complain("display_name", _("Give it a name by which colleagues will know it."))
    found = pb.Campaign(display_name=form["display_name"].strip(), description=form["description"].strip())
    said = [form[name].strip() for name in ("goal_description", "goal_measure", "goal_target", "goal_due")]
    if any(said):
        found.goal.description, found.goal.measure = said[0], said[1]
        found.goal.target = whole(form, "goal_target", 10**12)
        if said[3]:
            put_day(form, found.goal.due_date)
    return found


def whole(form: forms.Form, name: str, most: int) -> int:
    text = form[name].strip()
    if text and not (text.isdecimal() and text.isascii() and len(text) < 14 and int(text) <= most):
        form.complain(name, _("A whole number from 0 to {most}.", most=number(most)))
        return 0
    return int(text or 0)


def put_day(form: forms.Form, into: Date) -> None:
    try:
        day = date.fromisoformat(form["goal_due"])
    except ValueError:
        form.complain("goal_due", _("A day, such as 2027-03-31."))
        return
    into.year, into.month, into.day = day.year, day.month, day.day


def day_text(day: Date) -> str:
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}" if day.year else ""


def refuse(form: forms.Form, error: DomainError) -> None:
    """`campaign.goal.description` is the goal's field, `campaign.description` the campaign's."""
    for violation in getattr(error, "violations", ()):
        last = violation.field.rpartition(".")[2]
        if ".goal" in violation.field:
            form.complain(f"goal_{last}".replace("due_date", "due"), forms.sentence(violation.description))
    if not form.wrong:
        forms.refuse(form, error, FIELDS)


async def get(request: Request) -> pb.Campaign:
    found: pb.Campaign = await gateways(request).campaign.GetCampaign(pb.GetCampaignRequest(name=campaign_of(request)))
    return found
