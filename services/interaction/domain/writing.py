"""What becomes of touches that arrive: new, repeated, refused, forgotten, expired; and what is folded from the new."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import identity

from services.interaction.domain.ids import DAY_US, NOBODY
from services.interaction.domain.tracking import is_measured

CountKey = tuple[bytes, bytes, int, str, int]
_NOBODY = NOBODY.bytes
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # the years 1 to 9999, which Python can tell


class Arrived(NamedTuple):
    """What an IntakeTouch says, with each field read once: protobuf looks a field up by its name at every reading."""

    subject: bytes
    touch_id: bytes
    thread: bytes
    content_hash: bytes
    thread_us: int
    occurred_us: int
    accepted_us: int
    rank: int
    touch_class: int
    channel: int
    direction: int
    actor: int
    verdict: int
    is_response: bool
    type: str
    type_version: int
    source: str
    contact: bytes
    account: bytes
    deal: bytes
    campaign: bytes
    activity: bytes
    variant: bytes
    correction_of: bytes
    message: bytes
    attributes_json: bytes
    payload: bytes
    raw: bytes

    @staticmethod
    def by(touches: Iterable[Any]) -> "list[Arrived]":
        """What each of these touches, IntakeTouches, says."""
        return list(map(_arrived, map(_FIELDS, touches)))

    @classmethod
    def between(cls, first: str, last: str) -> slice:
        """Where these fields and those between them are."""
        return slice(cls._fields.index(first), cls._fields.index(last) + 1)


_FIELDS = attrgetter(*Arrived._fields)
_arrived = partial(tuple.__new__, Arrived)  # what `Arrived._make` does, without a frame of Python for each touch


@dataclass(slots=True)
class Row:
    """A touch that will be written; `back` is how far it is from the last number.

    `envelope` is what it came in, and `is_as_said` whether it goes on exactly as it came.
    """

    said: Arrived
    partition: int
    thread: bytes
    thread_us: int
    contact: bytes
    envelope: Any = None
    is_as_said: bool = False
    back: int = 0


class Conflict(NamedTuple):
    """A touch that said something else under an id that was taken."""

    subject: UUID
    touch: UUID
    refused_hash: UUID
    kept_hash: UUID
    source: str
    source_event_id: str
    type: str
    accepted_time: datetime
    refused_time: datetime


@dataclass
class Known:
    """What the table holds about a batch: looked up before, and growing as the batch is judged.

    A touch's key is its subject and its id in one, 32 bytes, as `correction_of` has them. `spans` are when a subject of
    several people, or the touch named, was an erased person's alone: from, to, when she was erased, in microseconds.
    """

    hashes: dict[bytes, bytes] = field(default_factory=dict)
    threads: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)
    corrected: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)
    closed: frozenset[bytes] = frozenset()
    erased: Mapping[tuple[bytes, bytes], int] = field(default_factory=dict)
    spans: Mapping[bytes, Sequence[tuple[int, int, int, str]]] = field(default_factory=dict)
    silenced: Mapping[bytes, int] = field(default_factory=dict)
    beginnings: Mapping[str, int] = field(default_factory=dict)
    resolver: identity.Resolver = field(default_factory=lambda: identity.resolve(()))


@dataclass
class Judged:
    """A batch, sorted out."""

    rows: list[Row] = field(default_factory=list)
    conflicts: list[tuple[Arrived, bytes]] = field(default_factory=list)
    named: set[tuple[UUID, UUID]] = field(default_factory=set)
    repeated: int = 0
    forgotten: int = 0
    silenced: int = 0
    expired: int = 0


def judge(said: Iterable[tuple[Any, Arrived]], known: Known, at: Callable[[int], datetime]) -> Judged:
    """Sort out a batch of (envelope, touch) in its order; `at` turns microseconds into a moment."""
    judged = Judged()
    erases = bool(known.closed or known.erased or known.spans)
    for envelope, touch in said:
        key = touch.subject + touch.touch_id
        kept = known.hashes.get(key)
        if kept is not None:
            if kept == touch.content_hash:
                judged.repeated += 1
            else:
                judged.conflicts.append((touch, kept))
        elif erases and _is_forgotten(touch, known):
            judged.forgotten += 1
        elif known.silenced and _is_silenced(touch, known):
            judged.silenced += 1
        elif known.beginnings and touch.occurred_us < known.beginnings.get(touch.type, FIRST_US):
            judged.expired += 1
        else:
            known.hashes[key] = touch.content_hash
            judged.rows.append(_row(envelope, touch, key, known, judged, at))
    return judged


def count(rows: Iterable[Row]) -> dict[CountKey, int]:
    """How many of these touches each subject has more, by contact, day, type and verdict; corrections count nothing."""
    return Counter(
        [
            (said.subject, row.contact or _NOBODY, said.occurred_us // DAY_US, said.type, said.verdict)
            for row in rows
            if not (said := row.said).correction_of
        ]
    )


def _row(  # noqa: PLR0917 - all of them are the batch
    envelope: Any, touch: Arrived, key: bytes, known: Known, judged: Judged, at: Callable[[int], datetime]
) -> Row:
    said = place = (touch.thread, touch.thread_us)
    if touch.correction_of or known.corrected:
        place = _thread(touch, said, key, known)
    known.threads[key] = place
    named = touch.contact
    contact = _contact(touch, known, judged, at) if named else b""
    is_as_said = place == said and contact == named and not touch.raw
    return Row(touch, envelope.partition, *place, contact, envelope, is_as_said)


def _thread(touch: Arrived, said: tuple[bytes, int], key: bytes, known: Known) -> tuple[bytes, int]:
    """A correction stands where its original does; one that came first is joined by its original."""
    corrects = touch.correction_of
    if not corrects:
        return known.corrected.get(key) or said
    place = known.threads.get(corrects) or known.corrected.get(key) or said
    known.corrected.setdefault(corrects, place)
    return place


def _contact(touch: Arrived, known: Known, judged: Judged, at: Callable[[int], datetime]) -> bytes:
    """The contact to write down: the direct holder where the survivor was named, none where it was erased."""
    if (_NOBODY, touch.contact) in known.erased:
        return b""
    moment = at(touch.occurred_us)
    contact = known.resolver.direct_holder(UUID(bytes=touch.contact), touch.subject, moment)
    if contact not in known.resolver.holders(touch.subject, moment):
        judged.named.add((contact, UUID(bytes=touch.subject)))
    return contact.bytes


def _is_forgotten(touch: Arrived, known: Known) -> bool:
    """Whether it was erased before it came: it occurred, or its message was made, before the tombstone.

    Under a subject of several people that is what names her, and what names nobody from when it was hers alone, or was
    taken off the others.
    """
    subject, nobody = touch.subject, _NOBODY
    if subject in known.closed:
        return True
    times = [known.erased.get((subject, nobody)), known.erased.get((subject, touch.contact or nobody))]
    first = min(touch.occurred_us, touch.thread_us)
    if any(time is not None and first < time for time in times):
        return True
    if touch.contact and (nobody, touch.contact) not in known.erased:
        return False
    return any(
        begin <= touch.occurred_us < end and first < time and one in {"", identity.touch_name(subject, touch.touch_id)}
        for begin, end, time, one in known.spans.get(subject, ())
    )


def _is_silenced(touch: Arrived, known: Known) -> bool:
    """Whether it measures somebody who had taken back her consent to that before it occurred."""
    since = known.silenced.get(touch.subject)
    return since is not None and is_measured(touch) and touch.occurred_us >= since
