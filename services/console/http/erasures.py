"""Erasing a person: asking for it, how far each service is, and the signed receipt."""

import base64
import json

from chassis.errors import Aborted, FailedPrecondition, InvalidArgument
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.contact import contact_of, name_of
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token
from services.console.http.names import part
from services.console.http.render import page, reader_of

LINES = 50
STATES = sayings(
    {
        pb.Erasure.STATE_HELD: ("waits: a legal hold lies on it", "warn"),
        pb.Erasure.STATE_ERASING: ("services are deleting", "warn"),
        pb.Erasure.STATE_FORGETTING: ("deleted; streams are forgetting", "good"),
        pb.Erasure.STATE_CONFIRMED: ("everything has forgotten", "good"),
    }
)


async def draw(request: Request) -> Response:
    """What goes, what stays, and how it was made sure that she asks for it."""
    return await form_page(request, forms.drawn())


async def form_page(request: Request, form: forms.Form) -> Response:
    contact = await contact_of(request)
    form.values.setdefault("etag", contact.etag)
    return page(request, "erasures/form.html", status=form.status, form=form, contact=contact)


async def erase(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=500)
    if not found["verification"].strip():
        found.complain("verification", _("Say how it was made sure that this person asks for it."))
    if found["sure"] != "yes":
        found.complain("sure", _("Tick this to go on: it cannot be taken back."))
    if not found.wrong:
        wish = pb.RequestErasureRequest(
            name=name_of(request),
            verification=found["verification"].strip(),
            etag=found["etag"],
            request_id=found["request"],
        )
        try:
            erasure = await gateways(request).contact.RequestErasure(wish)
            return RedirectResponse(f"/{erasure.name}", status_code=303)
        except Aborted:
            found.values["etag"] = ""
            forms.changed_meanwhile(found, "")
        except (InvalidArgument, FailedPrecondition) as error:
            forms.refuse(found, error, ("verification",))
    return await form_page(request, found)


async def list_all(request: Request) -> Response:
    wish = pb.ListErasuresRequest(page_size=LINES, page_token=page_token(request))
    answer = await gateways(request).contact.ListErasures(wish)
    return page(
        request,
        "erasures/list.html",
        at=reader_of(request),
        erasures=answer.erasures,
        states=STATES,
        next_page=answer.next_page_token,
    )


async def show(request: Request) -> Response:
    wish = pb.GetErasureRequest(name=part(request, "erasures", "erasure"))
    erasure = await gateways(request).contact.GetErasure(wish)
    return page(request, "erasures/show.html", at=reader_of(request), erasure=erasure, states=STATES)


async def download_receipt(request: Request) -> Response:
    """The receipt as `touchline erasures verify` reads it."""
    name = part(request, "erasures", "erasure")
    found = await gateways(request).contact.GetErasureReceipt(pb.GetErasureReceiptRequest(name=f"{name}/receipt"))
    kept = {"statement": found.text, "signature": coded(found.signature), "public_key": coded(found.public_key)}
    headers = {"content-disposition": f'attachment; filename="erasure-{name.rpartition("/")[2]}.json"'}
    return Response(json.dumps(kept, indent=2) + "\n", media_type="application/json", headers=headers)


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()
