"""Getting touches into their table: looked up, staged by binary COPY, and inserted in the pipelined flush."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from chassis.arrays import Ints, Texts, Uuids
from chassis.erasures import OF_SUBJECTS as OF_ERASED
from chassis.erasures import Forgotten, spans_by_subject
from psycopg import AsyncConnection

from services.interaction.domain import searching
from services.interaction.domain.tracking import Said
from services.interaction.domain.writing import FIRST_US, LAST_US, Arrived, Conflict, CountKey, Row
from services.interaction.store.tracking import OF_SUBJECTS, by_subject

Conn = AsyncConnection[Any]
RECORDED = "touchline.interaction.recorded.v1"
# In the order of `_encode`: what each touch has of its own, what those of one type have in common, what few have.
_OWN = "subject_id, touch_id, thread, content_hash, thread_time, occurred_time, accepted_time, recorded_time, partition"
_SAME = "rank, touch_class, channel, direction, actor, verdict, is_response, type, type_version, source"
_REST = (
    "contact_id, account_id, deal_id, campaign_id, activity_id, variant_id, correction_of, message, attributes, "
    "searched, payload"
)
COPIED = f"{_OWN}, {_SAME}, {_REST}"
STAGING = f"""CREATE TEMP TABLE IF NOT EXISTS touch_staging ON COMMIT DELETE ROWS AS
SELECT {COPIED}, 0::integer AS back FROM touch WITH NO DATA"""
COPY = f"COPY touch_staging ({_OWN}, back, {_SAME}, {_REST}) FROM STDIN (FORMAT BINARY)"
INSERT = f"""INSERT INTO touch ({COPIED}, epoch, seq)
SELECT {", ".join(f"s.{name.strip()}" for name in COPIED.split(","))}, h.epoch, h.seq - s.back
FROM touch_staging s JOIN outbox_head h ON h.stream = '{RECORDED}' AND h.partition = s.partition"""
RAW = """INSERT INTO touch_raw (subject_id, touch_id, accepted_time, evidence)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %b::bytea[])"""
COUNT = """INSERT INTO touch_count (subject_id, contact_id, day, type, verdict, touches)
SELECT s, c, date '1970-01-01' + d, t, v, n
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::text[], %s::integer[], %s::integer[]) AS told (s, c, d, t, v, n)
ON CONFLICT (subject_id, contact_id, day, type, verdict) DO UPDATE
SET touches = touch_count.touches + EXCLUDED.touches"""
NAMED = """INSERT INTO contact_subject (contact_id, subject_id) SELECT * FROM unnest(%s::uuid[], %s::uuid[])
ON CONFLICT DO NOTHING"""
CONFLICT = """INSERT INTO touch_conflict (subject_id, touch_id, refused_hash, kept_hash, source, source_event_id, type,
accepted_time, refused_time) SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]) ON CONFLICT DO NOTHING"""
KNOWN = "SELECT * FROM touch_known(%s::uuid[], %s::uuid[])"
CORRECTIONS = "SELECT * FROM touch_corrections(%s::uuid[], %s::uuid[])"
NAMED_ALREADY = """SELECT contact_id, subject_id FROM contact_subject
WHERE (contact_id, subject_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))"""
TOMBSTONES = """SELECT subject_id, contact_id, time, is_closed FROM tombstone
WHERE subject_id = ANY(%s::uuid[]) OR contact_id = ANY(%s::uuid[])"""
BEGINNINGS = "SELECT type, begin_day - date '1970-01-01' FROM touch_retention WHERE begin_day IS NOT NULL"

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = struct.pack(">h", -1)
_FIELDS = COPIED.count(",") + 2
_OWN_VALUES = struct.Struct(">h" + "i16s" * 4 + "iq" * 4 + "ih" + "ii")
_UUID = struct.Struct(">i16s")
_INT = struct.Struct(">ii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)
_NOTHING_NAMED, _NO_NAMES = (b"",) * 6, _NULL * 6
_KIND, _NAMED = Arrived.between("rank", "source"), Arrived.between("account", "variant")
MOST_CACHED = 1024  # bytes: larger attributes are not remembered
BLOCK = 100  # rows at once: larger ones would be cut and copied again, and touch memory that was not used before
_2000_US = 946_684_800_000_000


class Kept(NamedTuple):
    """What is known of a touch that is written already."""

    content_hash: bytes
    thread: bytes
    thread_us: int


@dataclass
class Asked:
    """What a batch needs to know: keys and originals are subject and touch id in one, the rest ids of 16 bytes."""

    keys: set[bytes] = field(default_factory=set)
    originals: set[bytes] = field(default_factory=set)
    subjects: set[bytes] = field(default_factory=set)
    contacts: set[bytes] = field(default_factory=set)
    measured: set[bytes] = field(default_factory=set)
    named: set[bytes] = field(default_factory=set)


@dataclass
class Answers:
    """What the tables say: touches that are written already, threads of corrections that came first, tombstones.

    `beginnings` has the day since 1970 on which the history of a type begins, of types whose older touches are deleted;
    `spans` has when subjects of several people were an erased person's alone, `consents` what each address said of
    being tracked.
    """

    kept: dict[bytes, Kept]
    corrected: dict[bytes, tuple[bytes, int]]
    tombstones: list[tuple[bytes, bytes, datetime, bool]]
    beginnings: dict[str, int]
    consents: dict[bytes, list[Said]]
    spans: dict[bytes, list[Forgotten]]


async def look_up(conn: Conn, asked: Asked, *, is_hopeful: bool) -> Answers:
    """Everything that every batch asks, in one round trip, which also makes the staging table where there is none.

    The hopeful do not ask whether the touches themselves are written already.
    """
    sought = asked.originals if is_hopeful else asked.keys | asked.originals
    async with conn.pipeline():
        await conn.execute(STAGING)
        keys = _pairs(asked.keys)
        known = await conn.execute(KNOWN, _pairs(sought)) if sought else None
        corrections = await conn.execute(CORRECTIONS, keys)
        tombstones = await conn.execute(TOMBSTONES, (Uuids(asked.subjects), Uuids(asked.contacts)))
        spans = await conn.execute(OF_ERASED, (Uuids(asked.subjects),))
        beginnings = await conn.execute(BEGINNINGS)
        consents = await conn.execute(OF_SUBJECTS, (Uuids(asked.measured),)) if asked.measured else None
        kept = await known.fetchall() if known is not None else ()
        return Answers(
            {row[0].bytes + row[1].bytes: Kept(row[2].bytes, row[3].bytes, row[4]) for row in kept},
            {row[0].bytes + row[1].bytes: (row[2].bytes, row[3]) for row in await corrections.fetchall()},
            [(row[0].bytes, row[1].bytes, row[2], row[3]) for row in await tombstones.fetchall()],
            {row[0]: row[1] for row in await beginnings.fetchall()},
            by_subject(await consents.fetchall() if consents is not None else ()),
            spans_by_subject(await spans.fetchall()),
        )


def _pairs(keys: Collection[bytes]) -> tuple[Uuids, Uuids]:
    return Uuids([key[:16] for key in keys]), Uuids([key[16:] for key in keys])


async def find_named(conn: Conn, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of these (contact, subject) that are noted already."""
    if not pairs:
        return set()
    rows = await (await conn.execute(NAMED_ALREADY, _columns(list(pairs)))).fetchall()
    return {(row[0], row[1]) for row in rows}


