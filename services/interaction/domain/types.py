"""Touch types: what a kind of touch means, what it may carry, and how its line reads."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from chassis.errors import Violation

from services.interaction.domain.errors import (
    TouchAttributesInvalidError,
    TouchInvalidError,
    TouchTypeNarrowedError,
)

Scalar = str | float | bool | None
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,2}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")


class TouchClass(IntEnum):
    """What a touch says about the person's interest."""

    ACTIVE = 1
    PASSIVE = 2
    SYSTEM = 3
    SUPPRESSED = 4


class Channel(IntEnum):
    """How people are reached."""

    EMAIL = 1
    SMS = 2
    CALL = 3
    MEETING = 4
    NOTE = 5
    WEB = 6
    FORM = 7
    CHAT = 8
    AD = 9
    EVENT = 10
    DEAL = 11
    TASK = 12
    CONSENT = 13
    POSTAL = 14
    SOCIAL = 15
    PUSH = 16
    SYSTEM = 17
    OTHER = 18


class Direction(IntEnum):
    """Who reached whom."""

    INBOUND = 1
    OUTBOUND = 2
    INTERNAL = 3


class Actor(IntEnum):
    """Who did it."""

    SYSTEM = 1
    PERSON = 2
    MACHINE = 3


class Verdict(IntEnum):
    """Whether a person did it."""

    HUMAN = 1
    MACHINE = 2
    UNKNOWN = 3


class Audience(IntEnum):
    """Who sees it."""

    EVERYONE = 1
    OWNER_TEAM = 2
    ROLE = 3


class FieldKind(IntEnum):
    """What an attribute holds."""

    ANY = 0
    STRING = 1
    NUMBER = 2
    BOOL = 3


_PYTHON: dict[FieldKind, type] = {FieldKind.STRING: str, FieldKind.NUMBER: float, FieldKind.BOOL: bool}


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute that a type knows."""

    key: str
    kind: FieldKind = FieldKind.ANY
    display_name: str = ""
    is_required: bool = False
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class TouchType:
    """One version of a kind of touch."""

    name: str
    channel: Channel
    touch_class: TouchClass
    rank: int = 0
    direction: Direction = Direction.INTERNAL
    actor: Actor = Actor.SYSTEM
    version: int = 1
    display_name: str = ""
    audience: Audience = Audience.EVERYONE
    audience_role: str = ""
    fields: tuple[Field, ...] = ()
    title_template: str = ""
    detail_template: str = ""
    is_response: bool = False
    is_builtin: bool = field(default=False, compare=False)

    @property
    def personal_keys(self) -> frozenset[str]:
        """The attributes that only the owner's team sees."""
        return frozenset(known.key for known in self.fields if known.is_personal)


def check_type(given: TouchType) -> None:
    """Refuse a touch type that nobody could use."""
    rules = [
        ("name", _NAME.fullmatch(given.name) and len(given.name) <= 63, "has two or three lower-case words with dots"),
        ("rank", 0 <= given.rank <= 100, "is 0 to 100"),
        ("fields", all(_KEY.fullmatch(known.key) for known in given.fields), "have lower_snake_case keys"),
        ("fields", len({known.key for known in given.fields}) == len(given.fields), "have each key once"),
        ("fields", len(given.fields) <= 100, "are at most 100"),
        ("audience_role", given.audience != Audience.ROLE or given.audience_role, "is needed with AUDIENCE_ROLE"),
        ("title_template", len(given.title_template) <= 500, "has at most 500 characters"),
        ("detail_template", len(given.detail_template) <= 2000, "has at most 2,000 characters"),
    ]
    broken = [Violation(f"touch_type.{name}", text, "TOUCH_TYPE_INVALID") for name, holds, text in rules if not holds]
    if broken:
        raise TouchInvalidError(violations=broken)


def next_version(held: TouchType | None, given: TouchType) -> TouchType:
    """The version to keep: the held one when nothing is new, else one that only widens it."""
    if held is None:
        return replace(given, version=1)
    if replace(given, version=held.version) == held:
        return held
    if held.is_builtin:
        raise TouchTypeNarrowedError("a built-in touch type stays as it is", type=held.name)
    if given.version not in (0, held.version + 1):
        raise TouchTypeNarrowedError("the next version is another", type=held.name, version=held.version + 1)
    _check_widens(held, given)
    return replace(given, version=held.version + 1)


def _check_widens(held: TouchType, given: TouchType) -> None:
    if (held.channel, held.touch_class) != (given.channel, given.touch_class):
        raise TouchTypeNarrowedError("the channel and the class of a type stay", type=held.name)
    new = {known.key: known for known in given.fields}
    for known in held.fields:
        kept = new.get(known.key)
        if kept is None or kept.kind not in (known.kind, FieldKind.ANY) or kept.is_required > known.is_required:
            raise TouchTypeNarrowedError("a field is gone, of another kind, or newly required", field=known.key)
    required = [key for key, known in new.items() if known.is_required and not _has(held.fields, key)]
    if required:
        raise TouchTypeNarrowedError("a new field cannot be required", field=required[0])


def _has(fields: Iterable[Field], key: str) -> bool:
    return any(known.key == key for known in fields)


def check_attributes(kind: TouchType, attributes: Mapping[str, object]) -> None:
    """Refuse attributes that lack what the type requires, or hold another kind of value."""
    broken = []
    for known in kind.fields:
        value = attributes.get(known.key)
        if value is None:
            if known.is_required:
                broken.append(Violation(f"attributes.{known.key}", "is required by the touch type", "REQUIRED"))
        elif known.kind in _PYTHON and type(value) is not _PYTHON[known.kind]:
            wanted = f"is a {known.kind.name.lower()}"
            broken.append(Violation(f"attributes.{known.key}", wanted, "ATTRIBUTE_KIND"))
    if broken:
        raise TouchAttributesInvalidError(violations=broken)
