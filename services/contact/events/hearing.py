"""What contact hears: requests and browsers of the public edge, and its own erasures."""

import json
from datetime import UTC
from uuid import UUID

from chassis import telemetry
from chassis.bus import Invalid, Record
from chassis.clock import Clock, SystemClock
from chassis.db import Tx
from chassis.errors import DomainError
from chassis.telemetry import metrics
from google.protobuf.message import DecodeError
from identity import COOKIE, Subjects
from touchline.contact.v1 import contact_events_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import BrowserBound, ConsentRequest

from services.contact.domain import facts, requests
from services.contact.domain.browsers import SIZE, Bound, Browser
from services.contact.domain.erasures import ErasedSubject, Exclusion, Holding
from services.contact.domain.identifiers import Given, know
from services.contact.models import CONTACT, ERASURE
from services.contact.usecases.browsers import bind_browser
from services.contact.usecases.erasures import reapply_erasure
from services.contact.usecases.requests import apply_consent_request

LOG = telemetry.logger(__name__)
CONSENT_REQUESTS = "touchline.interaction.consent_requests.v1"


class ConsentRequestHandler:
    """Applies each request of the public edge once, and links each browser that it tells of once."""

    def __init__(self, subjects: Subjects, clock: Clock | None = None) -> None:
        self._subjects = subjects
        self._clock = clock or SystemClock()

    async def __call__(self, tx: Tx, record: Record) -> None:
        """Apply one record; one that was applied before changes nothing."""
        if record.header("ce_type") != BrowserBound.DESCRIPTOR.full_name:
            await apply_consent_request(tx, decode_request(record), now=self._clock.now())
            return
        browser = decode_browser(record, self._subjects)
        outcome = await bind_browser(tx, browser, now=self._clock.now())
        metrics.BROWSERS_TOLD.labels(outcome.value).inc()
        if outcome not in {Bound.LINKED, Bound.REPEATED}:
            LOG.info("browser_not_linked", outcome=outcome.value, message=str(browser.message))


class ErasureHandler:
    """Reads our own stream of erasures: whom a backup brought back is erased again."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    async def __call__(self, tx: Tx, record: Record) -> None:
        """Erase again; who is erased already stays so."""
        await reapply_erasure(tx, decode_erasure(record), now=self._clock.now())


def decode_erasure(record: Record) -> facts.ContactErased:
    """The fact in a record of our stream of erasures."""
    try:
        said = pb.ContactEvent.FromString(record.value).contact_erased
        return facts.ContactErased(
            erasure=ERASURE.parse_uuid(said.erasure),
            contact=CONTACT.parse_uuid(said.contact),
            contacts=[(CONTACT.parse_uuid(each.contact), each.revision) for each in said.contacts],
            subjects=[_erased_subject(each) for each in said.subjects],
            deadline_time=said.deadline_time.ToDatetime(tzinfo=UTC),
            time=said.erase_time.ToDatetime(tzinfo=UTC),
            delete_time=said.delete_time.ToDatetime(tzinfo=UTC) if said.HasField("delete_time") else None,
        )
    except (DecodeError, DomainError, ValueError, OverflowError):
        raise Invalid("not an erasure of the contact service") from None


def _erased_subject(said: pb.ContactErased.Subject) -> ErasedSubject:
    holdings, others = (tuple(map(_holding, each)) for each in (said.holdings, said.other_holdings))
    exclusions = tuple(Exclusion(each.touch, CONTACT.parse_uuid(each.contact)) for each in said.other_exclusions)
    return ErasedSubject(said.subject, said.kind, said.shared, holdings, others, exclusions)


def _holding(said: pb.ContactErased.Holding) -> Holding:
    ends = (
        getattr(said, name).ToDatetime(tzinfo=UTC) if said.HasField(name) else None for name in ("from_time", "to_time")
    )
    return Holding(CONTACT.parse_uuid(said.contact), *ends)


def decode_browser(record: Record, subjects: Subjects) -> Browser:
    """The browser in a record; one that nobody can link is a dead letter."""
    try:
        said = BrowserBound.FromString(record.value)
        browser = Browser(
            cookie=know(Given(COOKIE, said.cookie), subjects),
            subject=said.subject,
            contact=UUID(said.contact.removeprefix("contacts/")) if said.contact else None,
            message=UUID(said.message),
            bind_time=said.bind_time.ToDatetime(tzinfo=UTC),
        )
    except (DecodeError, DomainError, ValueError, OverflowError):
        raise Invalid("not a browser of the edge") from None
    if len(browser.subject) != SIZE:
        raise Invalid("a browser without a recipient")
    return browser


def decode_request(record: Record) -> requests.ConsentRequest:
    """The request in a record; one that nobody can apply is a dead letter."""
    try:
        said = ConsentRequest.FromString(record.value)
        request = requests.ConsentRequest(
            message=UUID(said.message),
            subject=said.subject,
            purpose=said.purpose,
            topic=said.topic,
            wish=requests.Wish(ConsentRequest.Wish.Name(said.wish).removeprefix("WISH_")),
            slot=said.slot,
            request_time=said.request_time.ToDatetime(tzinfo=UTC),
            caller_hash=said.caller_hash,
            evidence=_evidence(said),
            way=said.channel,
            keyword=said.keyword,
            contact=UUID(said.contact.removeprefix("contacts/")) if said.contact else None,
        )
    except (DecodeError, ValueError, OverflowError):
        raise Invalid("not a request of the edge") from None
    if why := requests.problem(request):
        raise Invalid(why)
    return request


def _evidence(said: ConsentRequest) -> str:
    """Which mail's link it was, and which way it came, for whoever asks later."""
    origin = ConsentRequest.Origin.Name(said.origin).removeprefix("ORIGIN_").lower()
    told = {"origin": origin, "message": said.message, "campaign": said.campaign, "activity": said.activity}
    told["keyword"] = said.keyword
    return json.dumps({name: value for name, value in told.items() if value}, separators=(",", ":"))
