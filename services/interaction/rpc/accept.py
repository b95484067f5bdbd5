"""The door of the touch path: a touch as said becomes a parcel for the intake stream, or is refused with its reason.

Walked for every touch: what is decided here, the consumer never parses again.
"""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import identity
from chassis import validation
from chassis.errors import DomainError, Unavailable, Violation
from chassis.streams import partition_of
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids, touch
from services.interaction.domain.errors import (
    IdentifierInvalidError,
    SourceUnknownError,
    TouchConflictError,
    TouchTypeUnknownError,
)
from services.interaction.domain.touch import NO_REFERENCES, References
from services.interaction.domain.types import TouchType, check_attributes
from services.interaction.gateways import Facts, Mould, Parcel, Stamps
from services.interaction.rpc.content import check_text, invalid, may_hold_nul, plain, searched
from services.interaction.rpc.shape import About, Shape, Tail, Tails, about, shape_of
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
        self.stamps, self.tails = Stamps(), Tails()
        self.person_of = lru_cache(CACHED_SUBJECTS)(self._person_of)

    async def learn(self, said: pb.Touch) -> None:
        """Look up the source and the type of a touch that comes alone."""
        learning = self.learning([about(said)])
        if learning is not None:
            await learning

    def learning(self, named: Iterable[About]) -> Coroutine[Any, Any, None] | None:
        """The work of looking up what is not known; None where all is, so that such a call waits for nobody."""
        distinct = set(named)
        sources = {source.removeprefix("sources/") for source, *_ in distinct} - {""}
        kinds = {(kind, version) for _, kind, version, _ in distinct if kind}
        if self.sources.knows(sources) and self.types.knows_versions(kinds):
            return None
        return self._learn(sources, kinds)

    async def _learn(self, sources: set[str], kinds: set[tuple[str, int]]) -> None:
        await self.sources.learn(sources)
        await self.types.learn_versions(kinds)

    def check_known(self, named: About, unknown: Unavailable | None) -> None:
        """Refuse for now what could not be looked up."""
        if unknown is None:
            return
        source, kind, version, _ = named
        if self.sources.get(source.removeprefix("sources/")) is None or not has_version(self.types.get(kind), version):
            raise unknown

    def judge(self, *, client: str, now_us: int, trace: bytes) -> "Judge":
        """Who judges the touches of one call, by what is known now."""
        return Judge(self, client, now_us, trace)

    def accept(self, said: pb.Touch, *, client: str, now_us: int, trace: bytes) -> Accepted:
        """Judge a touch that comes alone."""
        return self.judge(client=client, now_us=now_us, trace=trace).accept(said, about(said))

    def subject_of(self, kind: str, value: str) -> bytes:
        """The subject of an identifier; raises IdentifierInvalidError for what is none."""
        return self.person_of(pb.Identifier(kind=kind, value=value).SerializeToString())[0]

    def _person_of(self, identifier: bytes) -> tuple[bytes, int]:
        """The subject and the partition of an Identifier as serialised."""
        said = pb.Identifier.FromString(identifier)
        try:
            subject = self.subjects.of(said.kind, said.value)
        except identity.InvalidIdentifierError:
            raise IdentifierInvalidError(
                violations=[Violation("identifier.value", f"is no {said.kind}", "IDENTIFIER_INVALID")]
            ) from None
        return subject, partition_of(subject, self.partitions)


class _Sort(NamedTuple):
    """What touches share that are `about` the same: this client may record them, and they are written alike."""

    source: touch.Source
    kind: TouchType
    mould: Mould
    shape: Shape
    tails: Mapping[bytes, Tail]


