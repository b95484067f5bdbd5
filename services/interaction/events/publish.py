"""The recorded stream becomes the public touches stream: one CloudEvent a touch, without personal data."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import identity
from chassis.bus import Invalid, NotNow, Producer, Record
from chassis.errors import DomainError
from chassis.streams import catalogue
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import store
from services.interaction.domain import ids
from services.interaction.domain.builtin import BUILTIN
from services.interaction.gateways import timestamp
from services.interaction.usecases import moment

TOUCHES = "touchline.interaction.touches.v1"
SOURCE = "/touchline/interaction"
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
            await asyncio.wait_for(asyncio.gather(*sent), PATIENCE)
        except (DomainError, TimeoutError, OSError) as error:
            raise NotNow(f"the touches stream does not take them: {type(error).__name__}") from error

    async def flush(self, conn: AsyncConnection[Any], prepared: None) -> None:
        """Nothing to write: the fence moves the position."""

    def _send(self, touch: IntakeTouch, recorded_us: int, resolver: identity.Resolver) -> "asyncio.Future[int]":
        value = public(touch, recorded_us, resolver)
        partition = catalogue().partition(TOUCHES, touch.subject)
        return self._producer.send(
            TOUCHES,
            partition=partition,
            key=touch.subject,
            value=value.SerializeToString(),
            headers=_headers(touch, value),
        )


def public(touch: IntakeTouch, recorded_us: int, resolver: identity.Resolver) -> events_pb2.PublishedTouch:
    """A touch as others may read it, with the contacts that it belongs to now."""
    shown = pb.Touch.FromString(touch.payload)
    for field, _ in shown.ListFields():
        if field.name not in _KEPT:
            shown.ClearField(field.name)
    shown.names.ClearField("contact")
    shown.names.ClearField("message")  # a subject line greets people by whatever its template says
    shown.actor.ClearField("display_name")
    _keep_public_attributes(shown)
    contact = UUID(bytes=touch.contact) if touch.contact else None
    shown.contact = f"contacts/{contact}" if contact else ""
    shown.recorded_time.FromDatetime(moment(recorded_us))
    owner = resolver.owner_of(identity.TouchFacts(touch.subject, moment(touch.occurred_us), contact, shown.name))
    shown.shared = owner.is_shared
    return events_pb2.PublishedTouch(touch=shown, contacts=[f"contacts/{one}" for one in owner.contacts])


def _keep_public_attributes(shown: pb.Touch) -> None:
    """Only what a built-in type knows and calls public: free text of others may hold anything."""
    kind = BUILTIN.get(shown.type)
    known = {field.key for field in kind.fields if not field.is_personal and field.kind == 2} if kind else set()
    for key in list(shown.attributes.fields):
        if key not in known:
            with contextlib.suppress(KeyError):
                del shown.attributes.fields[key]


def _headers(touch: IntakeTouch, value: events_pb2.PublishedTouch) -> list[tuple[str, bytes]]:
    told = {
        "ce_specversion": "1.0",
        "ce_id": ids.touch_name(touch.subject, touch.touch_id),
        "ce_type": value.DESCRIPTOR.full_name,
        "ce_source": SOURCE,
        "ce_time": timestamp(touch.occurred_us).ToJsonString(),
        "ce_subject": value.contacts[0] if value.contacts else value.touch.name,
        "content-type": "application/protobuf",
    }
    headers = [(key, text.encode()) for key, text in told.items()]
    return [*headers, ("traceparent", touch.trace)] if touch.trace else headers


def _decode(record: Record) -> TouchBatch:
    try:
        return TouchBatch.FromString(record.value)
    except DecodeError:
        raise Invalid("not an envelope of touches") from None
