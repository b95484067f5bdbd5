"""What a request must look like before a servicer sees it: field_behavior, protovalidate rules, request_id.

REQUIRED is refused when empty, OUTPUT_ONLY is ignored (cleared), as AIP-203 has it; IMMUTABLE is refused where an
update mask names it. In an update, rules of fields that the update does not touch do not count.
"""

import hashlib
import re
from functools import cache
from typing import Any

import protovalidate
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from chassis.behaviour import field_behaviour
from chassis.errors import InvalidArgument, Violation
from chassis.resources import changed_paths, find_field

_VALIDATOR = protovalidate.Validator()
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,64}")
_PRESENCE_FREE = {
    FieldDescriptor.CPPTYPE_BOOL,
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
    FieldDescriptor.CPPTYPE_FLOAT,
    FieldDescriptor.CPPTYPE_DOUBLE,
}  # zero is a value of these, so without presence nobody can tell that one is missing


def prepare(message: Message) -> None:
    """Compile the rules of a request type, so that a wrong rule stops the start and not a call."""
    _VALIDATOR.collect_violations(message, fail_fast=True)


def check(message: Message, *, is_item_wise: bool = False) -> None:
    """Clear what is output only and refuse what breaks a rule, naming every field and rule at once.

    A method that answers item by item (RecordTouches) does both itself: one bad item must not refuse the others.
    """
    if is_item_wise:
        return
    clear_output_only(message)
    found = violations(message)
    if found:
        raise InvalidArgument(violations=found)


def violations(message: Message) -> list[Violation]:
    """Every rule that a message breaks; for one item of a batch too."""
    return _without_repeats([*missing(message), *_nul(message, ""), *_broken(message), *_immutable(message)])


def clear_output_only(message: Message) -> None:
    """Forget what only the server may say."""
    plan = _output_plan(message.DESCRIPTOR)
    any(map(message.ClearField, plan.cleared))  # it answers None each time; a loop takes a third more, for each touch
    for name, is_repeated in plan.nested:
        if is_repeated:
            for part in getattr(message, name):
                clear_output_only(part)
        elif message.HasField(name):
            clear_output_only(getattr(message, name))


class _OutputPlan:
    """Which fields of a message type are cleared, and in which ones to look further."""

    def __init__(self) -> None:
        self.cleared: list[str] = []
        self.nested: list[tuple[str, bool]] = []


@cache
def _output_plan(descriptor: Descriptor) -> _OutputPlan:
    plan = _OutputPlan()
    for field in descriptor.fields:
        if "OUTPUT_ONLY" in field_behaviour(field):
            plan.cleared.append(field.name)
        elif _is_nested(field) and _holds(field.message_type, "OUTPUT_ONLY"):
            plan.nested.append((field.name, bool(field.is_repeated)))
    return plan


