"""How facts and envelopes of interaction are written on its streams."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import identity
from chassis.audit import Anchor
from chassis.outbox import OutboxEvent
from google.protobuf.message import Message
from touchline.interaction.v1 import intake_pb2
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2

from services.interaction.domain.writing import Arrived, Row
from services.interaction.gateways import FLUSH_TOUCHES, beginning, sized, tag
from services.interaction.store import RECORDED

EVENTS = "touchline.interaction.events.v1"
AUDIT = "touchline.interaction.audit.v1"
ENVELOPE_BYTES = 480 * 1024
ENVELOPE_TOUCHES = 2 * FLUSH_TOUCHES  # two full ones of the door go on as one
_TOUCHES = tag(intake_pb2.TouchBatch, "touches")


def fact(name: str, message: Message, *, key: str, now: datetime) -> OutboxEvent:
    """One fact of `touchline.interaction.events.v1`, keyed by the resource that it is about."""
    event = events_pb2.InteractionEvent(**{name: message})  # type: ignore[arg-type]
    return OutboxEvent(
        stream=EVENTS,
        type=message.DESCRIPTOR.full_name,
        data=event.SerializeToString(),
        time=now,
        key=key,
        subject=key,
    )


def links_applied(contacts: Sequence[UUID], now: datetime) -> list[OutboxEvent]:
    """The fact that pages of these contacts show other links from now on."""
    names = [f"contacts/{contact}" for contact in sorted(contacts)]
    return [
        fact("links_applied", events_pb2.LinksApplied(contacts=names[at : at + 500]), key=names[at], now=now)
        for at in range(0, len(names), 500)
    ]


def touch_refused(said: Arrived, kept_hash: bytes, now: datetime) -> OutboxEvent:
    """The fact that a touch said something else under an id that was taken: names and hashes only."""
    name = identity.touch_name(said.subject, said.touch_id)
    refused = events_pb2.TouchRefused(
        touch=name, source=f"sources/{said.source}", kept_hash=kept_hash, refused_hash=said.content_hash
    )
    refused.refused_time.FromDatetime(now)
    return fact("touch_refused", refused, key=name, now=now)


def anchored(anchor: Anchor) -> OutboxEvent:
    """How far the log of who read which touches goes, as a record of its own stream."""
    name = f"auditEntries/{anchor.number}"
    told = events_pb2.AuditAnchored(
        audit_entry=name, number=anchor.number, digest=anchor.digest, signature=anchor.signature
    )
    told.anchor_time.FromDatetime(anchor.time)
    return replace(fact("audit_anchored", told, key=name, now=anchor.time), stream=AUDIT)


@dataclass(frozen=True, eq=False)
class Envelope:
    """What touches came in: a TouchBatch of so many, as bytes."""

    partition: int
    touches: int
    value: bytes


class _Part(NamedTuple):
    """Rows that stay together, with what an envelope says of them: subjects, and touches with their tags."""

    rows: Sequence[Row]
    subjects: bytes
    touches: bytes | memoryview


def recorded(rows: Sequence[Row], now: datetime, now_us: int) -> list[OutboxEvent]:
    """The envelopes of new touches; each row is told how far it is from its partition's last number.

    Takes the evidence out of the touches: it never goes on the stream.
    """
    partitions: dict[int, list[_Chunk]] = {}
    for came, group in groupby(rows, attrgetter("envelope")):
        chunks = partitions.setdefault(came.partition, [])
        for part in _parts(came, list(group)):
            if not chunks or not chunks[-1].has_room(part):
                chunks.append(_Chunk())
            chunks[-1].put(part)
    found = []
    for partition, chunks in partitions.items():
        for back, chunk in enumerate(reversed(chunks)):
            chunk.note(back)
        found += [_event(partition, chunk, now, now_us) for chunk in chunks]
    return found


class _Chunk:
    """What goes into one envelope."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.count = self.size = 0

    def has_room(self, part: _Part) -> bool:
        return self.count + len(part.rows) <= ENVELOPE_TOUCHES and self.size + len(part.touches) <= ENVELOPE_BYTES

    def put(self, part: _Part) -> None:
        self.parts.append(part)
        self.count += len(part.rows)
        self.size += len(part.touches)

    def note(self, back: int) -> None:
        """Tell each row how far its envelope is from the last."""
        for part in self.parts:
            for row in part.rows:
                row.back = back

    def encoded(self, now_us: int) -> bytes:
        """A TouchBatch: first the packed subjects, then each touch, then when they were written."""
        subjects = b"".join([part.subjects for part in self.parts])
        written = intake_pb2.TouchBatch(recorded_us=now_us).SerializeToString()
        return b"".join([beginning(subjects), *[part.touches for part in self.parts], written])


def _parts(came: Envelope, rows: Sequence[Row]) -> Iterable[_Part]:
    """One part where all of an envelope goes on as it came, which costs nothing a touch; else one of each row."""
    if len(rows) == came.touches and all(row.is_as_said for row in rows):
        subjects = b"".join([row.said.subject for row in rows])
        head = beginning(subjects)
        if len(came.value) <= ENVELOPE_BYTES and came.value.startswith(head):
            return [_Part(rows, subjects, memoryview(came.value)[len(head) :])]
    whole = intake_pb2.TouchBatch.FromString(came.value).touches
    touches = {touch.subject + touch.touch_id: touch for touch in reversed(whole)}  # of a repeat the first was written
    return [_part(row, touches[row.said.subject + row.said.touch_id]) for row in rows]


def _part(row: Row, touch: intake_pb2.IntakeTouch) -> _Part:
    return _Part([row], row.said.subject, sized(_TOUCHES, _encoded(row, touch)))


def _encoded(row: Row, touch: intake_pb2.IntakeTouch) -> bytes:
    """A touch as it was written."""
    touch.ClearField("raw")
    touch.thread, touch.thread_us, touch.contact = row.thread, row.thread_us, row.contact
    return touch.SerializeToString()


def _event(partition: int, chunk: _Chunk, now: datetime, now_us: int) -> OutboxEvent:
    return OutboxEvent(
        stream=RECORDED,
        type=intake_pb2.TouchBatch.DESCRIPTOR.full_name,
        data=chunk.encoded(now_us),
        time=now,
        partition=partition,
    )
