"""Seals of consent events and the anchors of their chain; a trigger notes each new event as not sealed yet."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.chain import EMPTY, Head
from chassis.db import Tx
from psycopg.types.json import Jsonb
from sqlalchemy import text

from services.contact.domain.proofs import Seal, Told

LOCK = text("SELECT pg_advisory_xact_lock(7105, 0)")
TAKE = text("""
DELETE FROM consent_unsealed WHERE event_id IN (SELECT event_id FROM consent_unsealed ORDER BY event_id LIMIT :most)
RETURNING event_id
""")
EVENT = (
    "id, subject, identifier_kind, value, purpose, channel, topic, status, lawful_basis, capture_time, "
    "effective_to_time, source, wording_version, ip_hash, evidence, actor, create_time"
)
EVENTS = text(f"SELECT {EVENT} FROM consent_event WHERE id = ANY (:ids) ORDER BY id")  # noqa: S608 - our own columns
HEAD = text("SELECT number, digest FROM consent_seal ORDER BY number DESC LIMIT 1")
ORDINALS = "SELECT subject, max(ordinal) FROM consent_seal WHERE subject = ANY (%s) GROUP BY subject"
COLUMNS = {
    "number": "bigint", "event_id": "uuid", "subject": "bytea", "ordinal": "bigint", "salt": "bytea",
    "record_hash": "bytea", "digest": "bytea", "hashes": "jsonb",
}  # fmt: skip
ANCHOR = text("INSERT INTO consent_anchor (number, digest, time) VALUES (:number, :digest, :time)")
SEALS = "number, event_id, subject, ordinal, salt, record_hash, digest, coalesce(hashes, '{}')"
AFTER = f"SELECT {SEALS} FROM consent_seal WHERE number > %s ORDER BY number LIMIT %s"  # noqa: S608 - our own columns
TOLD = f"SELECT {EVENT} FROM consent_event WHERE id = ANY (%s)"  # noqa: S608 - our own columns
OF_SUBJECTS = "SELECT number FROM consent_seal WHERE subject = ANY (%s) ORDER BY number"
ANCHORS_AROUND = """
SELECT DISTINCT coalesce(a.number, 0), coalesce(a.digest, decode(repeat('00', 32), 'hex')), b.number, b.digest, b.time
FROM unnest(%s::bigint[]) AS n
    LEFT JOIN LATERAL (
        SELECT number, digest FROM consent_anchor WHERE number < n ORDER BY number DESC LIMIT 1
    ) a ON true
    JOIN LATERAL (SELECT number, digest, time FROM consent_anchor WHERE number >= n ORDER BY number LIMIT 1) b ON true
ORDER BY 1
"""
ANCHORS = text("""
SELECT number, digest, time FROM consent_anchor WHERE number > :after ORDER BY number LIMIT :most
""")
UNSEALED = text("SELECT count(*) FROM (SELECT FROM consent_unsealed LIMIT :most) AS waiting")
STRAY = text("""
SELECT e.id FROM consent_event e WHERE e.create_time < :before
    AND NOT EXISTS (SELECT FROM consent_seal s WHERE s.event_id = e.id)
    AND NOT EXISTS (SELECT FROM consent_unsealed u WHERE u.event_id = e.id) ORDER BY e.id LIMIT 1
""")


class Anchor(NamedTuple):
    """Where the chain stood at a moment."""

    number: int
    digest: bytes
    time: datetime


class Segment(NamedTuple):
    """A part of the chain between two anchors that stand next to each other."""

    after: Head
    until: Anchor


async def take_unsealed(tx: Tx, most: int) -> list[Told]:
    """The oldest events that were not sealed yet, taken from the list; one sealer at a time."""
    await tx.execute(LOCK)
    ids = list((await tx.execute(TAKE, {"most": most})).scalars())
    rows = await tx.execute(EVENTS, {"ids": ids}) if ids else ()
    return [Told(*row) for row in rows]


async def read_head(tx: Tx) -> Head:
    """The last seal."""
    row = (await tx.execute(HEAD)).one_or_none()
    return Head(row.number, bytes(row.digest)) if row else EMPTY


async def read_ordinals(tx: Tx, subjects: Iterable[bytes]) -> dict[bytes, int]:
    """How many events of each address are sealed."""
    (rows,) = await tx.fetch((ORDINALS, (list(subjects),)))
    return {bytes(subject): count for subject, count in rows}


async def insert_seals(tx: Tx, seals: Sequence[Seal]) -> None:
    """Append them."""
    rows = [(*(getattr(seal, name) for name in COLUMNS if name != "hashes"), Jsonb(seal.hashes)) for seal in seals]
    await tx.copy("consent_seal", COLUMNS, rows)


async def insert_anchor(tx: Tx, head: Head, now: datetime) -> None:
    """Note where the chain stands."""
    await tx.execute(ANCHOR, {"number": head.number, "digest": head.digest, "time": now})


async def list_seals(tx: Tx, after: int, most: int) -> list[Seal]:
    """The seals behind a number, in order."""
    (rows,) = await tx.fetch((AFTER, (after, most)))
    return [Seal(number, event, *(bytes(one) if isinstance(one, memoryview) else one for one in rest))
            for number, event, *rest in rows]  # fmt: skip


async def list_events(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Told]:
    """Events by their ids, as far as they are there."""
    (rows,) = await tx.fetch((TOLD, (list(ids),)))
    return {row[0]: Told(*row) for row in rows}


async def list_segments(tx: Tx, subjects: Iterable[bytes]) -> list[Segment]:
    """The parts of the chain that hold the events of these addresses, in order, none twice."""
    (numbers,) = await tx.fetch((OF_SUBJECTS, (list(subjects),)))
    (rows,) = await tx.fetch((ANCHORS_AROUND, ([row[0] for row in numbers],)))
    return [Segment(Head(a, bytes(b)), Anchor(c, bytes(d), e)) for a, b, c, d, e in rows]


async def list_anchors(tx: Tx, after: int, most: int) -> list[Anchor]:
    """The anchors behind a number, in order."""
    rows = await tx.execute(ANCHORS, {"after": after, "most": most})
    return [Anchor(row.number, bytes(row.digest), row.time) for row in rows]


async def count_unsealed(tx: Tx, most: int) -> int:
    """How many events wait to be sealed, counted up to `most`."""
    return int(await tx.scalar(UNSEALED, {"most": most}))


async def find_stray(tx: Tx, before: datetime) -> UUID | None:
    """An event from before a moment that is neither sealed nor waits for it."""
    found: UUID | None = await tx.scalar(STRAY, {"before": before})
    return found
