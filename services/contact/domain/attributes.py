"""What registered attributes may say. A name without a definition takes any value, unless the installation refuses it.

Values are as they are kept: text, a whole number, true or false, `{"number": …}`, `{"time": …}`, `{"date": …}`, or a
list of words. What stands is never judged again: only a value that is new to its contact is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from chassis.errors import Violation

from services.contact.domain.errors import AttributeInvalidError, field_invalid

MOST_DEFINITIONS = 500
LONGEST_TEXT = 2000
MASK = "•••"  # what stands in place of a value for whoever may not see it
_NUMBER = re.compile(r"[+-]?(\d{1,15}|\d{0,15}\.\d{1,15})", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_FORM = {"STRING": "text", "NUMBER": "a number", "BOOLEAN": "yes or no", "DATE": "a day such as 2027-03-31"}
_FORM |= {"TIMESTAMP": "a moment such as 2027-03-31T09:30:00Z", "CHOICE": "one of its choices"}
_FORM |= {"MULTI_CHOICE": "some of its choices", "URL": "an address that begins with https:// or http://"}


class Type(StrEnum):
    """What an attribute's values are."""

    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    CHOICE = "CHOICE"
    MULTI_CHOICE = "MULTI_CHOICE"
    URL = "URL"


class DataClass(StrEnum):
    """What they tell about a person."""

    NOT_PERSONAL = "NOT_PERSONAL"
    PERSONAL = "PERSONAL"


class Fault(StrEnum):
    """What is wrong with a value."""

    WRONG_TYPE = "WRONG_TYPE"
    TOO_LONG = "TOO_LONG"
    NOT_A_CHOICE = "NOT_A_CHOICE"
    NOT_A_URL = "NOT_A_URL"
    ARCHIVED = "ARCHIVED"
    UNKNOWN_ATTRIBUTE = "UNKNOWN_ATTRIBUTE"
    MASKED = "MASKED"


CHOSEN = frozenset((Type.CHOICE, Type.MULTI_CHOICE))
WORDS = {
    Fault.TOO_LONG: f"is longer than {LONGEST_TEXT} characters",
    Fault.NOT_A_CHOICE: "is none of the attribute's choices",
    Fault.NOT_A_URL: "is no address that begins with https:// or http://",
    Fault.ARCHIVED: "is archived: it takes no new values",
    Fault.UNKNOWN_ATTRIBUTE: "is no registered attribute",
    Fault.MASKED: "is a mask, not a value",
}


@dataclass(frozen=True)
class Definition:
    """One registered attribute, as values are held against it."""

    type: Type
    choices: tuple[str, ...] = ()
    is_archived: bool = False
    data_class: DataClass = DataClass.PERSONAL


@dataclass(frozen=True)
class Registry:
    """Every definition by the attribute's name; `is_closed` where names without one are refused."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    is_closed: bool = False

    def fault(self, name: str, value: Any) -> Fault | None:
        """What is wrong with a value under a name; what somebody saw masked is no value under any."""
        if MASK in (value if isinstance(value, list) else [value]):
            return Fault.MASKED
        known = self.definitions.get(name)
        if known is None:
            return Fault.UNKNOWN_ATTRIBUTE if self.is_closed else None
        return Fault.ARCHIVED if known.is_archived else _misfit(known, value)

    def read(self, name: str, said: str) -> Any:
        """The value that a cell of a table says; raises InvalidValueError with what is wrong with it."""
        known = self.definitions.get(name)
        value = said if known is None else _parse(known, said)
        if fault := self.fault(name, value):
            raise InvalidValueError(fault)
        return value

    @property
    def not_personal(self) -> frozenset[str]:
        """The attributes that everybody may see."""
        open_ = DataClass.NOT_PERSONAL
        return frozenset(name for name, known in self.definitions.items() if known.data_class is open_)

    def form(self, name: str) -> str:
        """What a value has to be, in words."""
        return _FORM[self.definitions[name].type]


ANYTHING = Registry()  # nothing is registered, and anything taken


class InvalidValueError(Exception):
    """A value does not fit its attribute."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def check_values(
    registry: Registry, told: Mapping[str, Any], before: Mapping[str, Any], field_: str = "contact.attributes"
) -> None:
    """Refuse what is new among these attributes and does not fit, each named by its path."""
    found = list(_violations(registry, told, before, field_))
    if found:
        raise AttributeInvalidError(violations=found)


