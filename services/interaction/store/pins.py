"""Which touches are pinned for whom."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction.store.reading import run

LIST = """SELECT subject_id, touch_id, user_id, create_time FROM pin WHERE contact_id = ANY (%s::uuid[])
ORDER BY create_time DESC, touch_id"""
INSERT = """INSERT INTO pin (contact_id, subject_id, touch_id, user_id, create_time) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING 1"""
DELETE = "DELETE FROM pin WHERE contact_id = ANY (%s::uuid[]) AND subject_id = %s AND touch_id = %s RETURNING 1"


async def lock_pins(tx: Tx, contact: UUID) -> None:
    """Whoever pins for a contact waits for whoever does already."""
    await run(tx, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [str(contact)])


async def list_pins(tx: Tx, contacts: Collection[UUID]) -> list[Any]:
    """What is pinned for one of these contacts, the newest first."""
    return list(await run(tx, LIST, [list(contacts)]))


async def insert_pin(tx: Tx, contact: UUID, key: tuple[UUID, UUID], user: str, now: datetime) -> None:
    """Pin a touch."""
    await run(tx, INSERT, [contact, *key, user, now])


async def delete_pin(tx: Tx, contacts: Collection[UUID], key: tuple[UUID, UUID]) -> None:
    """Take a pin off."""
    await run(tx, DELETE, [list(contacts), *key])
