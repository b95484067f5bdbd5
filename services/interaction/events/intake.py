"""The intake stream becomes the touch table: one transaction a batch, each touch once in effect."""

import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.bus import Invalid, Record, Unfit
from chassis.clock import Clock, SystemClock
from chassis.telemetry import metrics
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import store
from services.interaction.domain.writing import FIRST_US, LAST_US, Arrived, Conflict, CountKey, Judged, Row, count
from services.interaction.events import encoding
from services.interaction.gateways import length, tag
from services.interaction.usecases import judge_batch, microseconds, moment

Conn = AsyncConnection[Any]
MOST_SMALL = 2**15
CAREFUL_BATCHES = 100  # repeats seldom come alone, and a batch that hoped in vain is written twice
_TOUCHES = tag(pb.RecordTouchesRequest, "touches")
_SUBJECT = attrgetter("said.subject")


@dataclass
class Prepared:
    """A batch that only has to be flushed."""

    judged: Judged
    counts: Mapping[CountKey, int]
    conflicts: list[Conflict]
    raw: list[tuple[UUID, UUID, datetime, bytes]]
    events: list[outbox.OutboxEvent]


class IntakeHandler:
    """Writes envelopes of touches: the consumer's BatchHandler for the intake stream."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._careful = 0  # how many batches more are looked up touch by touch

    def doubt(self) -> bool:
        """A touch was written already: look them up from now on, for a while. False where they were looked up."""
        was_hopeful, self._careful = not self._careful, CAREFUL_BATCHES
        return was_hopeful

    async def prepare(self, conn: Conn, batch: Sequence[Record]) -> Prepared:
        """Decode, look up and stage; changes nothing that others see.

        What else a touch holds is looked at only when it did not work: our own door has checked it.
        """
        said: list[tuple[encoding.Envelope, Arrived]] = []
        for record in batch:
            touches = touches_of(record)
            check_payloads(touches)
            envelope = encoding.Envelope(record.partition, len(touches), record.value)
            said += [(envelope, touch) for touch in touches]
        try:
            return await self._prepare(conn, said)
        except (ValueError, OverflowError, struct.error):
            if any(is_strange(touch) for _, touch in said):
                raise Unfit("a touch that holds what none can") from None
            raise

    async def _prepare(self, conn: Conn, said: Sequence[tuple[encoding.Envelope, Arrived]]) -> Prepared:
        """What is to be flushed; rows go by subject into table and counts, which spares their indexes half the way."""
        now = self._clock.now()
        judged = await judge_batch(conn, said, is_hopeful=not self._careful)
        self._careful = CAREFUL_BATCHES if judged.repeated or judged.conflicts else max(0, self._careful - 1)
        raw = _raw(judged.rows)
        events = encoding.recorded(judged.rows, now, microseconds(now))
        events += [encoding.touch_refused(touch, kept, now) for touch, kept in judged.conflicts]
        events += encoding.links_applied([contact for contact, _ in judged.named], now)
        by_subject = sorted(judged.rows, key=_SUBJECT)
        await store.stage(conn, by_subject, microseconds(now))
        conflicts = [_conflict(touch, kept, now) for touch, kept in judged.conflicts]
        return Prepared(judged, count(by_subject), conflicts, raw, events)

    async def flush(self, conn: Conn, prepared: Prepared) -> None:
        """Write it all; runs in the pipeline, behind the fence."""
        judged = prepared.judged
        await store.insert_raw(conn, prepared.raw)
        await store.add_counts(conn, prepared.counts)
        await store.insert_named(conn, judged.named)
        await store.insert_conflicts(conn, prepared.conflicts)
        if prepared.events:
            await conn.execute(outbox.PUT, outbox.arguments(prepared.events))
        if judged.rows:
            await store.insert_staged(conn)
        _count(judged)

    def halve(self, record: Record) -> tuple[Record, Record] | None:
        """Split an envelope, so that the one touch that PostgreSQL refuses can be found."""
        touches = envelope_of(record).touches
        middle = len(touches) // 2
        if not middle:
            return None
        return _part(record, touches[:middle]), _part(record, touches[middle:])


def envelope_of(record: Record) -> TouchBatch:
    """The envelope that a record is."""
    try:
        return TouchBatch.FromString(record.value)
    except DecodeError:
        raise Invalid("not an envelope of touches") from None


def touches_of(record: Record) -> list[Arrived]:
    """The touches of an envelope; one that does not hold what it says is a dead letter."""
    batch = envelope_of(record)
    touches = Arrived.by(batch.touches)
    if batch.subjects != b"".join([touch.subject for touch in touches]):
        raise Invalid("the packed subjects are not those of the touches")
    for touch in touches:
        if not len(touch.subject) == len(touch.touch_id) == len(touch.thread) == 16:
            raise Invalid("a touch without its ids")
    if len(record.value) > encoding.ENVELOPE_BYTES:
        check_sizes(batch.touches)
    return touches


def check_payloads(touches: Sequence[Arrived]) -> None:
    """Refuse payloads that are no touches: whoever reads them later could not go on.

    All of an envelope are parsed in one go, as one message of many touches: under a microsecond a touch.
    """
    parts: list[bytes] = []
    for touch in touches:
        payload = touch.payload
        parts += (_TOUCHES, length(len(payload)), payload)
    try:
        pb.RecordTouchesRequest.FromString(b"".join(parts))
    except DecodeError:
        raise Unfit("a payload that is no touch") from None


def check_sizes(touches: Iterable[IntakeTouch]) -> None:
    """Refuse what would fit into no envelope of the recorded stream."""
    if any(touch.ByteSize() > encoding.ENVELOPE_BYTES for touch in touches):
        raise Unfit("a touch that is larger than any may be")


def is_strange(touch: Arrived) -> bool:
    """Whether a touch holds an id, a number or a time that no touch can have."""
    references = (touch.contact, touch.account, touch.deal, touch.campaign, touch.activity, touch.variant)
    numbers = (touch.rank, touch.touch_class, touch.channel, touch.direction, touch.actor, touch.verdict)
    times = (touch.occurred_us, touch.accepted_us, touch.thread_us)
    return not (
        all(len(id_) in {0, 16} for id_ in references)
        and len(touch.correction_of) in {0, 32}
        and len(touch.content_hash) == 16
        and max(*numbers, touch.type_version >> 16) < MOST_SMALL
        and all(FIRST_US <= us <= LAST_US for us in times)
    )


def _part(record: Record, touches: Sequence[IntakeTouch]) -> Record:
    batch = TouchBatch(subjects=b"".join(touch.subject for touch in touches), touches=touches)
    return record._replace(value=batch.SerializeToString())


def _raw(rows: Sequence[Row]) -> list[tuple[UUID, UUID, datetime, bytes]]:
    return [
        (UUID(bytes=row.said.subject), UUID(bytes=row.said.touch_id), moment(row.said.accepted_us), row.said.raw)
        for row in rows
        if not row.is_as_said and row.said.raw
    ]


def _conflict(touch: Arrived, kept: bytes, now: datetime) -> Conflict:
    said = pb.Touch.FromString(touch.payload)
    return Conflict(
        UUID(bytes=touch.subject),
        UUID(bytes=touch.touch_id),
        UUID(bytes=touch.content_hash),
        UUID(bytes=kept),
        touch.source,
        said.source_event_id,
        touch.type,
        moment(touch.accepted_us),
        now,
    )


def _count(judged: Judged) -> None:
    outcomes = {
        "new": len(judged.rows),
        "repeated": judged.repeated,
        "conflict": len(judged.conflicts),
        "forgotten": judged.forgotten,
        "silenced": judged.silenced,
        "expired": judged.expired,
    }
    for outcome, number in outcomes.items():
        if number:
            metrics.TOUCHES_WRITTEN.labels(outcome).inc(number)
    if judged.rows:
        now = time.time()
        taken = [max(0.0, now - row.said.accepted_us / 1e6) for row in judged.rows]
        metrics.observe_all(metrics.TOUCH_FRESHNESS, taken)
