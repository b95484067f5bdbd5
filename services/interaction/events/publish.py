"""The recorded stream becomes the public touches stream: one CloudEvent a touch, without personal data."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import identity
from chassis.bus import Invalid, Keyed, NotNow, Producer, Record
from chassis.errors import DomainError
from chassis.streams import catalogue, partition_of
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import store
from services.interaction.events.public import Owners, json_time, public, recorded_time

TOUCHES = "touchline.interaction.touches.v1"
PATIENCE = 20.0
CACHED_PARTITIONS = 50_000
_VERSION, _FORM = ("ce_specversion", b"1.0"), ("content-type", b"application/protobuf")
_TYPE = ("ce_type", events_pb2.PublishedTouch.DESCRIPTOR.full_name.encode())
_SOURCE = ("ce_source", b"/touchline/interaction")


class PublishHandler:
    """Sends each touch of a batch, and moves on when Kafka has them all: at least once, in order per subject."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        partitions = catalogue()[TOUCHES].partitions
        self._partition_of = lru_cache(CACHED_PARTITIONS)(partial(partition_of, partitions=partitions))

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> None:
        """Resolve and send, outside of any transaction; nothing is written here."""
        batches = [_decode(record) for record in batch]
        subjects = {touch.subject for one in batches for touch in one.touches}
        owners = Owners(await store.list_links_of_subjects(conn, subjects))
        await conn.execute("COMMIT")  # the server ends whoever is idle in a transaction, and Kafka may take longer
        try:
            await asyncio.wait_for(_all(self._send(batches, owners)), PATIENCE)
        except (DomainError, TimeoutError, OSError) as error:
            raise NotNow(f"the touches stream does not take them: {type(error).__name__}") from error

    async def flush(self, conn: AsyncConnection[Any], prepared: None) -> None:
        """Nothing to write: the fence moves the position."""

    def _send(self, batches: Sequence[TouchBatch], owners: Owners) -> "list[asyncio.Future[int]]":
        told: dict[int, list[Keyed]] = {}
        for batch in batches:
            recorded = recorded_time(batch.recorded_us)
            for touch in batch.touches:
                record = _record(touch, recorded, owners)
                told.setdefault(self._partition_of(record.key), []).append(record)
        return [
            future
            for partition, records in told.items()
            for future in self._producer.send_all(TOUCHES, partition=partition, records=records)
        ]


def _record(touch: IntakeTouch, recorded: bytes, owners: Owners) -> Keyed:
    subject = touch.subject
    name = identity.touch_name(subject, touch.touch_id)
    owned = owners.of(touch, subject, name)
    return Keyed(subject, public(touch, recorded, owned), _headers(touch, name.encode(), owned.subject))


async def _all(sent: "Sequence[asyncio.Future[int]]") -> None:
    """Wait for every future in turn: most are done when their turn comes, and a gathering would wake up for each."""
    try:
        for future in sent:
            await future
    finally:
        for future in sent:
            if not future.cancel() and not future.cancelled():
                future.exception()  # looked at, so that asyncio does not call it forgotten


def _headers(touch: IntakeTouch, name: bytes, contact: bytes) -> list[tuple[str, bytes]]:
    """CloudEvents in binary mode."""
    headers = [
        _VERSION,
        ("ce_id", name),
        _TYPE,
        _SOURCE,
        ("ce_time", json_time(touch.occurred_us)),
        ("ce_subject", contact or name),
        _FORM,
    ]
    trace = touch.trace
    return [*headers, ("traceparent", trace)] if trace else headers


def _decode(record: Record) -> TouchBatch:
    try:
        return TouchBatch.FromString(record.value)
    except DecodeError:
        raise Invalid("not an envelope of touches") from None
