"""How a row of a table becomes a contact: columns by their titles, values by their targets, refusals by reason."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from identity import EMAIL, PHONE, InvalidIdentifierError, Subjects, normalise

from services.contact.domain.attributes import ANYTHING, MASK, InvalidValueError, Registry
from services.contact.domain.columns import LEAVE_OUT, TARGETS, by_title, country_code, slug, yes
from services.contact.domain.consent import Status
from services.contact.domain.contacts import is_time_zone
from services.contact.domain.errors import ImportWithoutIdentifierError, field_invalid
from services.contact.domain.history import ATTRIBUTE
from services.contact.domain.identifiers import ROLE_KINDS, Known, forms_of

LONGEST = {"display_name": 200, "given_name": 100, "family_name": 100, "title": 200, "account": 200, "stage": 60}
LONGEST_ATTRIBUTE = 2000
_TARGET = re.compile(
    r"crm:[a-z0-9][a-z0-9_-]{0,39}|attributes\.[a-z][a-z0-9_]{0,59}"
    r"|consent\.(marketing|tracking|profiling|advertising)\.(email|sms|phone|post|advert)"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Reason(StrEnum):
    """Why a row is refused."""

    NO_IDENTIFIER = "NO_IDENTIFIER"
    INVALID_EMAIL = "INVALID_EMAIL"
    INVALID_PHONE = "INVALID_PHONE"
    INVALID_VALUE = "INVALID_VALUE"
    RAGGED_ROW = "RAGGED_ROW"
    WRONG_ENCODING = "WRONG_ENCODING"
    AMBIGUOUS = "AMBIGUOUS"
    INVALID_ATTRIBUTE = "INVALID_ATTRIBUTE"
    ERASED = "ERASED"
    MASKED_VALUE = "MASKED_VALUE"


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


class RowRefusedError(Exception):
    """One row cannot be imported; the others go on."""

    def __init__(self, reason: Reason, column: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


@dataclass(frozen=True)
class Value:
    """An identifier of a row: as written, and in normal form."""

    kind: str
    written: str
    normal: str


def know_read(value: Value, subjects: Subjects, region: str) -> Known:
    """An identifier of a row with its subject; its normal form is that of the version in force."""
    is_shown_normal = value.kind in ROLE_KINDS
    if not subjects.has_several:
        shown = value.normal if is_shown_normal else value.written
        return Known(value.kind, shown, subjects.subject(value.kind, value.normal))
    normal = subjects.normal(value.kind, value.written, region)
    return Known(
        value.kind,
        normal if is_shown_normal else value.written,
        subjects.subject(value.kind, normal),
        version=subjects.version,
        forms=forms_of(value.kind, value.written, subjects, region),
    )


@dataclass
class Person:
    """What one row says about somebody; empty fields say nothing."""

    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    identifiers: list[Value] = field(default_factory=list)
    consents: list[tuple[str, str, Status]] = field(default_factory=list)
    account: str = ""

    def of_kind(self, *prefixes: str) -> list[Value]:
        """The identifiers whose kind begins so."""
        return [each for each in self.identifiers if each.kind.startswith(prefixes)]


def map_columns(columns: Sequence[str], by_hand: Mapping[str, str], registry: Registry = ANYTHING) -> dict[str, str]:
    """Column title to target: as somebody said, else by its title, else an attribute of that name.

    Where attributes need a definition, a column that nobody mapped and that is none is left out.
    """
    strangers = sorted(set(by_hand) - set(columns))
    if strangers:
        raise field_invalid("contact_import.mapping", f"{strangers[0]!r} is no column")
    mapping = {title: by_hand.get(title) or _known(by_title(title), registry) for title in columns}
    for title, target in mapping.items():
        if _known(target, registry) != target:
            raise field_invalid("contact_import.mapping", f"{title!r} goes to an attribute that is not registered")
        if target not in TARGETS and not _TARGET.fullmatch(target):
            raise field_invalid("contact_import.mapping", f"{title!r} goes to an unknown target {target!r}")
    if not any(is_identifier(target) for target in mapping.values()):
        raise ImportWithoutIdentifierError
    return mapping


def _known(target: str, registry: Registry) -> str:
    name = target.removeprefix(ATTRIBUTE)
    is_unknown = registry.is_closed and target != name and name not in registry.definitions
    return LEAVE_OUT if is_unknown else target


def is_identifier(target: str) -> bool:
    """Whether a column holds identifiers."""
    return target in {EMAIL, PHONE} or target.startswith("crm:")


def read_row(
    columns: Sequence[str],
    mapping: Mapping[str, str],
    values: Sequence[str],
    region: str,
    registry: Registry = ANYTHING,
) -> Person:
    """Read one row, or raise why it cannot be."""
    if len(values) != len(columns):
        raise RowRefusedError(Reason.RAGGED_ROW)
    person = Person()
    for title, value in zip(columns, values, strict=True):
        said = value.strip()
        if not said or mapping[title] == LEAVE_OUT:
            continue
        if "\ufffd" in said or "\x00" in said:
            raise RowRefusedError(Reason.WRONG_ENCODING, title)
        if said == MASK:  # a table of what somebody saw masked
            raise RowRefusedError(Reason.MASKED_VALUE, title)
        _reader(mapping[title])(person, said, title, region)
    if not person.identifiers:
        raise RowRefusedError(Reason.NO_IDENTIFIER)
    if registry.definitions or registry.is_closed:
        _hold(person, mapping, registry)
    return person


def _hold(person: Person, mapping: Mapping[str, str], registry: Registry) -> None:
    """Read the attributes as their definitions say."""
    for name, said in person.attributes.items():
        try:
            person.attributes[name] = registry.read(name, said)
        except InvalidValueError:
            titles = (title for title, target in mapping.items() if target in {name, ATTRIBUTE + name})
            raise RowRefusedError(Reason.INVALID_ATTRIBUTE, next(titles, "")) from None


@lru_cache(4096)  # asked for every cell
def _reader(target: str) -> Callable[[Person, str, str, str], None]:
    """What a value of a column says about a person, given the column's title and the region."""
    kind, _, rest = target.partition(".")
    if is_identifier(target):
        return partial(_read_identifiers, target)
    if kind == "attributes":
        return partial(_read_attribute, rest)
    if kind == "consent":
        return partial(_read_consent, *rest.upper().split("."))
    return {"opt_out": _read_opt_out, "tags": _read_tags, "account": _read_account}.get(
        target, partial(_read_field, target)
    )


