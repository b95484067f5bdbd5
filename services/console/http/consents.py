"""What a person allows: how it stands, all that was said, the proof to take along, and asking for a confirmation."""

from collections.abc import Sequence

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, PermissionDenied, ResourceExhausted
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.gateways import SOURCE
from services.console.http import consent, forms
from services.console.http.contact import contact_of, name_of
from services.console.http.guard import gateways
from services.console.http.language import LANGUAGES, _, sayings
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of

MOST = 1_000
REFUSALS = (AlreadyExists, FailedPrecondition, InvalidArgument, PermissionDenied, ResourceExhausted)
FIELDS = ("address", "purpose", "topic", "language")
BASES = sayings(
    {
        pb.ConsentEvent.LAWFUL_BASIS_CONSENT: "consent",
        pb.ConsentEvent.LAWFUL_BASIS_LEGITIMATE_INTEREST: "legitimate interest",
        pb.ConsentEvent.LAWFUL_BASIS_CONTRACT: "contract",
        pb.ConsentEvent.LAWFUL_BASIS_LEGAL_OBLIGATION: "legal obligation",
    }
)


async def show(request: Request) -> Response:
    """GET …/record/consent: how things stand, and the history, newest first; behind the first page only that."""
    return await consent_page(request, forms.drawn())


async def consent_page(request: Request, form: forms.Form) -> Response:
    contact = await contact_of(request)
    if contact.name != name_of(request):
        return RedirectResponse(f"/{contact.name}/record/consent", status_code=303)
    token = page_token(request)
    wish = pb.ListConsentEventsRequest(parent=contact.name, page_size=MOST, page_token=token)
    told = await gateways(request).contact.ListConsentEvents(wish)
    form.values.setdefault("language", contact.language[:2])
    return page(
        request,
        "records/consent.html",
        status=form.status,
        at=reader_of(request),
        contact=contact,
        form=form,
        is_first=not token,
        standing=consent.fold(told.consent_events),
        events=[(each, *described(each)) for each in told.consent_events],
        basis=BASES.get,
        addresses=askable(contact),
        purposes=purposes(),
        tongues=LANGUAGES,
        next_page=told.next_page_token,
    )


def purposes() -> dict[str, str]:
    """What a consent can be about, by its number in a form."""
    return {str(each): word for each, word in consent.PURPOSES.items()}


def askable(contact: pb.Contact) -> Sequence[str]:
    """The addresses that a confirmation can be asked of; none where they are masked, or nothing may be sent to her."""
    if contact.masked or contact.HasField("restriction") or contact.state != pb.Contact.STATE_ACTIVE:
        return ()
    return [each.value for each in contact.identifiers if each.kind == "email"]


async def ask(request: Request, form: FormData) -> Response:
    """POST …/record/consent/ask: double opt-in; a mail asks the person, and nothing is allowed until she confirms."""
    found = forms.read(form, longest=500)
    if found["purpose"] not in purposes():
        found.complain("purpose", _(forms.OLD_FORM))
    if not found.wrong:
        wish = pb.OptIn(
            address=pb.Identifier(kind="email", value=found["address"]),
            purpose=int(found["purpose"]),
            topic=found["topic"].strip(),
            language=found["language"],
            source=SOURCE,
        )
        try:
            await gateways(request).contact.RequestOptIn(
                pb.RequestOptInRequest(opt_in=wish, request_id=found["request"])
            )
            return RedirectResponse(f"/{name_of(request)}/record/consent", status_code=303)
        except REFUSALS as error:
            forms.refuse(found, error, FIELDS)
    return await consent_page(request, found)


async def proof(request: Request) -> Response:
    """GET …/record/consent/proof: JSON lines that anybody can check, without an address."""
    name = name_of(request)
    found = await gateways(request).contact.GetConsentProof(pb.GetConsentProofRequest(parent=name))
    headers = {"content-disposition": 'attachment; filename="consent-proof.jsonl"', "cache-control": "no-store"}
    text = "\n".join(found.lines) + "\n"
    return Response(text, media_type="application/x-ndjson; charset=utf-8", headers=headers)


def described(event: pb.ConsentEvent) -> tuple[str, str, str]:
    """What an event is about, what it says, and how that is to be taken."""
    line = consent.line(event, several=False)
    purpose = consent.PURPOSES.get(event.purpose, _("Anything"))
    about = line.about if not event.topic else f"{line.about} ({purpose.lower()})"
    return about, line.state, line.tone
