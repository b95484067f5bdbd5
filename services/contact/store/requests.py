"""Requests of the edge that were applied, and how far their stream is read."""

from chassis.db import Tx
from sqlalchemy import text

from services.contact.domain.requests import ConsentRequest

INSERT = text("""
INSERT INTO consent_request (message, purpose, topic, wish, slot) VALUES (:message, :purpose, :topic, :wish, :slot)
ON CONFLICT DO NOTHING RETURNING slot
""")
POSITIONS = text("SELECT partition, next FROM inbox_offset WHERE consumer = :consumer AND stream = :stream")
NOTE = text("""
INSERT INTO consent_reading (read_time) VALUES (now() - make_interval(secs => :ago))
ON CONFLICT (is_only) DO UPDATE SET read_time = greatest(consent_reading.read_time, EXCLUDED.read_time)
""")
IS_STALE = text("""
SELECT coalesce((SELECT read_time < now() - make_interval(secs => :limit) FROM consent_reading), true)
""")


async def insert_consent_request(tx: Tx, request: ConsentRequest) -> bool:
    """Note a request as applied; False when it was before."""
    named = {field: getattr(request, field) for field in ("message", "topic", "slot")} | {"purpose": request.scope}
    return (await tx.execute(INSERT, named | {"wish": request.wish.value})).scalar_one_or_none() is not None


async def read_positions(tx: Tx, consumer: str, stream: str) -> dict[int, int]:
    """Up to where each partition was applied."""
    rows = await tx.execute(POSITIONS, {"consumer": consumer, "stream": stream})
    return {row.partition: row.next for row in rows}


async def note_reading(tx: Tx, ago: float) -> None:
    """Everything that was in the stream `ago` seconds ago is applied."""
    await tx.execute(NOTE, {"ago": ago})


async def is_reading_stale(tx: Tx, limit: float) -> bool:
    """Whether that was last so more than `limit` seconds ago, or never."""
    return bool(await tx.scalar(IS_STALE, {"limit": limit}))
