"""The recorded stream of interaction becomes our touches; only what rules count is kept of each."""

from collections.abc import Sequence
from typing import Any

from chassis.bus import Invalid, Record
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.segmentation.usecases.touching import Kept, Touch, keep_touches, look_at_touches

RECORDED = "touchline.interaction.recorded.v1"
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # the years 1 to 9999


class TouchesHandler:
    """The consumer's BatchHandler for envelopes of touches."""

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Kept:
        """Decode and look up; changes nothing."""
        return await look_at_touches(conn, [_touch(each) for record in batch for each in _decode(record)])

    async def flush(self, conn: AsyncConnection[Any], prepared: Kept) -> None:
        """Keep the touches and note for whom something changed."""
        await keep_touches(conn, prepared)

    @staticmethod
    def changes(prepared: Kept) -> bool:
        """Whether rules have to be evaluated; touches of nobody change no membership."""
        return bool(prepared.changes)


def _decode(record: Record) -> Sequence[IntakeTouch]:
    try:
        return TouchBatch.FromString(record.value).touches
    except DecodeError:
        raise Invalid("not an envelope of touches") from None


def _touch(said: IntakeTouch) -> Touch:
    subject, touch_id, contact, correction = said.subject, said.touch_id, said.contact, said.correction_of
    if not (len(subject) == len(touch_id) == 16 and len(contact) in {0, 16} and len(correction) in {0, 32}):
        raise Invalid("a touch without its ids")
    occurred_us = said.occurred_us
    if not FIRST_US <= occurred_us <= LAST_US:
        raise Invalid("a touch at a moment that is none")
    return Touch(subject, touch_id, contact, said.type, occurred_us, correction[16:])