class Judge:
    """Judges the touches of one call; what they have in common is looked up, checked and encoded once."""

    def __init__(self, door: Door, client: str, now_us: int, trace: bytes) -> None:
        self._door, self._client, self._now_us, self._trace = door, client, now_us, trace
        self._until_us = now_us + touch.AHEAD_US
        self._sorts: dict[About, _Sort] = {}
        self._moulds: dict[tuple[Any, ...], Mould] = {}

    def accept(self, said: pb.Touch, named: About) -> Accepted:
        """Check one touch, which is `about` these, and fill in what Touchline knows; raises what refuses it.

        What is output only does not count, whether or not it was cleared.
        """
        sort = self._sorts.get(named) or self._sort(named)
        return (sort and self._accept_by_shape(said, sort)) or self._accept_any(said)

    def _accept_by_shape(self, said: pb.Touch, sort: _Sort) -> Accepted | None:
        """As `accept`, in a few looks, where they show that no rule is broken, as with most; None says nothing."""
        source, kind, mould, shape, tails = sort
        raw = said.SerializeToString(deterministic=True)
        cut = shape.cut(raw)
        if cut is None:
            return None
        identifier, size, message, event, tail = cut
        moment = said.occurred_time
        nanos = moment.nanos
        occurred_us = moment.seconds * 1_000_000 + nanos // 1000
        thread = ids.own_thread(message.decode("latin-1")) if message else None  # which reads any bytes
        references = _references(said, size) if size else NO_REFERENCES
        is_sound = (
            touch.FIRST_US <= occurred_us <= self._until_us
            and 0 <= nanos < 1_000_000_000
            and not (0 in identifier or 0 in event)
            and (thread is not None or not message)
        )
        if not is_sound or references is None:
            return None
        read = tails.get(tail) or self._read_tail(said, raw, kind, tail)
        if read is None:
            return None
        searched_in, actor = read
        if actor:
            mould = self._mould(source, kind, about(said), actor)
        person = self._door.person_of(identifier)
        return self._seal(
            raw, source, mould, person, event=event, given_us=occurred_us, is_exact=not nanos % 1000,
            message=message, thread=thread, references=references, searched_in=searched_in,
        )  # fmt: skip

    def _read_tail(self, said: pb.Touch, raw: bytes, kind: TouchType, tail: bytes) -> Tail | None:
        """Read a tail that is not known; None where it holds what is rare, or breaks a rule."""
        if said.HasField("evidence") or said.correction_of or len(raw) > touch.MAX_TOUCH_BYTES:
            return None
        validation.clear_output_only(said)
        if said.ByteSize() != len(raw) or (0 in raw and may_hold_nul(said, raw)) or not touch.has_sound_parts(said):
            return None
        try:
            found = Tail(_searched_in(said, kind), said.actor.kind)
        except DomainError:
            return None
        self._door.tails.keep(kind, tail, found)
        return found

    def _accept_any(self, said: pb.Touch) -> Accepted:
        """As `accept`, whatever the touch holds."""
        validation.clear_output_only(said)
        raw = said.SerializeToString(deterministic=True)
        references = self._check(said, raw)
        source = self._source(said.source, said.identifier.kind)
        kind = self._type(said.type, said.type_version)
        searched_in = _searched_in(said, kind)
        person = self._door.person_of(said.identifier.SerializeToString())
        corrects = _correction(said.correction_of, person[0]) if said.correction_of else b""
        message, thread = said.message, None
        if message:
            message_us = touch.microseconds(said.message_time) if said.HasField("message_time") else 0
            thread = ids.message_thread(source.id, message, message_us)
        mould = self._mould(source, kind, about(said), said.actor.kind)
        given_us, is_exact = touch.microseconds(said.occurred_time), not said.occurred_time.nanos % 1000
        evidence, payload = _apart(said, raw)
        return self._seal(
            raw, source, mould, person, event=said.source_event_id.encode(), given_us=given_us, is_exact=is_exact,
            message=message.encode(), thread=thread, references=references, searched_in=searched_in,
            correction_of=corrects, evidence=evidence, payload=payload,
        )  # fmt: skip

    def _seal(
        self, raw: bytes, source: touch.Source, mould: Mould, person: tuple[bytes, int], *, event: bytes,
        given_us: int, is_exact: bool, message: bytes, thread: ids.Thread | None, references: References,
        searched_in: bytes, correction_of: bytes = b"", evidence: bytes = b"", payload: bytes = b"",
    ) -> Accepted:  # fmt: skip
        """What a touch that breaks no rule is on the stream.

        `raw` is what its source said, `payload` that without evidence, if it had any; `is_exact` that `given_us` is all
        of its moment.
        """
        subject, partition = person
        occurred_us = given_us
        if source.is_whole_seconds:
            occurred_us = touch.settle_time(given_us, self._now_us, is_whole_seconds=True)
        touch_id, content_hash = ids.event_id(source.id, event), ids.content_hash(raw)
        place, place_us = ids.within_day(thread, touch_id, occurred_us)
        name = identity.touch_name(subject, touch_id)
        facts = Facts(
            name, touch_id, subject, place, place_us, occurred_us, content_hash, message, searched_in, references,
            correction_of, evidence,
        )  # fmt: skip
        has_moment = is_exact and occurred_us == given_us
        return Accepted(name, content_hash, mould.seal(payload or raw, facts, partition, has_moment))

    def _sort(self, named: About) -> _Sort | None:
        """What touches about these share; None where something is wrong, as reading one of them will tell."""
        name, type_name, version, direction = named
        try:
            source, kind = self._source(name), self._type(type_name, version)
        except DomainError:
            return None
        if not name.startswith(touch.SOURCES) or not 0 <= direction <= touch.LAST_DIRECTION:
            return None
        mould, shape = self._mould(source, kind, named), shape_of(named, source.identifier_kind)
        found = self._sorts[named] = _Sort(source, kind, mould, shape, self._door.tails.of(kind))
        return found

    def _mould(self, source: touch.Source, kind: TouchType, named: About, actor: int = 0) -> Mould:
        key = (named, actor)
        held = self._moulds.get(key)
        if held is None:
            stamp = self._door.stamps.of(kind, named[2], named[3], actor)
            held = Mould(stamp, source=source.id, accepted_us=self._now_us, trace=self._trace)
            self._moulds[key] = held
        return held

    def _source(self, name: str, identifier_kind: str = "") -> touch.Source:
        """A source that this client may use, and for this kind of identifier where one is said."""
        known = name.removeprefix(touch.SOURCES)
        found = self._door.sources.get(known)
        if found is None:
            raise SourceUnknownError(source=known)
        touch.check_use(found, self._client, identifier_kind or found.identifier_kind)
        return found

    def _type(self, name: str, version: int) -> TouchType:
        found = self._door.types.get(name)
        if found is None or not has_version(found, version):
            raise TouchTypeUnknownError(type=name[:63], version=version)
        return found

    def _check(self, said: pb.Touch, raw: bytes) -> References:
        if 0 in raw and may_hold_nul(said, raw):
            check_text(said)
        return touch.check_touch(said, size=len(raw), now_us=self._now_us)


