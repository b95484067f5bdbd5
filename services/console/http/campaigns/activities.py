"""The form of one mail: who it goes to, who signs it, what it says; and the end of one that nobody wants."""

import asyncio
from contextlib import suppress

from chassis.errors import Aborted, DomainError, FailedPrecondition, InvalidArgument, NotFound
from google.protobuf.field_mask_pb2 import FieldMask
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.segmentation.v1.segmentation_pb2 import Segment

from services.console.http import forms
from services.console.http.campaigns.plans import get, sender_names, whole
from services.console.http.guard import gateways
from services.console.http.language import _
from services.console.http.names import activity_of, campaign_of
from services.console.http.render import page
from services.console.http.segments import listing

TEMPLATES = {"html_template": 1_000_000, "text_template": 1_000_000}  # cut beyond: the service refuses much less
MASK = FieldMask(
    paths=[
        "display_name", "include_segments", "exclude_segments", "sender", "subscription_topic", "subject_template",
        "html_template", "text_template", "rate_per_second", "untracked",
    ]
)  # fmt: skip
FIELDS = (*MASK.paths, "conflict")
START_SUBJECT = "A word from us, {{ contact.given_name | default: 'and a good day' }}"
START_HTML = """<p>Hello {{ contact.given_name | default: "and a good day" }},</p>

<p>…</p>

<p>{{ sender.display_name }}</p>

<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> · <a href="{{ preferences_url }}">Choose what you get</a></p>
"""


async def draw_new(request: Request) -> Response:
    form = forms.drawn(subject_template=START_SUBJECT, html_template=START_HTML)
    return await form_page(request, form, None)


async def create(request: Request, form: FormData) -> Response:
    found, activity = read(form)
    if not found.wrong:
        try:
            wish = pb.CreateActivityRequest(parent=campaign_of(request), activity=activity, request_id=found["request"])
            made = await gateways(request).campaign.CreateActivity(wish)
            return RedirectResponse(f"/{made.name}", status_code=303)
        except (InvalidArgument, FailedPrecondition, NotFound) as error:
            refuse(found, error)
    return await form_page(request, found, None, activity)


async def draw_edit(request: Request) -> Response:
    activity = await read_activity(request)
    return await form_page(request, forms.drawn(**values_of(activity)), activity, activity)


async def save(request: Request, form: FormData) -> Response:
    found, changed = read(form)
    changed.name, changed.etag = activity_of(request), found["etag"]
    if not found.wrong:
        try:
            wish = pb.UpdateActivityRequest(activity=changed, update_mask=MASK, request_id=found["request"])
            await gateways(request).campaign.UpdateActivity(wish)
            return RedirectResponse(f"/{changed.name}", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, (await read_activity(request)).etag)
        except (InvalidArgument, FailedPrecondition) as error:
            refuse(found, error)
    return await form_page(request, found, await read_activity(request), changed)


async def delete(request: Request, form: FormData) -> Response:
    wish = pb.DeleteActivityRequest(name=activity_of(request), request_id=str(form.get("request", ""))[:64])
    with suppress(NotFound):  # a second click: it is gone already
        await gateways(request).campaign.DeleteActivity(wish)
    return RedirectResponse(f"/{campaign_of(request)}", status_code=303)


def read(form: FormData) -> tuple[forms.Form, pb.Activity]:
    found = forms.read(form, long=TEMPLATES)
    if not found["display_name"].strip():
        found.complain("display_name", _("Give it a name by which colleagues will know it."))
    activity = pb.Activity(
        display_name=found["display_name"].strip(),
        include_segments=chosen(form, "include"),
        exclude_segments=chosen(form, "exclude"),
        sender=found["sender"],
        subscription_topic=found["subscription_topic"].strip(),
        purpose=pb.Activity.PURPOSE_MARKETING,
        subject_template=found["subject_template"].strip(),
        html_template=found["html_template"],
        text_template=found["text_template"],
        rate_per_second=whole(found, "rate_per_second", 100_000),
        untracked=found["untracked"] == "1",
    )
    return found, activity


def chosen(form: FormData, name: str) -> list[str]:
    return list(dict.fromkeys(str(one)[:200] for one in form.getlist(name) if one))


def refuse(form: forms.Form, error: DomainError) -> None:
    """A template's faults stand below it, all of them, each with its line and column."""
    faults: dict[str, list[str]] = {}
    for violation in getattr(error, "violations", ()):
        name = forms.field_of(violation.field, {"subject_template", "html_template", "text_template"})
        if name != "form":
            faults.setdefault(name, []).append(forms.sentence(violation.description))
    for name, said in faults.items():
        form.complain(name, " ".join(dict.fromkeys(said)))
    forms.refuse(form, error, FIELDS)


def values_of(activity: pb.Activity) -> dict[str, str]:
    return {
        "display_name": activity.display_name,
        "sender": activity.sender,
        "subscription_topic": activity.subscription_topic,
        "subject_template": activity.subject_template,
        "html_template": activity.html_template,
        "text_template": activity.text_template,
        "rate_per_second": str(activity.rate_per_second or ""),
        "untracked": "1" if activity.untracked else "",
        "etag": activity.etag,
    }


async def form_page(
    request: Request, form: forms.Form, kept: pb.Activity | None, typed: pb.Activity | None = None
) -> Response:
    """`kept` is the activity as it is stored, `typed` what the form says."""
    include = set(typed.include_segments) if typed else set()
    campaign, segments, senders = await asyncio.gather(get(request), listing.everything(request), sender_names(request))
    return page(
        request,
        "campaigns/activity.html",
        status=form.status,
        form=form,
        campaign=campaign,
        activity=kept,
        segments=segments,
        offered=[one for one in segments if one.kind != Segment.KIND_EXCLUSION or one.name in include],
        senders=senders,
        include=include,
        exclude=set(typed.exclude_segments) if typed else set(),
    )


async def read_activity(request: Request) -> pb.Activity:
    wish = pb.GetActivityRequest(name=activity_of(request))
    found: pb.Activity = await gateways(request).campaign.GetActivity(wish)
    return found
