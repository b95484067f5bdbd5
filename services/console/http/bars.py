"""What bars what is otherwise done with a person: restricting the use of her data, and a legal hold on deleting it."""

from typing import Any, NamedTuple

from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, PermissionDenied
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.contact import contact_of, name_of, owner_name
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.render import page, reader_of


class Laid(NamedTuple):
    """A bar that lies on a person: its name, what it means, what is said of it, and the name of who laid it."""

    name: str
    meaning: str
    bar: pb.Contact.Bar
    by: str


FIELDS = {"restriction": "restriction", "hold": "legal_hold"}
NAMES = sayings({"restriction": "Restriction", "hold": "Legal hold"})
MEANINGS = sayings(
    {
        "restriction": (
            "Nothing is sent to this person and no rule looks at their data, until somebody lifts it. "
            "Their timeline stays, and goes on."
        ),
        "hold": (
            "Nothing of this person is deleted, whoever asks, until somebody releases it: an erasure waits, and "
            "touches outlive their time."
        ),
    }
)


async def draw(request: Request) -> Response:
    """GET …/{restriction,hold}: laid with a reason, or since when, by whom and why it lies, and lifted with one."""
    return await form_page(request, forms.drawn())


async def form_page(request: Request, form: forms.Form) -> Response:
    kind, contact = kind_of(request), await contact_of(request)
    form.values.setdefault("etag", contact.etag)
    return page(
        request,
        "records/bar.html",
        status=form.status,
        at=reader_of(request),
        form=form,
        contact=contact,
        kind=kind,
        name=NAMES[kind],
        meaning=MEANINGS[kind],
        lies=next((one for one in laid(request, contact) if one.name == NAMES[kind]), None),
    )


async def save(request: Request, form: FormData) -> Response:
    """Lays it, or lifts it where it lay when the form was drawn."""
    found = forms.read(form, longest=500)
    if not found["reason"].strip():
        found.complain("reason", _("Say why: it is kept beside your name."))
    if not found.wrong:
        lay, lift = calls(request)
        call, wish = lift if found["do"] == "lift" else lay
        told = {"reason": found["reason"].strip(), "etag": found["etag"], "request_id": found["request"]}
        try:
            await call(wish(name=name_of(request), **told))
            return RedirectResponse(f"/{name_of(request)}/record", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, (await contact_of(request)).etag)
        except (InvalidArgument, FailedPrecondition, PermissionDenied) as error:
            forms.refuse(found, error, ("reason",))
    return await form_page(request, found)


def calls(request: Request) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The call that lays the bar of the address and what it is asked with, and those that lift it."""
    contact = gateways(request).contact
    if kind_of(request) == "hold":
        return (contact.HoldContact, pb.HoldContactRequest), (contact.ReleaseContact, pb.ReleaseContactRequest)
    return (contact.RestrictContact, pb.RestrictContactRequest), (contact.LiftRestriction, pb.LiftRestrictionRequest)


def kind_of(request: Request) -> str:
    """The kind that the address ends with."""
    return request.url.path.rpartition("/")[2]


def laid(request: Request, contact: pb.Contact) -> list[Laid]:
    """The bars that lie on a person."""
    found = ((kind, getattr(contact, field)) for kind, field in FIELDS.items() if contact.HasField(field))
    return [Laid(NAMES[kind], MEANINGS[kind], one, owner_name(request, one.actor)) for kind, one in found]
