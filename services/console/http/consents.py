"""What a person allows by purpose, channel and topic, all that was ever said about it, and the proof to take along."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import consent
from services.console.http.contact import contact_of, name_of
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of

LINES = 50
MOST = 1_000
BASES = sayings(
    {
        pb.ConsentEvent.LAWFUL_BASIS_CONSENT: "consent",
        pb.ConsentEvent.LAWFUL_BASIS_LEGITIMATE_INTEREST: "legitimate interest",
        pb.ConsentEvent.LAWFUL_BASIS_CONTRACT: "contract",
        pb.ConsentEvent.LAWFUL_BASIS_LEGAL_OBLIGATION: "legal obligation",
    }
)


async def show(request: Request) -> Response:
    """GET …/record/consent: how things stand, and the history, newest first."""
    contact = await contact_of(request)
    if contact.name != name_of(request):
        return RedirectResponse(f"/{contact.name}/record/consent", status_code=303)
    listed = gateways(request).contact.ListConsentEvents
    everything = (await listed(pb.ListConsentEventsRequest(parent=contact.name, page_size=MOST))).consent_events
    token = page_token(request)
    told = await listed(pb.ListConsentEventsRequest(parent=contact.name, page_size=LINES, page_token=token))
    return page(
        request,
        "records/consent.html",
        at=reader_of(request),
        contact=contact,
        standing=consent.fold(everything),
        events=[(each, *described(each)) for each in told.consent_events],
        basis=BASES.get,
        next_page=told.next_page_token,
    )


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
