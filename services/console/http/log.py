"""Logging what a colleague did: a call, a note, a meeting. One touch, however often its form is sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

from chassis.errors import FailedPrecondition, InvalidArgument
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import SOURCE, Gateways
from services.console.http.contact import contact_of, name_of
from services.console.http.forms import sentence
from services.console.http.guard import gateways, user_of
from services.console.http.language import N_, _, sayings
from services.console.http.render import page, reader_of
from services.console.http.times import Reader, aware

LONGEST_TEXT = 4_000


@dataclass(frozen=True)
class Kind:
    """What one form records."""

    title: str
    text_key: str
    types: dict[str, str]  # touch type → how the reader chooses it

    @property
    def heading(self) -> str:
        """Its title in the reader's language."""
        return _(self.title)


KINDS = {
    "call": Kind(
        N_("Log a call"),
        "note",
        sayings(
            {"call.logged": "I called", "call.received": "They called", "call.attempted": "I called, nobody answered"}
        ),
    ),
    "note": Kind(N_("Write a note"), "text", sayings({"note.logged": "Note"})),
    "meeting": Kind(
        N_("Log a meeting"),
        "note",
        sayings(
            {
                "meeting.held": "Held",
                "meeting.missed": "They did not come",
                "meeting.scheduled": "Agreed, for that time",
            }
        ),
    ),
}


def kind_of(request: Request) -> Kind:
    found = KINDS.get(request.path_params["kind"])
    if found is None:
        raise HTTPException(404)
    return found


async def draw(request: Request) -> Response:
    """The empty form. It is drawn with the id that its touch will have: sent twice, it is one touch."""
    kind_of(request)
    drawn = reader_of(request).now
    values = {"event": str(uuid4()), "drawn": drawn.isoformat(), "when": f"{drawn:%Y-%m-%dT%H:%M}"}
    return await form_page(request, values, {})


async def form_page(request: Request, values: dict[str, str], wrong: dict[str, str]) -> Response:
    contact = await contact_of(request)
    return page(
        request,
        "touches/log.html",
        status=400 if wrong else 200,
        kind=kind_of(request),
        which=request.path_params["kind"],
        contact=contact,
        values=values,
        wrong=wrong,
    )


async def save(request: Request, form: FormData) -> Response:
    """Records the touch and waits until it is on the timeline, so that the reader sees it there."""
    values = {key: str(value)[: LONGEST_TEXT * 2] for key, value in form.items()}
    wrong = mistakes(kind_of(request), values)
    if wrong:
        return await form_page(request, values, wrong)
    try:
        name = await gateways(request).record_touch(touch(request, values))
    except (InvalidArgument, FailedPrecondition) as error:
        return await form_page(
            request,
            values,
            {"text": sentence(error.violations[0].description if getattr(error, "violations", ()) else error.message)},
        )
    return await back(request, gateways(request), name)


async def back(request: Request, found: Gateways, name: str) -> Response:
    written = await found.wait_for_touch(name)
    said = {"touch": written.thread.rpartition("/")[2], "people": "0"} if written else {"late": "1"}
    return RedirectResponse(f"/{name_of(request)}?{urlencode(said)}", status_code=303)


def mistakes(kind: Kind, values: dict[str, str]) -> dict[str, str]:
    """What the reader must mend, by field."""
    wrong = {}
    if kind.text_key == "text" and not values.get("text", "").strip():
        wrong["text"] = _("Write something: an empty note tells nobody anything.")
    if len(values.get("text", "")) > LONGEST_TEXT or "\0" in values.get("text", ""):
        wrong["text"] = _("At most {most} characters of plain text.", most=LONGEST_TEXT)
    if values.get("minutes") and not (values["minutes"].isdecimal() and int(values["minutes"]) <= 1_440):
        wrong["minutes"] = _("Whole minutes, at most a day.")
    if values.get("type") not in kind.types:
        wrong["type"] = _("Choose what happened.")
    if moment_of(values.get("when", "")) is None:
        wrong["when"] = _("A day and a time.")
    if not is_uuid(values.get("event", "")):
        wrong["text"] = _("This form is damaged. Reload the page.")
    return wrong


def moment_of(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def occurred(values: dict[str, str], at: Reader) -> datetime:
    """The moment that the reader named; where it was left as drawn, the exact one of the drawing."""
    named, drawn = moment_of(values["when"]), aware(values.get("drawn", ""))
    assert named is not None
    if drawn is not None and f"{drawn.astimezone(at.zone):%Y-%m-%dT%H:%M}" == values["when"]:
        return drawn
    return named.replace(tzinfo=at.zone)


def touch(request: Request, values: dict[str, str]) -> pb.Touch:
    """The touch that the form says, under the contact's own id."""
    found = stated(request, values["type"], f"{user_of(request).id}/{values['event']}")
    when = occurred(values, reader_of(request)).astimezone(UTC)
    found.attributes.update(attributes(kind_of(request), values))
    if values["type"] == "meeting.scheduled":  # agreed now, for then
        found.attributes.update({"start_time": when.isoformat()})
        when = (aware(values.get("drawn", "")) or reader_of(request).now).astimezone(UTC)
    found.occurred_time.FromDatetime(when)
    return found


def stated(request: Request, kind: str, event: str) -> pb.Touch:
    """A touch that a colleague states about the contact of the address; when, and what else, is the caller's."""
    user, contact = user_of(request), name_of(request)
    return pb.Touch(
        identifier=pb.Identifier(kind="contact", value=contact.rpartition("/")[2]),
        contact=contact,
        type=kind,
        source=SOURCE,
        source_event_id=event,
        actor=pb.Actor(kind=pb.ACTOR_KIND_PERSON, user=f"users/{user.id}", display_name=user.name),
    )


def attributes(kind: Kind, values: dict[str, str]) -> dict[str, str | float]:
    said: dict[str, str | float] = {}
    if text := values.get("text", "").strip().replace("\r\n", "\n"):
        said[kind.text_key] = text
    if values.get("minutes"):
        said["duration_minutes"] = float(values["minutes"])
    for key in ("outcome", "subject"):
        if text := values.get(key, "").strip():
            said[key] = text[:200]
    return said
