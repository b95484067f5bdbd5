"""What a touch must be to be accepted: hand-written checks, because this path is walked for every touch."""

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from chassis.errors import Violation

from services.interaction.domain.errors import (
    ArgumentInvalidError,
    IdentifierKindMismatchError,
    SourceNotYoursError,
    SourceTakenError,
    TouchAheadOfTimeError,
    TouchInvalidError,
    TouchTooLargeError,
    TouchTooOldError,
)
from services.interaction.domain.ids import is_uuid7, parse_touch_name

MAX_TOUCH_BYTES = 32 * 1024
MAX_ATTRIBUTE_BYTES = 16 * 1024
MAX_BATCH = 1000
FIRST_US = 946_684_800_000_000  # 2000-01-01
AHEAD_US = 300_000_000
LAST_DIRECTION = 3
SOURCES = "sources/"
LONGEST_NAME = 140  # of those that a touch may hold: a variant's, with its campaign and its activity
ANY_CLIENT = "*"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REFERENCES = {
    "contact": re.compile(f"contacts/({_UUID})"),
    "account": re.compile(f"accounts/({_UUID})"),
    "deal": re.compile(f"deals/({_UUID})"),
    "campaign": re.compile(f"campaigns/({_UUID})"),
    "activity": re.compile(f"(?:campaigns/{_UUID}/)?activities/({_UUID})"),
    "variant": re.compile(f"(?:campaigns/{_UUID}/)?(?:activities/{_UUID}/)?variants/({_UUID})"),
}
_LIMITS: dict[str, tuple[tuple[str, ...], int]] = {
    "utm": (("source", "medium", "campaign", "term", "content"), 200),
    "names": (("contact", "account", "deal", "campaign", "activity", "variant", "message"), 500),
    "actor": (("user", "display_name"), 500),
    "evidence": (("ip", "user_agent"), 1000),
}  # the texts of a part, and the bytes that each may have
_SOURCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_KIND = re.compile(r"email|phone|cookie|contact|crm:[a-z0-9][a-z0-9_-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Source:
    """Someone who may record touches under a name of its own."""

    id: str
    client: str
    identifier_kind: str
    display_name: str = ""
    is_whole_seconds: bool = False


class References(NamedTuple):
    """The ids that a touch names, 16 bytes each or none."""

    contact: bytes
    account: bytes
    deal: bytes
    campaign: bytes
    activity: bytes
    variant: bytes


names = attrgetter(*References._fields)
NO_REFERENCES = References(*(b"",) * len(References._fields))


def check_source(source: Source) -> None:
    """Refuse a source that could not be used."""
    rules = [
        ("name", _SOURCE.fullmatch(source.id), "is sources/ and 1-63 lower-case letters, digits and hyphens"),
        ("client", 0 < len(source.client) <= 200, "has 1-200 characters"),
        (
            "identifier_kind",
            _KIND.fullmatch(source.identifier_kind),
            "is email, phone, cookie, contact or crm:<system>",
        ),
        ("display_name", len(source.display_name.encode()) <= 200, "has at most 200 bytes"),
    ]
    broken = [Violation(f"source.{name}", text, "SOURCE_INVALID") for name, holds, text in rules if not holds]
    if broken:
        raise TouchInvalidError(violations=broken)


def register(held: Source | None, given: Source) -> Source:
    """The source to keep: a source never changes hands, nor the kind of its identifiers."""
    check_source(given)
    if held and (held.client, held.identifier_kind) != (given.client, given.identifier_kind):
        raise SourceTakenError(source=held.id)
    return given


def check_use(source: Source, client: str, kind: str) -> None:
    """Refuse a source that is another client's, or another kind of identifier."""
    if source.client not in (client, ANY_CLIENT):
        raise SourceNotYoursError(source=source.id)
    if source.identifier_kind != kind:
        raise IdentifierKindMismatchError(
            violations=[Violation("identifier.kind", f"is {source.identifier_kind} for this source", "KIND_MISMATCH")]
        )


def check_touch(said: Any, *, size: int, now_us: int) -> References:
    """Refuse a touch that breaks a rule of its own; answers the ids that it names.

    `said` is a public Touch, or has its attributes; times have `seconds` and `nanos`. `size` is its bytes.
    """
    if size > MAX_TOUCH_BYTES:
        raise TouchTooLargeError(size=size, limit=MAX_TOUCH_BYTES)
    broken: list[Violation] = []
    _check_required(said, broken)
    references = _references(names(said), broken)
    if said.message or said.HasField("message_time"):
        _check_message(said, broken)
    _check_parts(said, broken)
    if said.correction_of:
        _check_correction(said.correction_of, broken)
    if broken:
        raise TouchInvalidError(violations=broken)
    _check_time(microseconds(said.occurred_time), now_us)
    return references


def has_sound_parts(said: Any) -> bool:
    """Whether no message within a touch breaks a rule."""
    broken: list[Violation] = []
    _check_parts(said, broken)
    return not broken


def references(names: tuple[str, ...]) -> References | None:
    """The ids in the names that a touch may hold, as `names` gives them; None where one is no such name."""
    broken: list[Violation] = []
    found = _references(names, broken)
    return None if broken else found


def microseconds(moment: Any) -> int:
    """A moment with `seconds` and `nanos` in whole microseconds."""
    return int(moment.seconds) * 1_000_000 + int(moment.nanos) // 1000


def settle_time(occurred_us: int, now_us: int, *, is_whole_seconds: bool) -> int:
    """When it occurred: whole seconds become the end of that second, never later than receipt."""
    if not is_whole_seconds or occurred_us % 1_000_000:
        return occurred_us
    return max(occurred_us, min(occurred_us + 999_999, now_us))


def _check_time(occurred_us: int, now_us: int) -> None:
    if occurred_us < FIRST_US:
        raise TouchTooOldError(violations=[Violation("occurred_time", "is before 2000", "TOO_OLD")])
    if occurred_us > now_us + AHEAD_US:
        raise TouchAheadOfTimeError(violations=[Violation("occurred_time", "is more than 5 minutes ahead", "AHEAD")])


def _check_required(said: Any, broken: list[Violation]) -> None:
    identifier, source = said.identifier, said.source
    for field, value, limit in (
        ("identifier.kind", identifier.kind, 320),
        ("identifier.value", identifier.value, 320),
        ("type", said.type, 63),
        ("source_event_id", said.source_event_id, 200),
    ):
        if not value or len(value) * 4 > limit:
            _check_text(field, value, limit, broken)
    if not source.startswith(SOURCES) or not _SOURCE.fullmatch(source, len(SOURCES)):
        broken.append(Violation("source", "is a name of the form sources/{source}", "SOURCE_NAME"))
    moment = said.occurred_time
    if not moment.seconds and not moment.nanos:
        broken.append(Violation("occurred_time", "is required", "REQUIRED"))
    elif not 0 <= moment.nanos < 1_000_000_000 or not -62_135_596_800 <= moment.seconds <= 253_402_300_799:
        broken.append(Violation("occurred_time", "is no moment", "TIMESTAMP"))


def _check_text(field: str, value: str, limit: int, broken: list[Violation]) -> None:
    if not value:
        broken.append(Violation(field, "is required", "REQUIRED"))
    elif len(value) > limit or len(value.encode()) > limit:
        broken.append(Violation(field, f"has at most {limit} bytes", "TOO_LONG"))


def _references(names: tuple[str, ...], broken: list[Violation]) -> References:
    if not any(names):
        return NO_REFERENCES
    return References(*map(_reference, References._fields, names, [broken] * len(names)))


def _reference(field: str, value: str, broken: list[Violation]) -> bytes:
    if not value:
        return b""
    found = _id(field, value) if len(value) <= LONGEST_NAME else b""
    if not found:
        broken.append(Violation(field, "is not a name of this resource", "RESOURCE_NAME_INVALID"))
    return found


@lru_cache(10_000)  # most touches name a campaign and an activity that others name too
def _id(field: str, name: str) -> bytes:
    found = _REFERENCES[field].fullmatch(name)
    return bytes.fromhex(found[1].replace("-", "")) if found else b""


def _check_message(said: Any, broken: list[Violation]) -> None:
    message, moment = said.message, said.message_time
    has_time = bool(moment.seconds or moment.nanos)
    if has_time and not message:
        broken.append(Violation("message", "comes with message_time", "REQUIRED"))
    if not message:
        return
    _check_text("message", message, 200, broken)
    if not has_time and not is_uuid7(message):
        broken.append(Violation("message_time", "is needed, since message is no UUIDv7", "REQUIRED"))
    if has_time and not FIRST_US <= microseconds(moment) < 4_102_444_800_000_000:
        broken.append(Violation("message_time", "is between 2000 and 2100", "TIMESTAMP"))


def _check_parts(said: Any, broken: list[Violation]) -> None:
    """Check the messages within a touch, those that it has."""
    for field, (names, limit) in _LIMITS.items():
        if said.HasField(field):
            _check_each(field, getattr(said, field), names, limit, broken)
    if said.HasField("evidence") and len(said.evidence.body) > MAX_ATTRIBUTE_BYTES:
        broken.append(Violation("evidence.body", "has at most 16 KiB", "TOO_LONG"))
    if said.HasField("value"):
        _check_value(said.value, broken)
    if not 0 <= said.direction <= LAST_DIRECTION or (said.HasField("actor") and not 0 <= said.actor.kind <= 3):
        broken.append(Violation("direction", "or actor.kind is not a known value", "ENUM"))


def _check_value(value: Any, broken: list[Violation]) -> None:
    if (value.units or value.nanos) and not _CURRENCY.fullmatch(value.currency_code):
        broken.append(Violation("value.currency_code", "is three capital letters", "CURRENCY"))


def _check_each(field: str, holder: Any, names: tuple[str, ...], limit: int, broken: list[Violation]) -> None:
    if holder.ByteSize() <= limit:
        return
    for name in names:
        value = getattr(holder, name)
        if len(value) * 4 > limit and len(value.encode()) > limit:
            broken.append(Violation(f"{field}.{name}", f"has at most {limit} bytes", "TOO_LONG"))


def _check_correction(name: str, broken: list[Violation]) -> None:
    try:
        parse_touch_name(name)
    except ArgumentInvalidError:
        broken.append(Violation("correction_of", "is a name of the form touches/{touch}", "RESOURCE_NAME_INVALID"))
