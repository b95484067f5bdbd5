"""The grammar of resources at the door: names, page sizes and tokens, etags, update masks."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.behaviour import field_behaviour
from chassis.errors import Aborted, InvalidArgument, Violation, invalid

_VARIABLE = re.compile(r"\{(\w+)\}")


class ResourceName:
    """One pattern of resource names, `contacts/{contact}/identifiers/{identifier}`."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.variables = tuple(_VARIABLE.findall(pattern))
        self._template = _VARIABLE.sub("{}", pattern)
        self._regex = re.compile(_VARIABLE.sub(r"(?P<\1>[^/\\s\\x00-\\x1f\\x7f]{1,255})", pattern))

    def format(self, *ids: object) -> str:
        if len(ids) != len(self.variables):
            raise ValueError(f"{self.pattern} takes {len(self.variables)} ids")
        return self._template.format(*ids)

    def match(self, name: str, field: str = "name") -> dict[str, str]:
        """Every variable of a name, or InvalidArgument that names the field and the pattern."""
        found = self._regex.fullmatch(name)
        if found is None:
            raise self._refuse(field)
        return found.groupdict()

    def parse(self, name: str, field: str = "name") -> str:
        """The last variable of a name: the resource's own id."""
        return self.match(name, field)[self.variables[-1]]

    def parse_uuid(self, name: str, field: str = "name") -> UUID:
        """The last variable of a name, which is a UUID in its canonical form."""
        text = self.parse(name, field)
        try:
            value = UUID(text)
        except ValueError:
            raise self._refuse(field) from None
        if str(value) != text:
            raise self._refuse(field)
        return value

    def _refuse(self, field: str) -> InvalidArgument:
        return invalid(field, f"is not a name of the form {self.pattern}", "RESOURCE_NAME_INVALID")


def page_size(requested: int, default: int = 50, maximum: int = 1000) -> int:
    """Zero means the default, too many means the maximum, less than zero is refused (AIP-158)."""
    if requested < 0:
        raise invalid("page_size", "must not be negative", "PAGE_SIZE_NEGATIVE")
    return min(requested or default, maximum)