class Batch:
    """What becomes of the touches of one request: said twice in one way they are one, in two ways a conflict."""

    def __init__(self) -> None:
        self.outcomes: list[Accepted | DomainError] = []
        self._first: dict[str, Accepted] = {}

    def accept(self, accepted: Accepted) -> None:
        """The next touch; raises TouchConflictError where the same event was said in another way before it."""
        first = self._first.setdefault(accepted.name, accepted)
        if first is not accepted and first.content_hash != accepted.content_hash:
            raise TouchConflictError(touch=accepted.name)
        self.outcomes.append(accepted)

    def refuse(self, error: DomainError) -> None:
        """The next touch is none."""
        self.outcomes.append(error)

    def parcels(self) -> list[Parcel]:
        """Each distinct touch once."""
        return [one.parcel for one in self._first.values()]

    def settle(self, errors: Sequence[DomainError | None]) -> None:
        """What became of the parcels; a repeat shares the answer of the touch that it repeats."""
        failed = {name: error for name, error in zip(self._first, errors, strict=True) if error is not None}
        if failed:
            told = [failed.get(one.name, one) if isinstance(one, Accepted) else one for one in self.outcomes]
            self.outcomes = told


def _searched_in(said: pb.Touch, kind: TouchType) -> bytes:
    """What is searched in a touch whose attributes are as its type wants them."""
    attributes = plain(said.attributes)
    check_attributes(kind, attributes)
    return searched(said, kind.personal_keys, attributes)


def _references(said: pb.Touch, size: int) -> References | None:
    """The ids that a touch names; None where a name is none, or names alone do not take so many bytes."""
    names = touch.names(said)
    has_all = sum(len(name) + 2 for name in names if name) == size  # each with its tag and its length
    return touch.references(names) if has_all else None


def _apart(said: pb.Touch, raw: bytes) -> tuple[bytes, bytes]:
    """The evidence, which is kept apart from the touch, and the touch without it."""
    if not said.HasField("evidence"):
        return b"", raw
    evidence = said.evidence.SerializeToString()
    said.ClearField("evidence")
    return evidence, said.SerializeToString()


def _correction(name: str, subject: bytes) -> bytes:
    of_subject, of_touch = ids.parse_touch_name(name, "correction_of")
    if of_subject.bytes != subject:
        raise invalid("correction_of", "is a touch of another identifier", "OTHER_SUBJECT")
    return subject + of_touch.bytes
