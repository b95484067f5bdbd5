"""The texts and attributes of a touch: what of them is searched, and what none of them may hold."""

from collections.abc import Iterable
from json.encoder import encode_basestring as quoted
from math import isfinite
from typing import Any

from chassis.errors import Violation
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.errors import TouchInvalidError


def plain(struct: Struct) -> dict[str, Any]:
    """A Struct as plain Python."""
    return {key: _value(value) for key, value in struct.fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return plain(value.struct_value)
    if kind == "list_value":
        return [_value(one) for one in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def searched(said: pb.Touch, personal: frozenset[str], attributes: dict[str, Any]) -> bytes:
    """What is searched by text, apart what is personal: its search is for those who may see it."""
    kept = []
    if attributes:
        open_ = [(key, value) for key, value in attributes.items() if key not in personal] if personal else None
        shown = attributes.items() if open_ is None else open_
        kept += [("attributes", shown)] if shown else []
        hidden = [pair for pair in attributes.items() if pair[0] in personal] if personal else []
        kept += [("personal", hidden)] if hidden else []
    kept += [
        (part, pairs)
        for part in ("names", "utm")
        if said.HasField(part) and (pairs := [(field.name, value) for field, value in getattr(said, part).ListFields()])
    ]
    if not kept:
        return b""
    return ("{" + ",".join([f'"{part}":{_object(pairs)}' for part, pairs in kept]) + "}").encode()


def _object(pairs: Iterable[tuple[str, Any]]) -> str:
    return "{" + ",".join([f"{quoted(key)}:{_json(value)}" for key, value in pairs]) + "}"


def _json(value: Any) -> str:
    """A plain value as JSON; `json.dumps` makes an encoder each time, which costs more than this."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not isfinite(value):
            raise invalid("attributes", "hold a number that is none", "NUMBER")
        return repr(value)
    if isinstance(value, dict):
        return _object(value.items())
    return "null" if value is None else "[" + ",".join(map(_json, value)) + "]"


def may_hold_nul(said: pb.Touch, raw: bytes) -> bool:
    """Whether a zero byte may stand in a text: numbers hold some too, but outside of attributes none of them does."""
    is_elsewhere = raw.count(0) != said.attributes.SerializeToString().count(0)
    return is_elsewhere or _holds_nul(plain(said.attributes))


def _holds_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any("\0" in key or _holds_nul(held) for key, held in value.items())
    return "\0" in value if isinstance(value, str) else isinstance(value, list) and any(map(_holds_nul, value))


def check_text(message: Any, path: str = "") -> None:
    """Refuse NUL, which PostgreSQL cannot keep, in any text of a message."""
    for field, value in message.ListFields():
        here = f"{path}{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in value:
                _check_no_nul(here, key)
                check_text(value[key], f"{here}.{key}.")
        elif field.is_repeated:
            for index, one in enumerate(value):
                _check_part(one, f"{here}[{index}]")
        else:
            _check_part(value, here)


def _check_part(value: Any, path: str) -> None:
    if isinstance(value, str):
        _check_no_nul(path, value)
    elif isinstance(value, Message):
        check_text(value, f"{path}.")


def _check_no_nul(path: str, text: str) -> None:
    if "\0" in text:
        raise invalid(path, "holds NUL or text that is no Unicode", "TEXT_INVALID")


def invalid(field: str, description: str, reason: str) -> TouchInvalidError:
    return TouchInvalidError(violations=[Violation(field, description, reason)])