def _read_identifiers(kind: str, person: Person, said: str, title: str, region: str) -> None:
    """The identifiers in a cell; several e-mail addresses may be separated by semicolons, as CRMs export them."""
    written = [each.strip() for each in said.split(";") if each.strip()] if kind == EMAIL else [said]
    try:
        person.identifiers.extend(Value(kind, each, normalise(kind, each, region)) for each in written)
    except InvalidIdentifierError:
        reason = {EMAIL: Reason.INVALID_EMAIL, PHONE: Reason.INVALID_PHONE}.get(kind, Reason.INVALID_VALUE)
        raise RowRefusedError(reason, title) from None


def _read_attribute(name: str, person: Person, said: str, title: str, _region: str) -> None:
    person.attributes[name] = _bounded(said, LONGEST_ATTRIBUTE, title)


def _read_consent(purpose: str, channel: str, person: Person, said: str, _title: str, _region: str) -> None:
    person.consents.append((purpose, channel, Status.GRANTED if yes(said) else Status.DENIED))


def _read_opt_out(person: Person, said: str, _title: str, _region: str) -> None:
    if yes(said):
        person.consents.append(("MARKETING", "EMAIL", Status.WITHDRAWN))


def _read_tags(person: Person, said: str, title: str, _region: str) -> None:
    person.tags.extend(_bounded(tag.strip(), 60, title) for tag in re.split(r"[;,|]", said) if tag.strip())


def _read_account(person: Person, said: str, title: str, _region: str) -> None:
    person.account = _bounded(" ".join(said.split()), LONGEST["account"], title)


def _read_field(target: str, person: Person, said: str, title: str, _region: str) -> None:
    """A field of the contact; what does not fit its form is kept as an attribute, not lost."""
    if target in LONGEST:
        person.fields[target] = _bounded(" ".join(said.split()), LONGEST[target], title)
    elif fitting := _fitting(target, said):
        person.fields[target] = fitting
    else:
        person.attributes[target] = _bounded(said, LONGEST_ATTRIBUTE, title)


@lru_cache(4096)  # owners, countries and languages of a table are few
def _fitting(target: str, said: str) -> str:
    """A value in the form that its field has; empty when it cannot be."""
    match target:
        case "country":
            return country_code(said)
        case "language":
            return said if _LANGUAGE.fullmatch(said) else ""
        case "time_zone":
            return said if is_time_zone(said) else ""
        case "team":
            return slug("teams", said)
    return slug("users", said)


def _bounded(said: str, most: int, title: str) -> str:
    if len(said) > most:
        raise RowRefusedError(Reason.INVALID_VALUE, title)
    return said
