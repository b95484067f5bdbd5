"""Touches that interaction refused for good: kept with the reason, listed, and sent again when the cause is mended."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from chassis.telemetry import metrics
from psycopg import AsyncConnection

if TYPE_CHECKING:
    from chassis.db import Database

SCHEMA = """
CREATE TABLE touch_refused_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reason text NOT NULL,
    touch bytea NOT NULL,
    traceparent text NOT NULL,
    refuse_time timestamptz NOT NULL DEFAULT now()
)
"""
KEEP = "INSERT INTO touch_refused_outbox (reason, touch, traceparent) VALUES (%s, %s, %s)"
LIST = "SELECT id, reason, touch, traceparent, refuse_time FROM touch_refused_outbox ORDER BY id LIMIT %s"
TAKE = "DELETE FROM touch_refused_outbox WHERE id = ANY (%s) RETURNING id, reason, touch, traceparent, refuse_time"


class RefusedTouch(NamedTuple):
    """A refused touch: `reason` is UPPER_SNAKE, `touch` the serialised Touch, personal as it is."""

    id: int
    reason: str
    touch: bytes
    traceparent: str
    refuse_time: datetime


async def keep_refused(conn: AsyncConnection[Any], reason: str, touch: bytes, traceparent: str) -> None:
    """Keep a refused touch, in the transaction that counts its row as delivered."""
    await conn.execute(KEEP, (reason, touch, traceparent))
    metrics.TOUCHES_KEPT.labels(reason).inc()


async def list_refused(database: "Database", limit: int = 1000) -> list[RefusedTouch]:
    """Refused touches, oldest first."""
    async with database.connection() as conn:
        return [RefusedTouch(*row) for row in await (await conn.execute(LIST, (limit,))).fetchall()]


async def replay_refused(database: "Database", ids: list[int]) -> int:
    """Put refused touches back into the outbox, behind all others; gives their number."""
    from chassis import outbox  # noqa: PLC0415 - only whoever replays needs them
    from touchline.interaction.v1.interaction_pb2 import Touch  # noqa: PLC0415

    from touchrelay.rows import rows  # noqa: PLC0415

    async with database.connection() as conn, conn.transaction():
        taken = sorted(RefusedTouch(*row) for row in await (await conn.execute(TAKE, (ids,))).fetchall())
        for one in taken:
            events = rows([Touch.FromString(one.touch)], time=one.refuse_time)
            await conn.execute(outbox.PUT, outbox.arguments(events))
    database.wake_relay()
    return len(taken)
