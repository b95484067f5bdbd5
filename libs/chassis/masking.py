"""Hides personal fields from who may not see them, driven by the proto option (touchline.options.v1.pii).

The option is read by its name from the descriptor pool, so that the chassis imports no proto of ours.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import phonenumbers
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from chassis.enums import constant

OPTION = "touchline.options.v1.pii"
DOTS = "•••"
HIDDEN_KINDS = frozenset({"PII_EMAIL", "PII_PHONE", "PII_OPAQUE", "PII_IDENTIFIER"})

CanSee = bool | Callable[[str], bool]
M = TypeVar("M", bound=Message)


@dataclass
class _Plan:
    """The personal fields of one message type, and the fields to look further into."""

    personal: list[tuple[FieldDescriptor, str]] = field(default_factory=list)
    nested: list[FieldDescriptor] = field(default_factory=list)


def mask(message: M, can_see: CanSee) -> M:
    """A copy in which every personal value is masked, unless its kind may be seen.

    `can_see` is the answer for all kinds or a function of the kind's name (PII_EMAIL, PII_PHONE, PII_OPAQUE,
    PII_IDENTIFIER). Names (PII_NAME) are shown to whoever may read the resource.
    """
    masked = type(message)()
    masked.CopyFrom(message)
    if can_see is not True:
        _mask_inside(masked, can_see)
    return masked


def pii_kind(field_: FieldDescriptor) -> str:
    """The kind of personal data that a field holds; empty for none."""
    try:
        option: Any = descriptor_pool.Default().FindExtensionByName(OPTION)
    except KeyError:
        return ""
    value: int = field_.GetOptions().Extensions[option]
    return str(option.enum_type.values_by_number[value].name) if value else ""


def personal_fields(descriptor: Any, prefix: str = "", seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every personal field of a message type as (path, kind), however deep; a type inside itself is walked once."""
    if descriptor.full_name in seen:
        return
    for one in descriptor.fields:
        kind = pii_kind(one)
        if kind:
            yield f"{prefix}{one.name}", kind
        elif one.message_type is not None:
            yield from personal_fields(one.message_type, f"{prefix}{one.name}.", seen | {descriptor.full_name})


def mask_email(value: str) -> str:
    """`ada@kiln.example` becomes `a•••@k•••.example`."""
    local, at, domain = value.rpartition("@")
    name, dot, top = domain.rpartition(".")
    if not at or not dot:
        return DOTS
    return f"{local[:1]}{DOTS}@{name[:1]}{DOTS}.{top}"


def mask_phone(value: str) -> str:
    """`+493012345678` becomes `+49•••78`."""
    digits = [character for character in value if character.isdigit()]
    try:
        code = phonenumbers.parse(value).country_code
    except phonenumbers.NumberParseException:
        return DOTS
    return f"+{code}{DOTS}{''.join(digits[-2:])}"


def mask_value(kind: str, value: str) -> str:
    """Mask one value of a kind that the option or a sibling field names."""
    if not value:
        return value
    if "EMAIL" in kind.upper():
        return mask_email(value)
    return mask_phone(value) if "PHONE" in kind.upper() else DOTS


@cache
def _plan(descriptor: Any) -> _Plan:
    plan = _Plan()
    for one in descriptor.fields:
        kind = pii_kind(one)
        if kind in HIDDEN_KINDS:
            plan.personal.append((one, kind))
        elif one.message_type is not None and _holds_personal(one.message_type):
            plan.nested.append(one)
    return plan


def _holds_personal(descriptor: Any) -> bool:
    return any(kind in HIDDEN_KINDS for _, kind in personal_fields(descriptor))


def _mask_inside(message: Message, can_see: CanSee) -> None:
    plan = _plan(message.DESCRIPTOR)
    for one, kind in plan.personal:
        if not (can_see if isinstance(can_see, bool) else can_see(kind)):
            _mask_field(message, one, kind)
    for one in plan.nested:
        for part in _parts(message, one):
            _mask_inside(part, can_see)


def _mask_field(message: Message, one: FieldDescriptor, kind: str) -> None:
    said = _sibling_kind(message) if kind == "PII_IDENTIFIER" else kind
    if one.message_type is not None:
        _veil_field(message, one)
    elif one.cpp_type != FieldDescriptor.CPPTYPE_STRING or one.type == FieldDescriptor.TYPE_BYTES:
        message.ClearField(one.name)
    elif one.is_repeated:
        values = getattr(message, one.name)
        values[:] = [mask_value(said, value) for value in values]
    elif value := getattr(message, one.name):
        setattr(message, one.name, mask_value(said, value))


def _sibling_kind(message: Message) -> str:
    """What the sibling field `kind` says: an enum's name or a text."""
    one = message.DESCRIPTOR.fields_by_name.get("kind")
    if one is None:
        return "OPAQUE"
    value = getattr(message, one.name)
    if one.enum_type is None:
        return str(value)
    return constant(one.enum_type, value) or "OPAQUE"


def _parts(message: Message, one: FieldDescriptor) -> Iterator[Message]:
    """The messages that a field holds."""
    if one.message_type is not None and one.message_type.GetOptions().map_entry:
        yield from (value for value in getattr(message, one.name).values() if isinstance(value, Message))
    elif one.is_repeated:
        yield from getattr(message, one.name)
    elif message.HasField(one.name):
        yield getattr(message, one.name)


def _veil_field(message: Message, one: FieldDescriptor) -> None:
    """Hide whatever a message field holds: texts become dots, the rest is cleared."""
    value = getattr(message, one.name)
    is_map = one.message_type is not None and one.message_type.GetOptions().map_entry
    if is_map and one.message_type is not None and one.message_type.fields_by_name["value"].message_type is None:
        texts = one.message_type.fields_by_name["value"].type == FieldDescriptor.TYPE_STRING
        if not texts:
            message.ClearField(one.name)
            return
        for key in value:
            value[key] = DOTS
        return
    for part in _parts(message, one):
        _veil(part)


def _veil(message: Message) -> None:
    for one, _ in message.ListFields():
        if one.message_type is not None:
            _veil_field(message, one)
        elif one.type == FieldDescriptor.TYPE_STRING:
            dots: Any = [DOTS] * len(getattr(message, one.name)) if one.is_repeated else DOTS
            _put(message, one, dots)
        else:
            message.ClearField(one.name)


def _put(message: Message, one: FieldDescriptor, value: Any) -> None:
    if one.is_repeated:
        getattr(message, one.name)[:] = value
    else:
        setattr(message, one.name, value)
