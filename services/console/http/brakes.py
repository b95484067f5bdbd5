"""The brake: silence from marketing for a person, a company or a deal, set by sales with a reason and an end."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from chassis.errors import InvalidArgument
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2

from services.console.gateways import Gateways
from services.console.http import forms
from services.console.http.contact import deals_of, name_of
from services.console.http.language import _
from services.console.http.names import checked
from services.console.http.render import page, reader_of

LONGEST = 180  # days
USUAL = 30
FIELDS = ("reason", "until", "whom")


async def draw(request: Request) -> Response:
    until = reader_of(request).now.date() + timedelta(days=USUAL)
    return await form_page(request, forms.drawn(until=until.isoformat(), whom="contact"))


async def form_page(request: Request, form: forms.Form) -> Response:
    gateways: Gateways = request.app.state.gateways
    contact, deals = await asyncio.gather(
        gateways.contact.GetContact(contact_pb2.GetContactRequest(name=name_of(request))),
        deals_of(request, name_of(request)),
    )
    today = reader_of(request).now.date()
    return page(
        request,
        "contacts/brake.html",
        status=form.status,
        form=form,
        contact=contact,
        deals=deals,
        first=(today + timedelta(days=1)).isoformat(),
        last=(today + timedelta(days=LONGEST - 1)).isoformat(),
    )


async def save(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=500)
    brake = await brake_from(request, found)
    if not found.wrong:
        gateways: Gateways = request.app.state.gateways
        try:
            await gateways.campaign.CreateBrake(pb.CreateBrakeRequest(brake=brake, request_id=found["request"]))
            return RedirectResponse(f"/{name_of(request)}", status_code=303)
        except InvalidArgument as error:
            for violation in error.violations:
                if violation.field.endswith("expire_time"):
                    found.complain("until", forms.sentence(violation.description))
            forms.refuse(found, error, FIELDS)
    return await form_page(request, found)


async def brake_from(request: Request, form: forms.Form) -> pb.Brake:
    """The brake that the form says: to the end of the chosen day, on the reader's own calendar."""
    if not form["reason"].strip():
        form.complain("reason", _("Say why, so that marketing knows."))
    brake = pb.Brake(reason=form["reason"].strip())
    if form["whom"] == "account":
        gateways: Gateways = request.app.state.gateways
        contact = await gateways.contact.GetContact(contact_pb2.GetContactRequest(name=name_of(request)))
        brake.account = contact.account
    elif form["whom"].startswith("deals/"):
        brake.deal = checked(form["whom"])
    else:
        brake.contact = name_of(request)
    end = end_of(form["until"], reader_of(request).now)
    if end is None:
        form.complain("until", _("A day from today on, at most {days} days ahead.", days=LONGEST))
    else:
        brake.expire_time.FromDatetime(end)
    return brake


def end_of(text: str, now: datetime) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not now.date() <= day <= now.date() + timedelta(days=LONGEST):
        return None
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=now.tzinfo).astimezone(UTC)
    return min(end, now.astimezone(UTC) + timedelta(days=LONGEST) - timedelta(minutes=1))


async def release(request: Request, form: FormData) -> Response:
    request_id = str(form.get("request", ""))
    if not forms.is_id(request_id):
        raise InvalidArgument(_(forms.OLD_FORM))
    name = checked(f"brakes/{request.path_params['brake']}")
    gateways: Gateways = request.app.state.gateways
    await gateways.campaign.ReleaseBrake(pb.ReleaseBrakeRequest(name=name, request_id=request_id))
    return RedirectResponse(f"/{name_of(request)}", status_code=303)
