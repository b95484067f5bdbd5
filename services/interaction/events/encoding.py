"""How facts and envelopes of interaction are written on its streams."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import identity
from chassis.audit import Anchor
from chassis.outbox import OutboxEvent
from google.protobuf.message import Message
from touchline.interaction.v1 import intake_pb2
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2

from services.interaction.domain.writing import Row
from services.interaction.gateways import Parcel, envelope
from services.interaction.store import RECORDED

EVENTS = "touchline.interaction.events.v1"
AUDIT = "touchline.interaction.audit.v1"
ENVELOPE_BYTES = 480 * 1024
ENVELOPE_TOUCHES = 500


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


def touch_refused(said: intake_pb2.IntakeTouch, kept_hash: bytes, now: datetime) -> OutboxEvent:
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


def recorded(rows: Sequence[Row], now: datetime, now_us: int) -> list[OutboxEvent]:
    """The envelopes of new touches; each row is told how far it is from its partition's last number.

    Takes the evidence out of the touches: it never goes on the stream.
    """
    partitions: dict[int, list[_Chunk]] = {}
    for row in rows:
        chunks = partitions.setdefault(row.partition, [])
        parcel = Parcel(row.partition, row.said.subject, _encoded(row))
        if not chunks or not chunks[-1].has_room(parcel):
            chunks.append(_Chunk())
        chunks[-1].put(row, parcel)
    found = []
    for partition, chunks in partitions.items():
        for back, chunk in enumerate(reversed(chunks)):
            for row in chunk.rows:
                row.back = back
        found += [_event(partition, chunk.parcels, now, now_us) for chunk in chunks]
    return found


class _Chunk:
    """The rows of one envelope."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.parcels: list[Parcel] = []
        self.size = 0

    def has_room(self, parcel: Parcel) -> bool:
        return len(self.rows) < ENVELOPE_TOUCHES and self.size + len(parcel.encoded) <= ENVELOPE_BYTES

    def put(self, row: Row, parcel: Parcel) -> None:
        self.rows.append(row)
        self.parcels.append(parcel)
        self.size += len(parcel.encoded)


def _encoded(row: Row) -> bytes:
    """A touch as it was written: mostly as it came."""
    said: intake_pb2.IntakeTouch = row.said
    if said.raw:
        said.ClearField("raw")
    if row.thread == said.thread and row.thread_us == said.thread_us and row.contact == said.contact:
        return said.SerializeToString()
    touch = intake_pb2.IntakeTouch()
    touch.CopyFrom(said)
    touch.thread, touch.thread_us, touch.contact = row.thread, row.thread_us, row.contact
    return touch.SerializeToString()


def _event(partition: int, parcels: Sequence[Parcel], now: datetime, now_us: int) -> OutboxEvent:
    written = intake_pb2.TouchBatch(recorded_us=now_us).SerializeToString()
    return OutboxEvent(
        stream=RECORDED,
        type=intake_pb2.TouchBatch.DESCRIPTOR.full_name,
        data=envelope(parcels) + written,
        time=now,
        partition=partition,
    )