def check_choices(type_: Type, choices: Sequence[str]) -> None:
    """Choices belong to the types that choose, each once."""
    where = "attribute_definition.choices"
    if type_ in CHOSEN and not choices:
        raise field_invalid(where, "is empty; a choice needs at least one")
    if type_ not in CHOSEN and choices:
        raise field_invalid(where, "belongs to the types CHOICE and MULTI_CHOICE alone")
    if len(set(choices)) != len(choices):
        raise field_invalid(where, "names a choice twice")
    if any("\0" in each or each != each.strip() for each in choices):
        raise field_invalid(where, "holds a choice that begins or ends with a space, or holds U+0000")


def _violations(
    registry: Registry, told: Mapping[str, Any], before: Mapping[str, Any], field_: str
) -> Iterator[Violation]:
    for name, value in told.items():
        held = before.get(name)
        if type(held) is type(value) and held == value:
            continue
        if fault := registry.fault(name, value):
            words = WORDS.get(fault) or f"is not {registry.form(name)}"
            yield Violation(f"{field_}.{name}", words, fault)


def _misfit(known: Definition, value: Any) -> Fault | None:
    if not _is_of_type(known.type, value):
        return Fault.WRONG_TYPE
    if known.type in CHOSEN:
        chosen = {value} if isinstance(value, str) else set(value)
        return None if chosen <= set(known.choices) else Fault.NOT_A_CHOICE
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return Fault.TOO_LONG
    return Fault.NOT_A_URL if known.type is Type.URL and not _is_url(value) else None


def _is_of_type(type_: Type, value: Any) -> bool:
    match value:
        case bool():
            return type_ is Type.BOOLEAN
        case int() | {"number": _}:
            return type_ is Type.NUMBER
        case {"time": _}:
            return type_ is Type.TIMESTAMP
        case {"date": _}:
            return type_ is Type.DATE
        case list():
            return type_ is Type.MULTI_CHOICE
    return type_ in {Type.STRING, Type.CHOICE, Type.URL}


def _is_url(text: str) -> bool:
    if any(letter <= " " or letter == "\x7f" for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _parse(known: Definition, said: str) -> Any:
    match known.type:
        case Type.CHOICE:
            return _choice(known, said)
        case Type.MULTI_CHOICE:
            return list(dict.fromkeys(_choice(known, each.strip()) for each in said.split(";") if each.strip()))
    return _PARSERS.get(known.type, str)(said)


def _number(said: str) -> Any:
    if _WHOLE.fullmatch(said):
        return int(said)
    if _NUMBER.fullmatch(said):
        return {"number": float(said)}
    raise InvalidValueError(Fault.WRONG_TYPE)


def _boolean(said: str) -> bool:
    found = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
    if said.casefold() not in found:
        raise InvalidValueError(Fault.WRONG_TYPE)
    return found[said.casefold()]


def _calendar(said: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise InvalidValueError(Fault.WRONG_TYPE)


def _moment(said: str) -> datetime:
    """A moment as ISO 8601 has it; one that names no zone is read as UTC."""
    try:
        found = datetime.fromisoformat(said)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValueError(Fault.WRONG_TYPE) from None


def _choice(known: Definition, said: str) -> str:
    """A choice as it is registered, whatever the case in which a table writes it."""
    found = {each.casefold(): each for each in known.choices}.get(said.casefold())
    if found is None:
        raise InvalidValueError(Fault.NOT_A_CHOICE)
    return found


_PARSERS: Mapping[Type, Callable[[str], Any]] = {
    Type.NUMBER: _number,
    Type.BOOLEAN: _boolean,
    Type.DATE: lambda said: {"date": _calendar(said).isoformat()},
    Type.TIMESTAMP: lambda said: {"time": _moment(said).isoformat()},
}
