"""Queries about the projection of the contact service: links, contacts, accounts."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import identity
from chassis.arrays import Uuids
from chassis.db import Tx
from psycopg import AsyncConnection
from sqlalchemy import text

COLUMNS = (
    "link_id, kind, subject_id, contact_id, survivor_id, account_id, touch_subject_id, touch_id, from_time, to_time, "
    "asserted_time, retracted_time, evidence, epoch, revision"
)
OF_SUBJECTS = f"SELECT {COLUMNS} FROM links_of_subjects(%s::uuid[])"
OF_PERSON = f"SELECT {COLUMNS} FROM links_of_person(%s)"
CONTACT = "SELECT display_name, owner, team, state <> 3, account_id FROM contact WHERE contact_id = %s"
OF_ACCOUNT = text(
    f"""SELECT {COLUMNS} FROM links_of_subjects(array(
    SELECT subject_id FROM link WHERE account_id = :account AND subject_id IS NOT NULL))"""
)
NAMED = "SELECT subject_id FROM contact_subject WHERE contact_id = ANY (contacts_merged_with(ARRAY[%s::uuid]))"
HOLDERS = text("""SELECT DISTINCT contact_id FROM link WHERE subject_id = :subject AND contact_id IS NOT NULL""")


class Looked(NamedTuple):
    """What is known of a contact or an account."""

    display_name: str
    owner: str
    team: str
    is_there: bool
    account: UUID | None = None


async def list_links_of_subjects(conn: AsyncConnection[Any], subjects: Collection[bytes]) -> list[identity.Link]:
    """The links of subjects, 16 bytes each, with the merges of whoever holds them."""
    return [_link(row) for row in await (await conn.execute(OF_SUBJECTS, (Uuids(subjects),))).fetchall()]


async def list_links_for(tx: Tx, subjects: Collection[UUID]) -> list[identity.Link]:
    """The same inside a transaction of the door."""
    connection = await tx.session.connection()
    return [_link(row) for row in await connection.exec_driver_sql(OF_SUBJECTS, (list(subjects),))]


async def find_person(tx: Tx, contact: UUID) -> tuple[Looked | None, list[identity.Link], list[UUID]]:
    """A contact as far as we know it, with the links of whoever was merged with it and of their subjects.

    Also the subjects with touches that name one of them without being linked to it.
    """
    known, links, named = await tx.fetch((CONTACT, [contact]), (OF_PERSON, [contact]), (NAMED, [contact]))
    return _looked(known[0] if known else None), [_link(row) for row in links], [row[0] for row in named]


async def find_contact(tx: Tx, contact: UUID) -> Looked | None:
    """Owner, team and state of a contact, as far as we know."""
    (known,) = await tx.fetch((CONTACT, [contact]))
    return _looked(known[0] if known else None)


async def list_links_of_account(tx: Tx, account: UUID) -> list[identity.Link]:
    """The links of an account's role addresses."""
    return [_link(row) for row in await tx.execute(OF_ACCOUNT, {"account": account})]


async def list_holders(tx: Tx, subject: UUID) -> list[UUID]:
    """The contacts that hold or held a subject."""
    return list(await tx.scalars(HOLDERS, {"subject": subject}))


async def upsert(tx: Tx, table: str, row: Mapping[str, Any]) -> bool:
    """Keep a state if it is newer than ours, in whatever order states come; says whether it was."""
    names = list(row)
    key = names[0]
    others = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    statement = text(
        f"INSERT INTO {table} AS kept ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {others} "
        f"WHERE (EXCLUDED.epoch, EXCLUDED.revision) > (kept.epoch, kept.revision) RETURNING 1"
    )
    return await tx.scalar(statement, dict(row)) is not None


async def find_account(tx: Tx, account: UUID) -> Looked | None:
    """Owner, team and state of an account, as far as we know."""
    query = text("SELECT display_name, owner, team, NOT is_deleted FROM account WHERE account_id = :id")
    return _looked((await tx.execute(query, {"id": account})).one_or_none())


async def list_contacts(tx: Tx, contacts: Collection[UUID]) -> dict[UUID, Looked]:
    """What is known of several contacts."""
    query = text("SELECT contact_id, display_name, owner, team, state <> 3 FROM contact WHERE contact_id = ANY (:ids)")
    rows = await tx.execute(query, {"ids": list(contacts)})
    return {row[0]: Looked(row[1], row[2], row[3], row[4]) for row in rows}


def _looked(row: Any) -> Looked | None:
    return Looked(*row) if row is not None else None


def _link(row: Any) -> identity.Link:
    touch = identity.touch_name(row[6].bytes, row[7].bytes) if row[7] is not None else ""
    return identity.Link(
        id=row[0],
        kind=identity.Kind(row[1]),
        subject=row[2].bytes if row[2] is not None else b"",
        contact=row[3],
        survivor=row[4],
        account=row[5],
        touch=touch,
        from_time=row[8],
        to_time=row[9],
        asserted_time=row[10],
        retracted_time=row[11],
        evidence=row[12],
        revision=row[14],
    )