class PageTokens:
    """Opaque page tokens, bound to everything that decides which rows a list has: caller, filter, order.

    A token only says where to go on; what the caller may see is decided again on every page, so it needs no signature.
    """

    def __init__(self, *bound: str) -> None:
        digest = hashlib.blake2b(digest_size=8)
        for part in bound:
            raw = part.encode()
            digest.update(len(raw).to_bytes(4, "big") + raw)
        self._bound = digest.hexdigest()

    def issue(self, position: Sequence[Any]) -> str:
        """The token of the page after `position`: text, numbers, bools, None, bytes, UUIDs and datetimes."""
        raw = json.dumps([self._bound, [_pack(part) for part in position]], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    def read(self, token: str) -> tuple[Any, ...] | None:
        """The position in a token; None for the first page."""
        if not token:
            return None
        try:
            bound, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            unpacked = tuple(_unpack(part) for part in position)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise invalid("page_token", "is not a token of this method", "PAGE_TOKEN_INVALID") from None
        if bound != self._bound:
            raise invalid("page_token", "belongs to another caller, filter or order", "PAGE_TOKEN_MISMATCH")
        return unpacked


def _pack(part: Any) -> Any:
    match part:
        case UUID():
            return {"u": part.hex}
        case datetime():
            return {"t": part.isoformat()}
        case bytes():
            return {"b": part.hex()}
        case None | bool() | int() | float() | str():
            return part
    raise TypeError(f"a page token cannot hold {type(part).__name__}")


def _unpack(part: Any) -> Any:
    match part:
        case {"u": text}:
            return UUID(hex=text)
        case {"t": text}:
            return datetime.fromisoformat(text)
        case {"b": text}:
            return bytes.fromhex(text)
        case dict() | list():
            raise ValueError("no such part")
    return part


class Tagged(Protocol):
    """Whatever carries an etag."""

    @property
    def etag(self) -> str: ...


def etag_of(revision: int) -> str:
    """The etag of a revision, as AIP-154 writes a strong one."""
    return f'"{revision}"'


def check_etag(current: Tagged | str, given: str) -> None:
    """Refuse a change that was decided on an older state; no etag given means: whatever the state is."""
    held = current if isinstance(current, str) else current.etag
    if given and given != held:
        error = Aborted("the resource has changed since it was read", etag=held)
        error.reason = "ETAG_MISMATCH"
        raise error


def changed_paths(patch: Message, mask: FieldMask) -> list[str]:
    """The paths that an update names: those of the mask, every field for `*`, every populated field without one."""
    descriptor = patch.DESCRIPTOR
    if list(mask.paths) == ["*"]:
        paths = [field.name for field in descriptor.fields]
    elif mask.paths:
        paths = list(dict.fromkeys(mask.paths))
        _check_paths(descriptor, paths)
    else:
        paths = [field.name for field, _ in patch.ListFields()]
    return [path for path in paths if "OUTPUT_ONLY" not in _behaviour(descriptor, path)]


def apply_mask(current: Message, patch: Message, mask: FieldMask) -> list[str]:
    """Copy what an update names from `patch` into `current`, and say which paths that were (AIP-134).

    Output-only fields are left alone; an immutable one must keep its value, else the update is refused.
    """
    paths = changed_paths(patch, mask)
    whole = list(mask.paths) == ["*"]
    applied = []
    for path in paths:
        if {"IMMUTABLE", "IDENTIFIER"} & _behaviour(current.DESCRIPTOR, path):
            _check_same(current, patch, path, omitted_is_same=whole or not mask.paths)
            continue
        _copy(current, patch, path.split("."))
        applied.append(path)
    return applied


def _check_paths(descriptor: Any, paths: Sequence[str]) -> None:
    wrong = [path for path in paths if find_field(descriptor, path) is None]
    if wrong:
        known = ", ".join(field.name for field in descriptor.fields)
        error = InvalidArgument(
            violations=[
                Violation("update_mask", f"{path} is no field; there are {known}", "UPDATE_MASK_INVALID")
                for path in wrong
            ]
        )
        error.reason = "UPDATE_MASK_INVALID"
        raise error


def find_field(descriptor: Any, path: str) -> FieldDescriptor | None:
    """The field that a mask's path names; None when there is none, or when it goes through a list or a map."""
    field: FieldDescriptor | None = None
    for name in path.split("."):
        holder: Any = descriptor if field is None else field.message_type
        if field is not None and (field.is_repeated or field.message_type is None):
            return None
        field = holder.fields_by_name.get(name)
        if field is None:
            return None
    return field


def _behaviour(descriptor: Any, path: str) -> frozenset[str]:
    field = find_field(descriptor, path)
    return field_behaviour(field) if field is not None else frozenset()


def _check_same(current: Message, patch: Message, path: str, *, omitted_is_same: bool) -> None:
    given, held = _value(patch, path), _value(current, path)
    if given != held and not (omitted_is_same and not given):
        raise invalid(path, "cannot be changed", "FIELD_IMMUTABLE")


def _value(message: Any, path: str) -> Any:
    for name in path.split("."):
        message = getattr(message, name)
    return message


def _copy(target: Message, source: Message, names: list[str]) -> None:
    """Copy one path; a part of a message that the source lacks is cleared, not created."""
    name = names[0]
    field: Any = source.DESCRIPTOR.fields_by_name[name]
    if len(names) > 1:
        _copy(getattr(target, name), getattr(source, name), names[1:])
        return
    target.ClearField(name)
    value = getattr(source, name)
    if field.is_repeated:
        getattr(target, name).MergeFrom(value)
    elif field.message_type is not None:
        if source.HasField(name):
            getattr(target, name).CopyFrom(value)
    elif not field.has_presence or source.HasField(name):
        setattr(target, name, value)
