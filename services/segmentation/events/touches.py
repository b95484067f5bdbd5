"""The recorded stream of interaction becomes our touches; only what rules count is kept of each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.bus import Invalid, Record
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.segmentation.domain.changes import Change
from services.segmentation.store.people import insert_changes
from services.segmentation.usecases.projecting import Touch, apply_touches

RECORDED = "touchline.interaction.recorded.v1"
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class TouchesHandler:
    """The consumer's BatchHandler for envelopes of touches."""

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> list[Change]:
        """Keep the touches; commits with the fence, or not at all."""
        return await apply_touches(conn, [_touch(each) for record in batch for each in _decode(record)])

    async def flush(self, conn: AsyncConnection[Any], prepared: list[Change]) -> None:
        """Note for whom something changed."""
        await insert_changes(conn, prepared)


def _decode(record: Record) -> Sequence[IntakeTouch]:
    try:
        return TouchBatch.FromString(record.value).touches
    except DecodeError:
        raise Invalid("not an envelope of touches") from None


def _touch(said: IntakeTouch) -> Touch:
    try:
        return Touch(
            subject=UUID(bytes=said.subject),
            touch_id=UUID(bytes=said.touch_id),
            contact=UUID(bytes=said.contact) if said.contact else None,
            type=said.type,
            occurred_time=_1970 + timedelta(microseconds=said.occurred_us),
            corrects=UUID(bytes=said.correction_of[16:]) if said.correction_of else None,
        )
    except ValueError:
        raise Invalid("a touch without its ids") from None
