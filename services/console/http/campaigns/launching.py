"""Before and around a launch: the dry run, the page that asks once more with numbers, launch, pause, resume, cancel."""

import time
from datetime import UTC, datetime

from chassis.errors import Aborted, DomainError, FailedPrecondition, InvalidArgument, Unavailable
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http import forms
from services.console.http.campaigns import wording
from services.console.http.campaigns.plans import get, read
from services.console.http.guard import gateways
from services.console.http.language import N_, _
from services.console.http.names import campaign_of
from services.console.http.render import page, reader_of

PATIENCE = 20.0  # seconds: a dry run asks two services about everybody
AWAY = N_("A part of Touchline that knows who may be written to does not answer. Try again in a moment.")
TOO_LARGE = N_("Its audience is too large to be counted while you wait. It can be launched without these numbers.")


async def show_dry_run(request: Request) -> Response:
    """GET …/check: whom a launch would write to, whom it would leave out and why, and what forbids it."""
    return await dry_run_page(request, forms.drawn())


async def dry_run_page(request: Request, form: forms.Form) -> Response:
    campaign, activities = await read(request)
    found, trouble = await dry_run(request)
    return page(
        request,
        "campaigns/check.html",
        status=form.status,
        campaign=campaign,
        found=found,
        trouble=trouble,
        may_launch=may_launch(found, trouble),
        titles={one.name: one.display_name for one in activities},
        totals=totals(found),
        form=form,
        wording=wording,
        zone=reader_of(request).zone.key,
    )


async def dry_run(request: Request) -> tuple[pb.DryRunCampaignResponse | None, str]:
    """The numbers, or what to tell instead: whoever took all the time there was is slow, not away."""
    begun = time.monotonic()
    try:
        wish = pb.DryRunCampaignRequest(name=campaign_of(request))
        return await gateways(request).campaign.DryRunCampaign(wish, timeout=PATIENCE), ""
    except Unavailable:
        return None, TOO_LARGE if time.monotonic() - begun > 0.8 * PATIENCE else AWAY


def totals(found: pb.DryRunCampaignResponse | None) -> dict[str, int]:
    runs = found.activities if found else ()
    return {
        "audience": sum(run.audience for run in runs),
        "planned": sum(run.planned for run in runs),
        "suppressed": sum(one.count for run in runs for one in run.suppressed),
        "held": sum(one.count for run in runs for one in run.held),
    }


async def draw_launch(request: Request) -> Response:
    """GET …/launch?when=now|later&time=…: the last question, with the numbers of this moment."""
    form = forms.drawn(**{name: request.query_params.get(name, "") for name in ("when", "time")})
    scheduled = moment(request, form)
    if form.wrong:
        return await dry_run_page(request, form)
    campaign = await get(request)
    found, trouble = await dry_run(request)
    if not may_launch(found, trouble) or campaign.state != pb.Campaign.STATE_DRAFT:
        return RedirectResponse(f"/{campaign.name}/check", status_code=303)
    form.values["etag"] = campaign.etag
    return page(
        request,
        "campaigns/launch.html",
        at=reader_of(request),
        campaign=campaign,
        scheduled=scheduled,
        totals=totals(found) if found else None,
        form=form,
        wording=wording,
        trouble=trouble,
    )


def may_launch(found: pb.DryRunCampaignResponse | None, trouble: str) -> bool:
    """Whether the next page may ask: nothing forbids the launch, or there was no time to count everybody."""
    return not found.problems if found else trouble == TOO_LARGE


def moment(request: Request, form: forms.Form) -> datetime | None:
    """The moment that the form names, in the reader's own time; None for now."""
    if form["when"] != "later":
        return None
    at = reader_of(request)
    try:
        found = datetime.fromisoformat(form["time"])
    except ValueError:
        form.complain("time", _("A day and a time."))
        return None
    found = found.replace(tzinfo=at.zone)
    if found <= at.now:
        form.complain("time", _("This moment has passed. Choose a later one, or launch now."))
    return found


async def launch(request: Request, form: FormData) -> Response:
    """Launches. A second click with the same form gets the first one's answer."""
    found = forms.read(form)
    scheduled = moment(request, found)
    if found.wrong:
        return await dry_run_page(request, found)
    wish = pb.LaunchCampaignRequest(name=campaign_of(request), etag=found["etag"], request_id=found["request"])
    if scheduled is not None:
        wish.scheduled_time.FromDatetime(scheduled.astimezone(UTC))
    try:
        await gateways(request).campaign.LaunchCampaign(wish)
    except Aborted:
        found.complain("form", _("Somebody changed this campaign since you looked at it. Look at the numbers again."))
        return await dry_run_page(request, found)
    except (FailedPrecondition, InvalidArgument) as error:
        found.complain("form", launch_refusal(error))
        return await dry_run_page(request, found)
    return RedirectResponse(f"/{campaign_of(request)}", status_code=303)


def launch_refusal(error: DomainError) -> str:
    """Every reason that the refusal carries, in words."""
    reasons = [one.strip() for one in error.metadata.get("problems", "").split(",") if one.strip()]
    said = [wording.PROBLEMS.get(one) or forms.sentence(wording.reason(one)) for one in reasons]
    return " ".join(dict.fromkeys(said)) or forms.sentence(error.message)


# ---- while it runs -----------------------------------------------------------------------------------------------


async def pause(request: Request, form: FormData) -> Response:
    wish = pb.PauseCampaignRequest(
        name=campaign_of(request), request_id=id_of(form), reason=str(form.get("reason", ""))[:500]
    )
    await gateways(request).campaign.PauseCampaign(wish)
    return RedirectResponse(f"/{campaign_of(request)}", status_code=303)


async def resume(request: Request, form: FormData) -> Response:
    wish = pb.ResumeCampaignRequest(name=campaign_of(request), request_id=id_of(form))
    await gateways(request).campaign.ResumeCampaign(wish)
    return RedirectResponse(f"/{campaign_of(request)}", status_code=303)


async def draw_cancel(request: Request) -> Response:
    return page(request, "campaigns/cancel.html", campaign=await get(request), form=forms.drawn(), wording=wording)


async def cancel(request: Request, form: FormData) -> Response:
    wish = pb.CancelCampaignRequest(
        name=campaign_of(request), request_id=id_of(form), reason=str(form.get("reason", ""))[:500]
    )
    await gateways(request).campaign.CancelCampaign(wish)
    return RedirectResponse(f"/{campaign_of(request)}", status_code=303)


def id_of(form: FormData) -> str:
    text = str(form.get("request", ""))
    if not forms.is_id(text):
        raise InvalidArgument(_(forms.OLD_FORM))
    return text
