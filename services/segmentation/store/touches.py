"""Writing touches as they are recorded: what has to be known of a batch in one round trip, then its rows.

Ids are 16 bytes each here, and a touch's key is its subject and its id in one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import identity
from chassis.arrays import Moments, Texts, Uuids
from chassis.erasures import AMONG, FORGOTTEN, OF_SUBJECTS, Forgotten, spans_by_subject
from psycopg import AsyncConnection

from services.segmentation.store.people import LINKS, SHARED, read_links

Conn = AsyncConnection[Any]
# By subject: few have corrections, and the index that holds these is then hardly looked at.
CORRECTIONS = "SELECT subject_id, corrects FROM touch WHERE subject_id = ANY (%s::uuid[]) AND corrects IS NOT NULL"
# A column that says nothing of the whole batch is an empty array, which `unnest` fills with NULL.
INSERT = """INSERT INTO touch
(subject_id, touch_id, person_id, contact_id, type, occurred_time, corrects, is_corrected)
SELECT s, t, coalesce(p, '00000000-0000-0000-0000-000000000000'), c, k, o, x, coalesce(i, false)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::uuid[], %b::boolean[])
AS told (s, t, p, c, k, o, x, i) ON CONFLICT DO NOTHING"""
CORRECTED = """UPDATE touch SET is_corrected = true
FROM unnest(%s::uuid[], %s::uuid[]) AS corrected (subject, touch)
WHERE touch.subject_id = corrected.subject AND touch.touch_id = corrected.touch AND NOT touch.is_corrected"""
HOLDERS = """SELECT person_id, type, subject_id, touch_id FROM touch
WHERE (subject_id, touch_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))
AND person_id <> '00000000-0000-0000-0000-000000000000'"""


class Touch(NamedTuple):
    """A touch as the recorded stream tells it; `contact` and `corrects` are empty where there is none."""

    subject: bytes
    touch_id: bytes
    contact: bytes
    type: str
    occurred_us: int
    corrects: bytes


class Known(NamedTuple):
    """What the tables say of a batch: links, who is erased and until when, keys of touches that are corrected."""

    links: list[identity.Link]
    gone: set[bytes]
    until: dict[bytes, datetime]
    spans: dict[bytes, list[Forgotten]]
    corrected: set[bytes]


async def look_up(conn: Conn, subjects: Collection[bytes], contacts: Collection[bytes]) -> Known:
    """Everything that every batch asks, in one round trip; links stay as they are until this transaction ends."""
    async with conn.pipeline():
        await conn.execute(SHARED)
        links = await conn.execute(LINKS, (Uuids(subjects), Uuids(contacts)))
        gone = await conn.execute(AMONG, (Uuids(contacts),)) if contacts else None
        until = await conn.execute(FORGOTTEN, (Uuids(subjects),))
        spans = await conn.execute(OF_SUBJECTS, (Uuids(subjects),))
        corrected = await conn.execute(CORRECTIONS, (Uuids(subjects),))
        return Known(
            read_links(await links.fetchall()),
            {row[0].bytes for row in await gone.fetchall()} if gone is not None else set(),
            {row[0].bytes: row[1] for row in await until.fetchall()},
            spans_by_subject(await spans.fetchall()),
            {row[0].bytes + row[1].bytes for row in await corrected.fetchall()},
        )


def _pairs(keys: Collection[bytes]) -> tuple[Uuids, Uuids]:
    return Uuids([key[:16] for key in keys]), Uuids([key[16:] for key in keys])


async def insert(conn: Conn, touches: Sequence[Touch], people: Sequence[bytes], corrected: Collection[bytes]) -> None:
    """Give each touch to whom stands at its place in `people`, nobody where that is empty; who has one keeps it."""
    if not touches:
        return
    subjects, ids, contacts, types, moments, corrects = zip(*touches, strict=True)
    given = [Uuids(column if any(column) else ()) for column in (people, contacts, corrects)]
    is_corrected = [touch.subject + touch.touch_id in corrected for touch in touches] if corrected else []
    told = (Uuids(subjects), Uuids(ids), given[0], given[1], Texts(types), Moments(moments), given[2], is_corrected)
    await conn.execute(INSERT, told)


async def mark_corrected(conn: Conn, keys: Collection[bytes]) -> None:
    """Let touches no longer count: others correct them."""
    if keys:
        await conn.execute(CORRECTED, _pairs(keys))


async def list_holders(conn: Conn, keys: Collection[bytes]) -> list[tuple[Any, str, bytes]]:
    """Person, type and key of each of these touches that somebody has."""
    rows = await (await conn.execute(HOLDERS, _pairs(keys))).fetchall()
    return [(row[0], row[1], row[2].bytes + row[3].bytes) for row in rows]
