"""The door of the touch path: a touch as said becomes a parcel for the intake stream, or is refused with its reason.

Walked for every touch: what is decided here, the consumer never parses again.
"""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from math import isfinite
from operator import attrgetter
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
from services.interaction.gateways import Facts, Mould, Parcel, Stamp, Stamps
from services.interaction.usecases import Known, KnownTypes, has_version

CACHED_SUBJECTS = 50_000
CACHED_SEARCHED, MOST_CACHED_BYTES = 2_000, 500  # what is longer does not come again
_SORT = attrgetter("source", "type", "type_version", "direction", "identifier.kind", "actor.kind")


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
        self.stamps = Stamps()
        self.searched: dict[tuple[Any, ...], bytes] = {}
        self.subject_of = lru_cache(CACHED_SUBJECTS)(self._subject_of)

    async def learn(self, said: Iterable[pb.Touch]) -> None:
        """Look up the sources and types of a request that are not known yet."""
        learning = self.learning(said)
        if learning is not None:
            await learning

    def learning(self, said: Iterable[pb.Touch]) -> Coroutine[Any, Any, None] | None:
        """The work of looking up what is not known; None where all is, so that such a call waits for nobody."""
        named = {(one.source, one.type, one.type_version) for one in said}
        sources = {source.removeprefix("sources/") for source, _, _ in named} - {""}
        kinds = {(kind, version) for _, kind, version in named if kind}
        if self.sources.knows(sources) and self.types.knows_versions(kinds):
            return None
        return self._learn(sources, kinds)

    async def _learn(self, sources: set[str], kinds: set[tuple[str, int]]) -> None:
        await self.sources.learn(sources)
        await self.types.learn_versions(kinds)

    def check_known(self, said: pb.Touch, unknown: Unavailable | None) -> None:
        """Refuse for now what could not be looked up."""
        if unknown is None:
            return
        kind = self.types.get(said.type)
        if self.sources.get(said.source.removeprefix("sources/")) is None or not has_version(kind, said.type_version):
            raise unknown

    def judge(self, *, client: str, now_us: int, trace: bytes) -> "Judge":
        """Who judges the touches of one call, by what is known now."""
        return Judge(self, client, now_us, trace)

    def accept(self, said: pb.Touch, *, client: str, now_us: int, trace: bytes) -> Accepted:
        """Judge a touch that comes alone."""
        return self.judge(client=client, now_us=now_us, trace=trace).accept(said)

    def _subject_of(self, kind: str, value: str) -> tuple[bytes, int]:
        try:
            subject = self.subjects.of(kind, value)
        except identity.InvalidIdentifierError:
            raise IdentifierInvalidError(
                violations=[Violation("identifier.value", f"is no {kind}", "IDENTIFIER_INVALID")]
            ) from None
        return subject, partition_of(subject, self.partitions)


class _Sort(NamedTuple):
    """What touches share whose `_SORT` is the same: they may be recorded by this client, and are encoded alike."""

    source: touch.Source
    kind: TouchType
    stamp: Stamp
    mould: Mould