def _holds(descriptor: Any, behaviour: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a message has a field of this behaviour, itself or at any depth."""
    if descriptor.full_name in seen:
        return False
    seen |= {descriptor.full_name}
    return any(
        behaviour in field_behaviour(field) or (_is_nested(field) and _holds(field.message_type, behaviour, seen))
        for field in descriptor.fields
    )


def _is_nested(field: Any) -> bool:
    """Whether a field holds messages that carry behaviours: not maps, not Google's own types."""
    kind = field.message_type
    return kind is not None and not kind.GetOptions().map_entry and not kind.full_name.startswith("google.")


def missing(message: Message, prefix: str = "") -> list[Violation]:
    """Every REQUIRED field that is empty; in an update only those that it changes."""
    found: list[Violation] = []
    for field, is_required, is_nested in _required_plan(message.DESCRIPTOR):
        if is_required and not _is_given(message, field):
            found.append(Violation(f"{prefix}{field.name}", "is required", "REQUIRED"))
        elif is_nested:
            found.extend(_missing_inside(message, field, f"{prefix}{field.name}"))
    return found if prefix else _changed_only(message, found)


@cache
def _required_plan(descriptor: Descriptor) -> list[tuple[Any, bool, bool]]:
    """The fields to look at, each with whether it is REQUIRED and whether some field inside is."""
    plan = [
        (
            field,
            "REQUIRED" in field_behaviour(field),
            _is_nested(field) and _holds(field.message_type, "REQUIRED"),
        )
        for field in descriptor.fields
    ]
    return [each for each in plan if each[1] or each[2]]


def _missing_inside(message: Message, field: Any, path: str) -> list[Violation]:
    if field.is_repeated:
        parts = enumerate(getattr(message, field.name))
        return [violation for index, part in parts for violation in missing(part, f"{path}[{index}].")]
    return missing(getattr(message, field.name), f"{path}.") if message.HasField(field.name) else []


def _is_given(message: Message, field: Any) -> bool:
    if field.is_repeated:
        return len(getattr(message, field.name)) > 0
    if field.has_presence:
        return message.HasField(field.name)
    return field.cpp_type in _PRESENCE_FREE or bool(getattr(message, field.name))


def _broken(message: Message) -> list[Violation]:
    """What protovalidate finds."""
    found = [_told(one.proto) for one in _VALIDATOR.collect_violations(message)]
    return _changed_only(message, found)


def _told(violation: Any) -> Violation:
    parts = []
    for element in violation.field.elements if violation.field else ():
        name = element.field_name
        parts.append(f"{name}[{element.subscript.value}]" if element.subscript is not None else name)
    rule = violation.rule_id or "rule"
    return Violation(".".join(parts), violation.message or f"breaks {rule}", reason_of(rule))


def reason_of(rule: str) -> str:
    """A rule's id as a reason: `string.email` becomes STRING_EMAIL."""
    return re.sub(r"[^A-Z0-9]+", "_", rule.upper()).strip("_")[:63]


def _changed_only(message: Message, found: list[Violation]) -> list[Violation]:
    """Drop what is said of fields that an update leaves alone."""
    updated = _updated_field(message.DESCRIPTOR)
    if updated is None or not found:
        return found
    patch: Any = getattr(message, updated)
    mask = getattr(message, "update_mask")  # noqa: B009 - the descriptor says that it is there
    heads = {path.split(".", 1)[0] for path in changed_paths(patch, mask)}
    return [v for v in found if _is_touched(v.field, updated, heads)]


def _is_touched(path: str, updated: str, heads: set[str]) -> bool:
    inside = path.removeprefix(f"{updated}.")
    return inside == path or re.split(r"[.\[]", inside, maxsplit=1)[0] in heads


@cache
def _updated_field(descriptor: Descriptor) -> str | None:
    """The field that holds the resource of an Update request, which is the only message field beside the mask."""
    if "update_mask" not in descriptor.fields_by_name:
        return None
    names = [field.name for field in descriptor.fields if _is_nested(field) and not field.is_repeated]
    return names[0] if names else None


def _immutable(message: Message) -> list[Violation]:
    updated = _updated_field(message.DESCRIPTOR)
    if updated is None:
        return []
    patch: Any = getattr(message, updated)
    named = getattr(message, "update_mask").paths  # noqa: B009
    fields = [(path, find_field(patch.DESCRIPTOR, path)) for path in named]
    return [
        Violation("update_mask", f"{path} cannot be changed", "FIELD_IMMUTABLE")
        for path, field in fields
        if field is not None and "IMMUTABLE" in field_behaviour(field)
    ]


def _nul(message: Message, prefix: str) -> list[Violation]:
    """Every string that holds U+0000, which PostgreSQL cannot store."""
    found: list[Violation] = []
    for field, value in message.ListFields():
        if field not in _text_fields(message.DESCRIPTOR):
            continue
        for path, part in _strings_and_messages(field, value, f"{prefix}{field.name}"):
            if isinstance(part, Message):
                found.extend(_nul(part, f"{path}."))
            elif "\0" in part:
                found.append(Violation(path, "must not hold U+0000", "STRING_NUL"))
    return found


@cache
def _text_fields(descriptor: Descriptor) -> frozenset[Any]:
    """The fields that are strings or may hold some."""
    kinds = {FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE}
    fields = [field for field in descriptor.fields if field.cpp_type in kinds]
    return frozenset(field for field in fields if field.type != FieldDescriptor.TYPE_BYTES)


@cache
def _is_map(field: Any) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _strings_and_messages(field: FieldDescriptor, value: Any, path: str) -> list[tuple[str, Any]]:
    """What a field holds, each with its path; of a map, whose keys may be at fault themselves, the field's own."""
    if _is_map(field):
        return [(path, part) for pair in value.items() for part in pair if isinstance(part, str | Message)]
    if field.is_repeated:
        return [(f"{path}[{index}]", part) for index, part in enumerate(value)]
    return [(path, value)]


def _without_repeats(found: list[Violation]) -> list[Violation]:
    """A field that is missing is said to be missing, not also too short."""
    absent = {v.field for v in found if v.reason == "REQUIRED"}
    return list(dict.fromkeys(v for v in found if v.reason == "REQUIRED" or v.field not in absent))


def request_hash(request: Message) -> bytes:
    """What a request asks for, whoever serialised it: unknown fields and the request_id itself do not count."""
    asked = type(request)()
    asked.CopyFrom(request)
    asked.DiscardUnknownFields()
    asked.ClearField("request_id")
    return hashlib.sha256(asked.SerializeToString(deterministic=True)).digest()


def check_request_id(request_id: str) -> None:
    """A request_id is 1 to 64 visible ASCII characters; a UUID by custom."""
    if request_id and not _REQUEST_ID.fullmatch(request_id):
        violation = Violation("request_id", "must be 1 to 64 visible ASCII characters", "REQUEST_ID_INVALID")
        raise InvalidArgument(violations=[violation])