async def stage(conn: Conn, rows: Sequence[Row], now_us: int) -> None:
    """COPY new touches into this connection's own STAGING, which is empty again after the commit."""
    if not rows:
        return
    async with conn.cursor() as cursor, cursor.copy(COPY) as copy:
        await copy.write(_SIGNATURE)
        for at in range(0, len(rows), BLOCK):
            await copy.write(b"".join(chain.from_iterable([_encode(row, now_us) for row in rows[at : at + BLOCK]])))
        await copy.write(_TRAILER)


async def insert_staged(conn: Conn) -> None:
    """Insert what was staged; its numbers are taken from the outbox's heads, so PUT goes before."""
    await conn.execute(INSERT)


async def insert_raw(conn: Conn, rows: Sequence[tuple[UUID, UUID, datetime, bytes]]) -> None:
    """Keep the evidence of touches, for 30 days."""
    if rows:
        await conn.execute(RAW, _columns(rows))


async def add_counts(conn: Conn, counts: Mapping[CountKey, int]) -> None:
    """Add to the counts per subject, contact, day, type and verdict."""
    if not counts:
        return
    rows = sorted(counts.items())  # which is how they come, but for a subject's own
    subjects, contacts, days, types, verdicts = zip(*(key for key, _ in rows), strict=True)
    numbers = [number for _, number in rows]
    await conn.execute(
        COUNT, (Uuids(subjects), Uuids(contacts), Ints(days), Texts(types), Ints(verdicts), Ints(numbers))
    )


