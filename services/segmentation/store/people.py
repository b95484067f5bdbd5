"""Writing the projections that rules look at, set-based: people, accounts, links, consents, touches."""

# ruff: noqa: S608 - queries are put together from our own table definitions; every value is a parameter

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import identity
from psycopg import AsyncConnection
from sqlalchemy import Boolean, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.segmentation.models import TOUCH, VOCABULARY

Conn = AsyncConnection[Any]
Row = Mapping[str, Any]
ARRAYS = ((Boolean, "boolean[]"), (JSONB, "jsonb[]"), (DateTime, "timestamptz[]"), (Text, "text[]"), (Uuid, "uuid[]"))
NOBODY = UUID(int=0)
LOCK = 7_102_001  # who changes links waits for those who write touches, and the other way round
EXCLUSIVE, SHARED = f"SELECT pg_advisory_xact_lock({LOCK})", f"SELECT pg_advisory_xact_lock_shared({LOCK})"
LINKS = """SELECT link_id, kind, subject_id, contact_id, survivor_id, account_id, touch, from_time, to_time,
asserted_time, retracted_time FROM links_about(%b::uuid[], %b::uuid[])"""
MERGED = "SELECT unnest(contacts_merged_with(%s::uuid[]))"
KNOWN = """SELECT contact_id, person_id, state, account_id, attributes, display_name, epoch, revision
FROM person WHERE contact_id = ANY (%s::uuid[])"""
MOVE = """UPDATE person SET person_id = moved.person_id
FROM unnest(%s::uuid[], %s::uuid[]) AS moved (contact_id, person_id)
WHERE person.contact_id = moved.contact_id AND person.person_id <> moved.person_id"""
OF_ACCOUNTS = "SELECT account_id, person_id FROM person WHERE account_id = ANY (%s::uuid[])"
HOLDERS = """SELECT DISTINCT l.subject_id, coalesce(p.person_id, l.contact_id) FROM link l
LEFT JOIN person p ON p.contact_id = l.contact_id
WHERE l.subject_id = ANY (%s::uuid[]) AND l.contact_id IS NOT NULL"""
HELD = "SELECT DISTINCT subject_id FROM link WHERE contact_id = ANY (%s::uuid[]) AND subject_id IS NOT NULL"
TOUCHES = """SELECT subject_id, touch_id, person_id, contact_id, type, occurred_time, corrects, is_corrected FROM touch
WHERE subject_id = ANY (%s::uuid[]) UNION
SELECT subject_id, touch_id, person_id, contact_id, type, occurred_time, corrects, is_corrected FROM touch
WHERE contact_id = ANY (%s::uuid[])"""
DELETE_TOUCHES = """DELETE FROM touch USING unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS gone (subject, touch, person)
WHERE touch.subject_id = gone.subject AND touch.touch_id = gone.touch AND touch.person_id = gone.person"""
CHANGE = """INSERT INTO change (contact_id, concern, touch, resource)
SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[])"""


async def lock_links(conn: Conn) -> None:
    """Nobody else writes links or touches until this transaction ends."""
    await conn.execute(EXCLUSIVE)


async def upsert(conn: Conn, table: Table, rows: Sequence[Row]) -> set[UUID]:
    """Keep each state that is newer than ours, in whatever order states come; says of which resources."""
    if not rows:
        return set()
    names = [column.name for column in table.columns]
    key = names[0]
    others = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    is_newer = (
        f"DO UPDATE SET {others} WHERE (EXCLUDED.epoch, EXCLUDED.revision) > (kept.epoch, kept.revision)"
        if "revision" in names
        else "DO NOTHING"
    )
    query = f"{_insert(table, names)} ON CONFLICT ({key}) {is_newer} RETURNING {key}"
    found = await conn.execute(query, _columns(names, rows))
    return {row[0] for row in await found.fetchall()}


# Arrays travel in binary (%b): as text each element would be escaped, which took most of a consumer's time.
def _insert(table: Table, names: Sequence[str]) -> str:
    arrays = ", ".join(f"%b::{_array(table.columns[name].type)}" for name in names)
    return f"INSERT INTO {table.name} AS kept ({', '.join(names)}) SELECT * FROM unnest({arrays})"


def _array(kind: Any) -> str:
    return next((found for known, found in ARRAYS if isinstance(kind, known)), "bigint[]")


