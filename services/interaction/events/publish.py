"""The recorded stream becomes the public touches stream: one CloudEvent a touch, without personal data."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import identity
from chassis.bus import Invalid, NotNow, Producer, Record
from chassis.errors import DomainError
from chassis.streams import catalogue, partition_of
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import store
from services.interaction.domain.builtin import BUILTIN
from services.interaction.gateways import timestamp
from services.interaction.usecases import moment

TOUCHES = "touchline.interaction.touches.v1"
PATIENCE = 20.0
_KEPT = frozenset(
    [
        "name",
        "contact",
        "account",
        "deal",
        "campaign",
        "activity",
        "variant",
        "message",
        "message_time",
        "channel",
        "type",
        "type_version",
        "direction",
        "touch_class",
        "occurred_time",
        "accepted_time",
        "recorded_time",
        "source",
        "source_event_id",
        "value",
        "utm",
        "names",
        "attributes",
        "verdict",
        "correction_of",
        "actor",
        "rank",
        "uncounted",
    ]
)
_HIDDEN = [field.name for field in pb.Touch.DESCRIPTOR.fields if field.name not in _KEPT]
_VERSION, _FORM = ("ce_specversion", b"1.0"), ("content-type", b"application/protobuf")
_TYPE = ("ce_type", events_pb2.PublishedTouch.DESCRIPTOR.full_name.encode())
_SOURCE = ("ce_source", b"/touchline/interaction")


class PublishHandler:
    """Sends each touch of a batch, and moves on when Kafka has them all: at least once, in order per subject."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._partitions = catalogue()[TOUCHES].partitions

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> None:
        """Resolve and send, outside of any transaction; nothing is written here."""
        batches = [_decode(record) for record in batch]
        subjects = {UUID(bytes=touch.subject) for one in batches for touch in one.touches}
        resolver = identity.resolve(await store.list_links_of_subjects(conn, subjects))
        await conn.execute("COMMIT")  # the server ends whoever is idle in a transaction, and Kafka may take longer
        try:
            sent = [self._send(touch, one.recorded_us, resolver) for one in batches for touch in one.touches]
            await asyncio.wait_for(_all(sent), PATIENCE)
        except (DomainError, TimeoutError, OSError) as error:
            raise NotNow(f"the touches stream does not take them: {type(error).__name__}") from error

    async def flush(self, conn: AsyncConnection[Any], prepared: None) -> None:
        """Nothing to write: the fence moves the position."""

    def _send(self, touch: IntakeTouch, recorded_us: int, resolver: identity.Resolver) -> "asyncio.Future[int]":
        value = public(touch, recorded_us, resolver)
        return self._producer.send(
            TOUCHES,
            partition=partition_of(touch.subject, self._partitions),
            key=touch.subject,
            value=value.SerializeToString(),
            headers=_headers(touch, value),
        )


async def _all(sent: "Sequence[asyncio.Future[int]]") -> None:
    """Wait for every future in turn: most are done when their turn comes, and a gathering would wake up for each."""
    try:
        for future in sent:
            await future
    finally:
        for future in sent:
            if not future.cancel() and not future.cancelled():
                future.exception()  # looked at, so that asyncio does not call it forgotten


def public(touch: IntakeTouch, recorded_us: int, resolver: identity.Resolver) -> events_pb2.PublishedTouch:
    """A touch as others may read it, with the contacts that it belongs to now."""
    told = events_pb2.PublishedTouch()
    shown = told.touch
    shown.MergeFromString(touch.payload)
    for name in _HIDDEN:
        shown.ClearField(name)
    shown.names.ClearField("contact")
    shown.names.ClearField("message")  # a subject line greets people by whatever its template says
    shown.actor.ClearField("display_name")
    _keep_public_attributes(shown)
    contact = UUID(bytes=touch.contact) if touch.contact else None
    shown.contact = f"contacts/{contact}" if contact else ""
    shown.recorded_time.seconds, shown.recorded_time.nanos = recorded_us // 1_000_000, recorded_us % 1_000_000 * 1000
    owner = resolver.owner_of(identity.TouchFacts(touch.subject, moment(touch.occurred_us), contact, shown.name))
    shown.shared = owner.is_shared
    told.contacts.extend([f"contacts/{one}" for one in owner.contacts])
    return told


def _keep_public_attributes(shown: pb.Touch) -> None:
    attributes = shown.attributes.fields
    for key in set(attributes) - _public_keys(shown.type):
        with contextlib.suppress(KeyError):
            del attributes[key]


@lru_cache(1024)
def _public_keys(kind: str) -> frozenset[str]:
    """Only what a built-in type knows and calls public: free text of others may hold anything."""
    known = BUILTIN.get(kind)
    fields = known.fields if known else ()
    return frozenset(field.key for field in fields if not field.is_personal and field.kind == 2)


def _headers(touch: IntakeTouch, value: events_pb2.PublishedTouch) -> list[tuple[str, bytes]]:
    """CloudEvents in binary mode."""
    headers = [
        _VERSION,
        ("ce_id", identity.touch_name(touch.subject, touch.touch_id).encode()),
        _TYPE,
        _SOURCE,
        ("ce_time", timestamp(touch.occurred_us).ToJsonString().encode()),
        ("ce_subject", (value.contacts[0] if value.contacts else value.touch.name).encode()),
        _FORM,
    ]
    return [*headers, ("traceparent", touch.trace)] if touch.trace else headers


def _decode(record: Record) -> TouchBatch:
    try:
        return TouchBatch.FromString(record.value)
    except DecodeError:
        raise Invalid("not an envelope of touches") from None
