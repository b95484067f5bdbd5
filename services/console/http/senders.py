"""Senders: in whose name mail is written, each proven by a code that was mailed to its address."""

from chassis.errors import AlreadyExists, DomainError, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub

from services.console.gateways import Gateways
from services.console.http import forms
from services.console.http.language import _
from services.console.http.lists import page_token
from services.console.http.names import part
from services.console.http.render import page, reader_of

LINES = 50
FIELDS = ("display_name", "address", "reply_to_address", "dkim_domain", "dkim_selector")


async def list_senders(request: Request) -> Response:
    wish = pb.ListSendersRequest(page_size=LINES, page_token=page_token(request))
    answer = await stub(request).ListSenders(wish)
    return page(
        request,
        "senders/list.html",
        at=reader_of(request),
        senders=answer.senders,
        verified=pb.Sender.STATE_VERIFIED,
        next_page=answer.next_page_token,
    )


async def draw_new(request: Request) -> Response:
    return page(request, "senders/form.html", form=forms.drawn())


async def create(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=400)
    if not found["display_name"].strip():
        found.complain("display_name", _("The name that people see before the address."))
    if "@" not in found["address"]:
        found.complain("address", _("An e-mail address of ours."))
    if not found.wrong:
        sender = pb.Sender(**{name: found[name].strip() for name in FIELDS})
        try:
            made = await stub(request).CreateSender(pb.CreateSenderRequest(sender=sender, request_id=found["request"]))
            return RedirectResponse(f"/{made.name}", status_code=303)
        except AlreadyExists:
            found.complain("address", _("There is a sender with this address already."))
        except (InvalidArgument, ResourceExhausted) as error:
            if error.reason == "ADDRESS_INVALID" and not getattr(error, "violations", ()):
                found.complain("address", forms.sentence(error.message))
            forms.refuse(found, error, FIELDS)
    return page(request, "senders/form.html", status=found.status, form=found)


async def show(request: Request) -> Response:
    return await sender_page(request, forms.drawn())


async def sender_page(request: Request, form: forms.Form, said: str = "") -> Response:
    sender = await stub(request).GetSender(pb.GetSenderRequest(name=name_of(request)))
    return page(
        request,
        "senders/show.html",
        status=form.status,
        at=reader_of(request),
        sender=sender,
        is_verified=sender.state == pb.Sender.STATE_VERIFIED,
        form=form,
        said=said,
    )


async def verify(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=60)
    wish = pb.VerifySenderRequest(name=name_of(request), code=found["code"][:40], request_id=found["request"])
    if not found["code"].strip():
        found.complain("code", _("The eight characters of the mail."))
    if not found.wrong:
        try:
            await stub(request).VerifySender(wish)
            return RedirectResponse(f"/{name_of(request)}", status_code=303)
        except (InvalidArgument, FailedPrecondition) as error:
            found.complain("code", code_words(error))
            found.values |= {"request": forms.drawn()["request"]}
    return await sender_page(request, found)


def code_words(error: DomainError) -> str:
    if error.reason == "CODE_WRONG":
        return _("That is not the code of the newest mail.")
    if error.reason == "CODE_EXPIRED":
        return _("This code has run out. Have a new one sent.")
    return forms.sentence(error.message)


async def resend(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    wish = pb.ResendSenderCodeRequest(name=name_of(request), request_id=found["request"])
    try:
        await stub(request).ResendSenderCode(wish)
    except ResourceExhausted:
        found.complain("code", _("A code was sent within the last minute. Look into the inbox first."))
        return await sender_page(request, found)
    except FailedPrecondition:
        return RedirectResponse(f"/{name_of(request)}", status_code=303)
    return await sender_page(request, forms.drawn(), said=_("A new code is on its way. The one before is void."))


async def delete(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    try:
        await stub(request).DeleteSender(pb.DeleteSenderRequest(name=name_of(request), request_id=found["request"]))
    except NotFound:
        pass  # a second click: it is gone already
    except FailedPrecondition:
        found.complain("form", _("Mails are written in this name. Choose another sender there first."))
        return await sender_page(request, found)
    return RedirectResponse("/senders", status_code=303)


def name_of(request: Request) -> str:
    return part(request, "senders", "sender")


def stub(request: Request) -> CampaignServiceStub:
    gateways: Gateways = request.app.state.gateways
    return gateways.campaign