class Judge:
    """Judges the touches of one call; what they have in common is looked up, checked and encoded once."""

    def __init__(self, door: Door, client: str, now_us: int, trace: bytes) -> None:
        self._door, self._client, self._now_us, self._trace = door, client, now_us, trace
        self._sorts: dict[tuple[Any, ...], _Sort] = {}

    def accept(self, said: pb.Touch) -> Accepted:
        """Check one touch and fill in what Touchline knows; raises the DomainError that refuses it.

        What is output only was cleared by whoever let the call in.
        """
        raw = said.SerializeToString(deterministic=True)
        if 0 in raw and _may_hold_nul(said, raw):
            check_text(said)
        identifier, moment = said.identifier, said.occurred_time
        value, event_id, message = words = identifier.value, said.source_event_id, said.message
        about = _SORT(said)
        sort = self._sorts.get(about)
        references = sort and touch.check_quickly(said, len(raw), self._now_us, words, moment)
        if sort is None or references is None:
            references = touch.check_touch(said, size=len(raw), now_us=self._now_us)
            sort = self._sorts[about] = sort or self._sort(said)
        source, kind, stamp, mould = sort
        if kind.fields:
            check_attributes(kind, plain(said.attributes))
        subject, partition = self._door.subject_of(identifier.kind, value)
        nanos = moment.nanos
        given_us = occurred_us = moment.seconds * 1_000_000 + nanos // 1000
        if source.is_whole_seconds:
            occurred_us = touch.settle_time(given_us, self._now_us, is_whole_seconds=True)
        touch_id = ids.touch_id(source.id, event_id)
        thread, thread_us = touch_id, occurred_us
        if message:
            message_us = touch.microseconds(said.message_time) if said.HasField("message_time") else 0
            thread, thread_us = ids.place(touch_id, source.id, message, message_us, occurred_us)
        name, content_hash = identity.touch_name(subject, touch_id), ids.content_hash(raw)
        searched_in = self._searched_in(said, stamp.personal)
        corrects = _correction(said.correction_of, subject) if said.correction_of else b""
        evidence, raw = _apart(said) if said.HasField("evidence") else (b"", raw)
        facts = Facts(
            name, touch_id, subject, thread, thread_us, occurred_us, content_hash, message, searched_in, references,
            corrects, evidence,
        )  # fmt: skip
        has_moment = given_us == occurred_us and not nanos % 1000
        return Accepted(name, content_hash, mould.seal(raw, facts, partition, has_moment))

    def _sort(self, said: pb.Touch) -> _Sort:
        source, kind = self._source(said), self._type(said)
        actor = said.actor.kind if said.HasField("actor") else 0
        stamp = self._door.stamps.of(kind, said.type_version, said.direction, actor)
        mould = Mould(stamp, source=source.id, accepted_us=self._now_us, trace=self._trace)
        return _Sort(source, kind, stamp, mould)

    def _source(self, said: pb.Touch) -> touch.Source:
        name = said.source.removeprefix("sources/")
        found = self._door.sources.get(name)
        if found is None:
            raise SourceUnknownError(source=name)
        touch.check_use(found, self._client, said.identifier.kind)
        return found

    def _type(self, said: pb.Touch) -> TouchType:
        found = self._door.types.get(said.type)
        if found is None or not has_version(found, said.type_version):
            raise TouchTypeUnknownError(type=said.type[:63], version=said.type_version)
        return found

    def _searched_in(self, said: pb.Touch, personal: frozenset[str]) -> bytes:
        """As `searched`, made once for all touches that carry the same: most of a campaign do."""
        attributes, names = said.attributes.SerializeToString(), said.names.SerializeToString()
        utm = said.utm.SerializeToString() if said.HasField("utm") else b""
        key, held = (attributes, names, utm, personal), self._door.searched
        found = held.get(key)
        if found is None:
            found = searched(said, personal, plain(said.attributes))
            if len(attributes) + len(names) + len(utm) <= MOST_CACHED_BYTES:
                if len(held) >= CACHED_SEARCHED:
                    held.clear()
                held[key] = found
        return found


class Within:
    """Conflicts inside one request: an event said in two ways is refused at once, said twice in one way it is one."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[Accepted, int]] = {}

    def place(self, accepted: Accepted, index: int) -> tuple[Accepted, int]:
        """This item and the place of the parcel that answers for it: its own, or that of the same event before it."""
        placed = accepted, index
        first = self._first.setdefault(accepted.name, placed)
        if first is placed:
            return placed
        if first[0].content_hash != accepted.content_hash:
            raise TouchConflictError(touch=accepted.name)
        return accepted, first[1]


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


def _apart(said: pb.Touch) -> tuple[bytes, bytes]:
    """The evidence, which is kept apart from the touch, and the touch without it."""
    evidence = said.evidence.SerializeToString()
    said.ClearField("evidence")
    return evidence, said.SerializeToString()


def _correction(name: str, subject: bytes) -> bytes:
    of_subject, of_touch = ids.parse_touch_name(name, "correction_of")
    if of_subject.bytes != subject:
        raise _invalid("correction_of", "is a touch of another identifier", "OTHER_SUBJECT")
    return subject + of_touch.bytes


def _may_hold_nul(said: pb.Touch, raw: bytes) -> bool:
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
        raise _invalid(path, "holds NUL or text that is no Unicode", "TEXT_INVALID")


def _invalid(field: str, description: str, reason: str) -> TouchInvalidError:
    return TouchInvalidError(violations=[Violation(field, description, reason)])
