"""The door of the touch path: a touch as said becomes a parcel for the intake stream, or is refused with its reason.

Walked for every touch: what is decided here, the consumer never parses again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from math import isfinite
from typing import Any, NamedTuple

import identity
from chassis.errors import Unavailable, Violation
from chassis.streams import partition_of
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids, touch
from services.interaction.domain.errors import (
    IdentifierInvalidError,
    SourceUnknownError,
    TouchConflictError,
    TouchInvalidError,
    TouchTypeUnknownError,
)
from services.interaction.domain.types import TouchType, check_attributes
from services.interaction.gateways import Facts, Parcel, Stamp, Stamps, seal
from services.interaction.usecases import Known, KnownTypes, has_version

CACHED_SUBJECTS = 50_000


class Accepted(NamedTuple):
    """A touch that may go on the stream."""

    name: str
    content_hash: bytes
    parcel: Parcel


@dataclass
class Door:
    """What the door knows: sources and types by name, the installation's key, how many partitions there are."""

    sources: Known[touch.Source]
    types: KnownTypes
    subjects: identity.Subjects
    partitions: int

    def __post_init__(self) -> None:
        self._stamps = Stamps()
        self.subject_of = lru_cache(CACHED_SUBJECTS)(self._subject_of)

    async def learn(self, said: Iterable[pb.Touch]) -> None:
        """Look up the sources and types of a request that are not known yet."""
        named = {(one.source, one.type, one.type_version) for one in said}
        await self.sources.learn({source.removeprefix("sources/") for source, _, _ in named} - {""})
        await self.types.learn_versions((kind, version) for _, kind, version in named if kind)

    def check_known(self, said: pb.Touch, unknown: Unavailable | None) -> None:
        """Refuse for now what could not be looked up."""
        if unknown is None:
            return
        kind = self.types.get(said.type)
        if self.sources.get(said.source.removeprefix("sources/")) is None or not has_version(kind, said.type_version):
            raise unknown

    def accept(self, said: pb.Touch, *, client: str, now_us: int, trace: bytes) -> Accepted:
        """Check one touch and fill in what Touchline knows; raises the DomainError that refuses it.

        What is output only was cleared by whoever let the call in.
        """
        raw = said.SerializeToString(deterministic=True)
        if b"\0" in raw:
            check_text(said)
        references = touch.check_touch(said, size=len(raw), now_us=now_us)
        source = self._source(said, client)
        kind = self._type(said)
        attributes = plain(said.attributes) if said.HasField("attributes") else {}
        if kind.fields:
            check_attributes(kind, attributes)
        actor = said.actor.kind if said.HasField("actor") else 0
        stamp = self._stamps.of(kind, said.type_version, said.direction, actor)
        subject, partition = self.subject_of(said.identifier.kind, said.identifier.value)
        given_us = touch.microseconds(said.occurred_time)
        occurred_us = touch.settle_time(given_us, now_us, is_whole_seconds=source.is_whole_seconds)
        touch_id = ids.touch_id(source.id, said.source_event_id)
        thread, thread_us = _thread(said, touch_id, source.id, occurred_us)
        facts = Facts(
            name=identity.touch_name(subject, touch_id),
            touch_id=touch_id,
            subject=subject,
            thread=thread,
            thread_us=thread_us,
            occurred_us=occurred_us,
            accepted_us=now_us,
            content_hash=ids.content_hash(raw),
            source=source.id,
            message=said.message,
            searched=searched(said, stamp.personal, attributes),
            references=references,
            trace=trace,
        )
        parcel = _seal(said, raw, facts, stamp, partition)
        return Accepted(facts.name, facts.content_hash, parcel)

    def _source(self, said: pb.Touch, client: str) -> touch.Source:
        name = said.source.removeprefix("sources/")
        found = self.sources.get(name)
        if found is None:
            raise SourceUnknownError(source=name)
        touch.check_use(found, client, said.identifier.kind)
        return found

    def _type(self, said: pb.Touch) -> TouchType:
        found = self.types.get(said.type)
        if found is None or not has_version(found, said.type_version):
            raise TouchTypeUnknownError(type=said.type[:63], version=said.type_version)
        return found

    def _subject_of(self, kind: str, value: str) -> tuple[bytes, int]:
        try:
            subject = self.subjects.of(kind, value)
        except identity.InvalidIdentifierError:
            raise IdentifierInvalidError(
                violations=[Violation("identifier.value", f"is no {kind}", "IDENTIFIER_INVALID")]
            ) from None
        return subject, partition_of(subject, self.partitions)


class Within:
    """Conflicts inside one request: an event said in two ways is refused at once, said twice in one way it is one."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[bytes, int]] = {}

    def place(self, accepted: Accepted, index: int) -> int:
        """The place of the parcel that answers for this item: its own, or that of the same event before it."""
        content_hash, first = self._first.setdefault(accepted.name, (accepted.content_hash, index))
        if content_hash != accepted.content_hash:
            raise TouchConflictError(touch=accepted.name)
        return first


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
            raise _invalid("attributes", "hold a number that is none", "NUMBER")
        return repr(value)
    if isinstance(value, dict):
        return _object(value.items())
    return "null" if value is None else "[" + ",".join(map(_json, value)) + "]"


def _seal(said: pb.Touch, raw: bytes, facts: Facts, stamp: Stamp, partition: int) -> Parcel:
    """Encode it, with what few touches have: evidence, which is kept apart, and the name of what it corrects."""
    if said.correction_of:
        facts = facts._replace(correction_of=_correction(said.correction_of, facts.subject))
    if said.HasField("evidence"):
        facts = facts._replace(evidence=said.evidence.SerializeToString())
        said.ClearField("evidence")
        raw = said.SerializeToString()
    moment = said.occurred_time
    has_moment = touch.microseconds(moment) == facts.occurred_us and not moment.nanos % 1000
    return seal(raw, facts, stamp, partition, has_moment=has_moment)


def _thread(said: pb.Touch, touch_id: bytes, source: str, occurred_us: int) -> tuple[bytes, int]:
    if not said.message:
        return touch_id, occurred_us
    message_us = touch.microseconds(said.message_time) if said.HasField("message_time") else 0
    return ids.place(touch_id, source=source, message=said.message, message_us=message_us, occurred_us=occurred_us)


def _correction(name: str, subject: bytes) -> bytes:
    of_subject, of_touch = ids.parse_touch_name(name, "correction_of")
    if of_subject.bytes != subject:
        raise _invalid("correction_of", "is a touch of another identifier", "OTHER_SUBJECT")
    return subject + of_touch.bytes


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
        raise _invalid(path, "holds NUL or text that is no Unicode", "TEXT_INVALID")


def _invalid(field: str, description: str, reason: str) -> TouchInvalidError:
    return TouchInvalidError(violations=[Violation(field, description, reason)])
