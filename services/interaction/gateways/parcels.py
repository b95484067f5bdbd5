"""The last step of every door: a touch that was checked becomes the parcel that goes on the intake stream.

Both messages are written by hand, since this is done for every touch. Protobuf takes the last of two values of a field
and merges messages, so what Touchline adds to a touch is put behind what its source said.
"""

import struct
from functools import lru_cache
from typing import NamedTuple

import identity
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch

from services.interaction.domain.touch import NO_REFERENCES, References
from services.interaction.domain.types import TouchType
from services.interaction.gateways.wire import length, sized, tag

MOST_STAMPS = 10_000
_SIXTEEN = b"\x10"
_TIMES = struct.Struct("<BqBq")
_TOUCH_ID, _SUBJECT, _THREAD = (tag(IntakeTouch, name) + _SIXTEEN for name in ("touch_id", "subject", "thread"))
_THREAD_US, _OCCURRED_US = (tag(IntakeTouch, name, "fixed64")[0] for name in ("thread_us", "occurred_us"))
_ACCEPTED_US = tag(IntakeTouch, "accepted_us", "fixed64")
_HASH = tag(IntakeTouch, "content_hash") + _SIXTEEN
_REFERENCES = [tag(IntakeTouch, name) + _SIXTEEN for name in References._fields]
_MESSAGE, _SOURCE = tag(IntakeTouch, "message"), tag(IntakeTouch, "source")
_SEARCHED, _PAYLOAD = tag(IntakeTouch, "attributes_json"), tag(IntakeTouch, "payload")
_CORRECTION, _RAW, _TRACE = tag(IntakeTouch, "correction_of"), tag(IntakeTouch, "raw"), tag(IntakeTouch, "trace")
_VERDICT = tag(IntakeTouch, "verdict", "varint")
_NAME = tag(pb.Touch, "name") + length(identity.TOUCH_NAME_LENGTH)
_OCCURRED, _ACCEPTED = tag(pb.Touch, "occurred_time"), tag(pb.Touch, "accepted_time")
_TRACEPARENT, _RECORDED_FLAGS = tag(pb.Touch, "traceparent"), b"13579bdf"


class Parcel(NamedTuple):
    """One touch ready for the stream: its partition, subject, and its IntakeTouch as bytes."""

    partition: int
    subject: bytes
    encoded: bytes


class Stamp(NamedTuple):
    """What a touch type says of each of its touches, encoded: for the public touch, and for the envelope."""

    kind: TouchType
    personal: frozenset[str]
    public: bytes
    inside: bytes


class Stamps:
    """Stamps by type, and by what the touch itself says of version, direction and actor (0: as the type says)."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int, int, int], Stamp] = {}

    def of(self, kind: TouchType, version: int = 0, direction: int = 0, actor: int = 0) -> Stamp:
        """The stamp for such a touch; held by the type's identity, which the stamp keeps alive."""
        key = (id(kind), version, direction, actor)
        held = self._held.get(key)
        if held is None:
            if len(self._held) >= MOST_STAMPS:
                self._held.clear()
            held = self._held[key] = _stamp(kind, version or kind.version, direction or kind.direction, actor)
        return held


class Facts(NamedTuple):
    """What a door knows of one touch beside its words: ids of 16 bytes, moments in microseconds since 1970."""

    name: str
    touch_id: bytes
    subject: bytes
    thread: bytes
    thread_us: int
    occurred_us: int
    content_hash: bytes
    message: bytes = b""
    searched: bytes = b""
    references: References = NO_REFERENCES
    correction_of: bytes = b""
    evidence: bytes = b""
    verdict: int = 0


class Mould:
    """What touches of one stamp and source have in common that come with one call, encoded once for all of them."""

    __slots__ = ("_inside", "_public", "_public_size")

    def __init__(self, stamp: Stamp, *, source: str, accepted_us: int, trace: bytes) -> None:
        shown = sized(_TRACEPARENT, trace) if is_recorded(trace) else b""
        self._public = _ACCEPTED + _accepted(accepted_us) + shown + stamp.public + _NAME  # which itself follows
        self._public_size = len(self._public) + identity.TOUCH_NAME_LENGTH
        told = sized(_SOURCE, source.encode()) + _ACCEPTED_US + accepted_us.to_bytes(8, "little", signed=True)
        self._inside = stamp.inside + told + (sized(_TRACE, trace) if trace else b"")

    def seal(self, said: bytes, facts: Facts, partition: int, has_moment: bool = False) -> Parcel:
        """Encode a touch for the stream.

        `said` is the public Touch without output and evidence; `has_moment` says that its occurred_time is the one in
        `facts`, to the microsecond.
        """
        (
            name, touch_id, subject, thread, thread_us, occurred_us, content_hash, message, searched, references,
            correction_of, evidence, verdict,
        ) = facts  # fmt: skip
        moment = b"" if has_moment else _OCCURRED + _moment(occurred_us)
        times = _TIMES.pack(_THREAD_US, thread_us, _OCCURRED_US, occurred_us)
        parts = [
            _TOUCH_ID, touch_id, _SUBJECT, subject, _THREAD, thread, times, self._inside, _HASH, content_hash,
            _PAYLOAD, length(len(said) + len(moment) + self._public_size), said, moment, self._public, name.encode(),
        ]  # fmt: skip
        if message:
            parts += (_MESSAGE, length(len(message)), message)
        if searched:
            parts += (_SEARCHED, length(len(searched)), searched)
        if references is not NO_REFERENCES:
            parts += [at + id_ for at, id_ in zip(_REFERENCES, references, strict=True) if id_]
        if correction_of or evidence or verdict:
            parts += _rare(correction_of, evidence, verdict)
        return Parcel(partition, subject, b"".join(parts))


def is_recorded(traceparent: bytes) -> bool:
    """Whether spans were recorded under it (the last bit): where they were not, it would lead nowhere."""
    return traceparent != b"" and traceparent[-1] in _RECORDED_FLAGS


def _rare(correction_of: bytes, evidence: bytes, verdict: int) -> list[bytes]:
    """What few touches have."""
    parts = [sized(at, value) for at, value in ((_RAW, evidence), (_CORRECTION, correction_of)) if value]
    if verdict:
        parts.append(_VERDICT + length(verdict))
    return parts


def timestamp(us: int) -> Timestamp:
    """A moment in microseconds as protobuf writes it."""
    return Timestamp(seconds=us // 1_000_000, nanos=us % 1_000_000 * 1000)


def _moment(us: int) -> bytes:
    """A Timestamp with its length, zeros written out: it replaces another one, whose fields it is merged with."""
    moment = timestamp(us)
    encoded = moment.SerializeToString()
    if not moment.seconds:
        encoded = b"\x08\0" + encoded
    if not moment.nanos:
        encoded += b"\x10\0"
    return length(len(encoded)) + encoded


_accepted = lru_cache(16)(_moment)  # one moment for all touches of a call


def _stamp(kind: TouchType, version: int, direction: int, actor: int) -> Stamp:
    told = {"rank": kind.rank, "touch_class": int(kind.touch_class), "channel": int(kind.channel)}
    told |= {"type_version": version, "direction": int(direction)}
    who = actor or int(kind.actor)
    public = pb.Touch(actor=pb.Actor(kind=who), **told)  # type: ignore[arg-type]
    inside = IntakeTouch(type=kind.name, actor=who, is_response=kind.is_response, **told)
    return Stamp(kind, kind.personal_keys, public.SerializeToString(), inside.SerializeToString())