def _columns(names: Sequence[str], rows: Sequence[Row]) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in names]


async def list_known(conn: Conn, contacts: Collection[UUID]) -> dict[UUID, Row]:
    """What is kept of contacts."""
    names = ("contact_id", "person_id", "state", "account_id", "attributes", "display_name", "epoch", "revision")
    rows = await (await conn.execute(KNOWN, [list(contacts)])).fetchall()
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


async def list_merged(conn: Conn, contacts: Collection[UUID]) -> set[UUID]:
    """The contacts and all that are one person with them."""
    return {row[0] for row in await (await conn.execute(MERGED, [list(contacts)])).fetchall()}


async def resolver(conn: Conn, subjects: Collection[UUID], contacts: Collection[UUID]) -> identity.Resolver:
    """Whose touches of these subjects are, and which person each of these contacts is."""
    return identity.resolve(await list_links(conn, subjects, contacts))


async def list_links(conn: Conn, subjects: Collection[UUID], contacts: Collection[UUID]) -> list[identity.Link]:
    """What says whose touches of these subjects are, and which person each of these contacts is."""
    return read_links(await (await conn.execute(LINKS, [list(subjects), list(contacts)])).fetchall())


def read_links(rows: Iterable[Sequence[Any]]) -> list[identity.Link]:
    """What LINKS found."""
    return [
        identity.Link(
            id=row[0],
            kind=identity.Kind(row[1]),
            subject=row[2].bytes if row[2] is not None else b"",
            contact=row[3],
            survivor=row[4],
            account=row[5],
            touch=row[6],
            from_time=row[7],
            to_time=row[8],
            asserted_time=row[9],
            retracted_time=row[10],
        )
        for row in rows
    ]


async def move_people(conn: Conn, people: Mapping[UUID, UUID]) -> None:
    """State which person each of these contacts is."""
    if people:
        await conn.execute(MOVE, [list(people), list(people.values())])


async def list_people_of_accounts(conn: Conn, accounts: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Who belongs to each account."""
    return [(row[0], row[1]) for row in await (await conn.execute(OF_ACCOUNTS, [list(accounts)])).fetchall()]


async def list_holders(conn: Conn, subjects: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """The people who hold or held each subject."""
    return [(row[0], row[1]) for row in await (await conn.execute(HOLDERS, [list(subjects)])).fetchall()]


async def list_subjects(conn: Conn, contacts: Collection[UUID]) -> set[UUID]:
    """Every subject that one of the contacts holds or held."""
    return {row[0] for row in await (await conn.execute(HELD, [list(contacts)])).fetchall()}


async def list_touches(conn: Conn, subjects: Collection[UUID], contacts: Collection[UUID]) -> list[dict[str, Any]]:
    """The touches of subjects, and those that name one of the contacts."""
    names = [column.name for column in TOUCH.columns]
    rows = await (await conn.execute(TOUCHES, [list(subjects), list(contacts)])).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


async def delete_touches(conn: Conn, rows: Sequence[Row]) -> None:
    """Take touches from people."""
    if rows:
        await conn.execute(DELETE_TOUCHES, _columns(("subject_id", "touch_id", "person_id"), rows))


async def insert_touches(conn: Conn, rows: Sequence[Row]) -> None:
    """Give touches to people; who has one keeps it."""
    if rows:
        names = [column.name for column in TOUCH.columns]
        await conn.execute(f"{_insert(TOUCH, names)} ON CONFLICT DO NOTHING", _columns(names, rows))


async def insert_vocabulary(conn: Conn, words: Collection[tuple[str, str, str]]) -> None:
    """Note custom attributes with their types, and touch types."""
    if words:
        names = [column.name for column in VOCABULARY.columns]
        rows = [dict(zip(names, word, strict=True)) for word in sorted(words)]
        await conn.execute(f"{_insert(VOCABULARY, names)} ON CONFLICT DO NOTHING", _columns(names, rows))


async def insert_changes(conn: Conn, changes: Sequence[tuple[UUID, str, str, str]]) -> None:
    """Note what changed for whom: (contact, concern, touch name or empty, resource name or empty)."""
    if changes:
        await conn.execute(CHANGE, [list(column) for column in zip(*changes, strict=True)])