async def insert_named(conn: Conn, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Note that touches under a subject name a contact that does not hold it."""
    if pairs:
        await conn.execute(NAMED, _columns(sorted(pairs)))


async def insert_conflicts(conn: Conn, conflicts: Sequence[Conflict]) -> None:
    """Keep what was refused when written."""
    if conflicts:
        await conn.execute(CONFLICT, _columns([tuple(conflict) for conflict in conflicts]))


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


def _encode(row: Row, now_us: int) -> tuple[bytes, ...]:
    """One row as PostgreSQL's binary COPY has it; hand-made, because this is most of what a consumer does."""
    said, thread_us = row.said, row.thread_us
    occurred_us, accepted_us, content_hash = said.occurred_us, said.accepted_us, said.content_hash
    corrects, message, attributes, payload = said.correction_of, said.message, said.attributes_json, said.payload
    if not (
        FIRST_US <= thread_us <= LAST_US and FIRST_US <= occurred_us <= LAST_US and FIRST_US <= accepted_us <= LAST_US
    ):
        raise ValueError("a time that is none")
    if len(content_hash) != 16:
        raise ValueError("a content hash that is not 16 bytes long")
    ids = (16, said.subject, 16, said.touch_id, 16, row.thread, 16, content_hash)
    times = (8, thread_us - _2000_US, 8, occurred_us - _2000_US, 8, accepted_us - _2000_US, 8, now_us - _2000_US)
    named = (row.contact, *said[_NAMED])
    return (
        _OWN_VALUES.pack(_FIELDS, *ids, *times, 2, row.partition, 4, row.back),
        _kind(said[_KIND]),
        _NO_NAMES if named == _NOTHING_NAMED else b"".join(map(_uuid, named)),
        _uuid(corrects[16:]) if corrects else _NULL,
        _text(message) if message else _NULL,
        _known_attributes(attributes) if len(attributes) <= MOST_CACHED else _attributes(attributes),
        _LENGTH.pack(len(payload)),
        payload,
    )


@lru_cache(1_000)
def _kind(kind: tuple[Any, ...]) -> bytes:
    """What touches of one type from one source have in common."""
    *numbers, is_response, type_, version, source = kind
    sized = [part for number in numbers for part in (2, number)]
    head = struct.pack(">" + "ih" * len(numbers) + "i?", *sized, 1, is_response)
    return b"".join((head, _text(type_.encode()), _INT.pack(4, version), _text(source.encode())))


def _attributes(attributes_json: bytes) -> bytes:
    """Attributes, and what is searched of them."""
    if not attributes_json:
        return _NULL + _NULL
    found = searching.document(attributes_json)
    return _text(b"\1" + attributes_json) + (_NULL if found is None else _text(found))


_known_attributes = lru_cache(1_000)(_attributes)  # touches of one mail or page say the same


def _text(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _uuid(value: bytes) -> bytes:
    """A shorter id would be filled up with zeros."""
    if len(value) == 16:
        return _UUID.pack(16, value)
    if value:
        raise ValueError("an id that is not 16 bytes long")
    return _NULL
