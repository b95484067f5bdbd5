"""Where each partition was read to (fence), the last ce_sequence, the request_ids already answered.

`inbox_offset` holds one row per (consumer group, stream, partition). `fence` moves it from the position that the
consumer holds, or raises TL001 so that all of that transaction rolls back: who was frozen and replaced writes nothing.
`version` is raised by whoever else changes what a consumer has looked up (erasure): see `raise_version`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import AsyncConnection
from sqlalchemy import text

from chassis.errors import Aborted, InvalidArgument, Violation
from chassis.outbox.rows import Position, decode_positions

if TYPE_CHECKING:
    from chassis.db import Database, Tx

FENCED = "TL001"
REJOIN = "rejoin"  # in place of a topic's id: everything is asked for anew before this partition is read on

SCHEMA = """
CREATE TABLE inbox_offset (
    consumer text NOT NULL,
    stream text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL CHECK (next >= 0),
    version bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    topic_id text NOT NULL DEFAULT '',
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, stream, partition)
) WITH (fillfactor = 50);

CREATE FUNCTION fence(
    of_consumer text, of_stream text, of_partition integer,
    from_next bigint, from_version bigint, to_next bigint, to_epoch bigint, to_seq bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inbox_offset SET next = to_next, epoch = to_epoch, seq = to_seq, update_time = now()
    WHERE consumer = of_consumer AND stream = of_stream AND partition = of_partition
      AND next = from_next AND version = from_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fenced: % % % is no longer at % version %',
            of_consumer, of_stream, of_partition, from_next, from_version USING ERRCODE = 'TL001';
    END IF;
END $$;

CREATE TABLE request_id (
    caller text NOT NULL,
    method text NOT NULL,
    request_id text NOT NULL,
    request_hash bytea NOT NULL,
    resource text NOT NULL DEFAULT '',
    etag text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX request_id_create_time ON request_id (create_time);
"""

FENCES = """SELECT fence(%s, stream, partition, from_next, from_version, to_next, to_epoch, to_seq)
FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
AS told (stream, partition, from_next, from_version, to_next, to_epoch, to_seq)"""
ROWS = """SELECT stream, partition, next, version, epoch, seq, topic_id FROM inbox_offset
WHERE consumer = %s AND (stream, partition) IN (SELECT * FROM unnest(%s::text[], %s::integer[]))"""
FIRST = """INSERT INTO inbox_offset (consumer, stream, partition, next, topic_id) VALUES (%s, %s, %s, 0, %s)
ON CONFLICT DO NOTHING"""
START = """INSERT INTO inbox_offset (consumer, stream, partition, next, epoch, seq, topic_id)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (consumer, stream, partition) DO UPDATE
SET next = EXCLUDED.next, epoch = EXCLUDED.epoch, seq = EXCLUDED.seq, topic_id = EXCLUDED.topic_id,
    version = inbox_offset.version + 1
WHERE inbox_offset.next < EXCLUDED.next OR inbox_offset.topic_id = 'rejoin'"""
ASK_ANEW = """INSERT INTO inbox_offset (consumer, stream, partition, next, topic_id) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (consumer, stream, partition) DO UPDATE SET next = EXCLUDED.next, epoch = 0, seq = 0,
    topic_id = EXCLUDED.topic_id, version = inbox_offset.version + 1"""
ASKED = "SELECT count(*) FROM inbox_offset WHERE consumer = %s AND stream = %s AND topic_id = %s"
PREPARE_AGAIN = """UPDATE inbox_offset SET version = version + 1
WHERE consumer = %s AND stream = %s AND partition = %s"""
RAISE_VERSION = """UPDATE inbox_offset SET version = version + 1
WHERE consumer = :consumer AND stream = :stream AND partition = :partition RETURNING version"""
LOCK_ALL = "SELECT 1 FROM inbox_offset WHERE consumer = :consumer AND stream = :stream ORDER BY partition FOR UPDATE"
RAISE_ALL = "UPDATE inbox_offset SET version = version + 1 WHERE consumer = :consumer AND stream = :stream"
REACHED = """SELECT count(*) FROM inbox_offset WHERE consumer = :consumer AND stream = :stream
AND partition = :partition AND (epoch, seq) >= (:epoch, :seq)"""


class Held(NamedTuple):
    """What we hold of one partition: the row as we last read or wrote it."""

    next: int
    version: int = 0
    epoch: int = 0
    seq: int = 0
    topic_id: str = ""


async def read(
    conn: AsyncConnection[Any], consumer: str, partitions: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Held]:
    """The rows of these partitions, as far as there are any."""
    streams, numbers = [p[0] for p in partitions], [p[1] for p in partitions]
    found = await (await conn.execute(ROWS, (consumer, streams, numbers))).fetchall()
    return {(row[0], row[1]): Held(*row[2:]) for row in found}


async def begin(conn: AsyncConnection[Any], consumer: str, partition: tuple[str, int], topic_id: str) -> None:
    """Make the row of a partition whose log is still whole."""
    await conn.execute(FIRST, (consumer, *partition, topic_id))


async def start_at(conn: AsyncConnection[Any], consumer: str, partition: tuple[str, int], held: Held) -> None:
    """Put a consumer where a log begins now, behind a snapshot; one that is there or further on stays where it is."""
    await conn.execute(START, (consumer, *partition, held.next, held.epoch, held.seq, held.topic_id))


async def ask_anew(conn: AsyncConnection[Any], consumer: str, stream: str, ends: Mapping[int, int]) -> None:
    """Make a consumer take a snapshot of a stream, then read on from these ends; what lies before is in the snapshot.

    One that runs stops these partitions until it is started again.
    """
    for partition, end in sorted(ends.items()):
        await conn.execute(ASK_ANEW, (consumer, stream, partition, end, REJOIN))


async def is_asked_anew(conn: AsyncConnection[Any], consumer: str, stream: str) -> bool:
    """Whether such a snapshot is still to come."""
    row = await (await conn.execute(ASKED, (consumer, stream, REJOIN))).fetchone()
    return bool(row and row[0])


async def raise_version(tx: "Tx", consumer: str, stream: str, partition: int) -> int:
    """Make the consumer prepare again what it prepared before this transaction; locks its row until COMMIT."""
    found = await tx.execute(text(RAISE_VERSION), {"consumer": consumer, "stream": stream, "partition": partition})
    return int(found.scalar_one_or_none() or 0)


async def raise_versions(tx: "Tx", consumer: str, stream: str) -> None:
    """As `raise_version`, for all partitions of a stream, locked in the order in which everybody locks them."""
    told = {"consumer": consumer, "stream": stream}
    await tx.execute(text(LOCK_ALL), told)
    await tx.execute(text(RAISE_ALL), told)


async def reached(tx: "Tx", consumer: str, positions: str) -> bool:
    """Whether this service has applied everything up to another's positions (`Tx.positions`)."""
    for position in decode_positions(positions):
        if not (await tx.execute(text(REACHED), {"consumer": consumer, **position._asdict()})).scalar_one():
            return False
    return True


async def wait_until_reached(database: "Database", consumer: str, positions: str, patience: float) -> bool:
    """Wait, at most `patience` seconds, until the positions are reached."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        async with database.transaction() as tx:
            if await reached(tx, consumer, positions):
                return True
        if loop.time() >= until:
            return False
        await asyncio.sleep(0.01)


class Answered(NamedTuple):
    """What an earlier call with the same request_id ended with."""

    resource: str
    etag: str


async def claim_request(tx: "Tx", *, caller: str, method: str, request_id: str, request_hash: bytes) -> Answered | None:
    """Insert the request_id first in its transaction; None means go on, else the earlier answer.

    A concurrent twin waits for the first for `lock_timeout` at most, then fails. Another body raises InvalidArgument.
    """
    key = {"caller": caller, "method": method, "request_id": request_id}
    claimed = await tx.execute(text(CLAIM), {**key, "request_hash": request_hash})
    if claimed.scalar_one_or_none() is not None:
        return None
    row = (await tx.execute(text(CLAIMED), key)).one_or_none()
    if row is None:
        raise Aborted("the first call with this request_id has just failed")
    if bytes(row.request_hash) != request_hash:
        raise _another_body()
    return Answered(row.resource, row.etag)


async def note_answer(tx: "Tx", *, caller: str, method: str, request_id: str, answered: Answered) -> None:
    """Keep what a repeat of this request will be answered with."""
    await tx.execute(
        text(NOTE),
        {"caller": caller, "method": method, "request_id": request_id, **answered._asdict()},
    )


async def forget_requests(tx: "Tx", before: datetime, most: int) -> int:
    """Delete at most so many request_ids older than `before`; gives how many it deleted."""
    told = {"before": before, "most": most}
    return int((await tx.execute(text(FORGET), told)).rowcount)  # type: ignore[attr-defined]


def _another_body() -> InvalidArgument:
    violation = Violation("request_id", "was used for another request", "REQUEST_ID_REUSED")
    error = InvalidArgument(violations=[violation])
    error.reason = "REQUEST_ID_REUSED"
    return error


CLAIM = """INSERT INTO request_id (caller, method, request_id, request_hash)
VALUES (:caller, :method, :request_id, :request_hash) ON CONFLICT DO NOTHING RETURNING request_id"""
CLAIMED = """SELECT request_hash, resource, etag FROM request_id
WHERE caller = :caller AND method = :method AND request_id = :request_id"""
NOTE = """UPDATE request_id SET resource = :resource, etag = :etag
WHERE caller = :caller AND method = :method AND request_id = :request_id"""
FORGET = """DELETE FROM request_id WHERE (caller, method, request_id) IN (
SELECT caller, method, request_id FROM request_id WHERE create_time < :before LIMIT :most FOR UPDATE SKIP LOCKED)"""

__all__ = [
    "FENCED",
    "FENCES",
    "REJOIN",
    "SCHEMA",
    "Answered",
    "Held",
    "Position",
    "ask_anew",
    "begin",
    "claim_request",
    "forget_requests",
    "is_asked_anew",
    "note_answer",
    "raise_version",
    "raise_versions",
    "reached",
    "read",
    "start_at",
    "wait_until_reached",
]

Positions = Mapping[tuple[str, int], Held]
