"""One mail as a person would get it, in a frame; and the test that puts it into a few inboxes."""

from chassis.errors import DomainError, FailedPrecondition, InvalidArgument, NotFound, Unavailable
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2

from services.console.http import forms, frames, people
from services.console.http.campaigns import wording
from services.console.http.campaigns.activities import read_activity
from services.console.http.campaigns.plans import get, segment_names, sender_names
from services.console.http.guard import gateways
from services.console.http.language import _
from services.console.http.names import activity_of, contact_asked, contact_named
from services.console.http.render import page

MOST_TESTS = 5


async def show_activity(request: Request) -> Response:
    return await activity_page(request, contact_asked(request), forms.drawn())


async def activity_page(
    request: Request, contact: str, form: forms.Form, tested: list[pb.TestActivityResponse.Result] | None = None
) -> Response:
    activity = await read_activity(request)
    contact = contact or await anybody(request, activity)
    mail, trouble = await rendered(request, contact) if contact else (None, "")
    sought = request.query_params.get("find", "")
    return page(
        request,
        "campaigns/preview.html",
        status=form.status,
        campaign=await get(request),
        activity=activity,
        segments=await segment_names(request, [activity]),
        sender=(await sender_names(request)).get(activity.sender),
        contact=contact,
        name=(await people.names(request, [contact])).get(contact, ""),
        mail=mail,
        trouble=trouble,
        part=request.query_params.get("part") if request.query_params.get("part") in {"text", "headers"} else "html",
        width="narrow" if request.query_params.get("width") == "narrow" else "wide",
        sandbox=frames.SANDBOX,
        sought=sought,
        found=await people.find(request, sought),
        form=form,
        tested=tested,
        wording=wording,
    )


async def anybody(request: Request, activity: pb.Activity) -> str:
    """Somebody of its first segment, so that a preview stands there at once; nobody where there is none."""
    for segment in activity.include_segments[:1]:
        wish = segmentation_pb2.ListMembersRequest(parent=segment, page_size=1)
        try:
            members = (await gateways(request).segmentation.ListMembers(wish)).members
        except DomainError:
            return ""
        return members[0].contact if members else ""
    return ""


async def rendered(request: Request, contact: str) -> tuple[pb.PreviewActivityResponse | None, str]:
    """The mail, or in a sentence why there is none."""
    wish = pb.PreviewActivityRequest(name=activity_of(request), contact=contact)
    try:
        return await gateways(request).campaign.PreviewActivity(wish), ""
    except NotFound as error:
        if error.reason == "ACTIVITY_NOT_FOUND":
            raise
        return None, _("Campaigns do not know this person yet. Somebody who was created just now takes a moment.")
    except FailedPrecondition as error:
        place = error.metadata
        where = (
            _(" ({field}, line {line})", field=place["field"].replace("_", " "), line=place.get("line", "?"))
            if place.get("field")
            else ""
        )
        return None, _(
            "For this person the mail cannot be made{where}: {message}",
            where=where,
            message=forms.sentence(error.message),
        )
    except (InvalidArgument, Unavailable) as error:
        return None, forms.sentence(error.message)


async def show_part(request: Request) -> Response:
    """GET …/mail/{html|text}?contact=…: what stands in the frame. A preview fetches no picture from anywhere."""
    contact = contact_asked(request)
    if not contact:
        raise HTTPException(404)
    mail, trouble = await rendered(request, contact)
    if mail is None:
        return frames.framed_text(trouble)
    return frames.framed(mail.html) if request.path_params["part"] == "html" else frames.framed_text(mail.text)


async def test(request: Request, form: FormData) -> Response:
    """Sends the mail as this person would get it to up to five addresses."""
    found = forms.read(form)
    contact = contact_named(found["contact"]) if found["contact"] else ""
    addresses = list(dict.fromkeys(found["addresses"].replace(",", " ").replace(";", " ").split()))
    if not addresses or len(addresses) > MOST_TESTS:
        found.complain("addresses", _("One to {most} addresses, with spaces between.", most=MOST_TESTS))
    if not contact:
        found.complain("addresses", _("Choose first as whom the mail is written."))
    tested = None
    if not found.wrong:
        wish = pb.TestActivityRequest(
            name=activity_of(request), contact=contact, addresses=addresses, request_id=found["request"]
        )
        try:
            tested = list((await gateways(request).campaign.TestActivity(wish)).results)
        except (InvalidArgument, FailedPrecondition, NotFound) as error:
            forms.refuse(found, error, ("addresses",))
        found.values["request"] = forms.drawn()["request"]
    return await activity_page(request, contact, found, tested)
