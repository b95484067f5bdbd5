"""Queries of senders and brakes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, func, select, text

from services.campaign.domain.errors import BrakeNotFoundError, SenderNotFoundError
from services.campaign.models import BRAKE, SENDER, Brake, Sender

# A brake on a contact holds whoever is one person with it; on an account or a deal, everybody in it; a deal
# names people as they were before they were merged. Of several, the one that ends last is told.
HOLDS = text("""
WITH asked AS (
    SELECT p.id, p.survivor_id, p.account_id, ARRAY[p.id::text, p.survivor_id::text] || ARRAY(
        SELECT m.id::text FROM person m WHERE m.survivor_id = p.survivor_id AND m.survivor_id <> m.id) AS twins
    FROM person p WHERE p.id = ANY (CAST(:contacts AS uuid[]))
), held AS (
    SELECT a.id AS contact_id, b.id, b.expire_time, b.target FROM asked a JOIN person twin
        ON twin.id = a.id OR twin.id = a.survivor_id OR twin.survivor_id = a.survivor_id
        JOIN brake b ON b.target_id = twin.id AND b.target = 'CONTACT'
    WHERE b.release_time IS NULL AND b.expire_time > :now
    UNION ALL
    SELECT a.id, b.id, b.expire_time, b.target FROM asked a
        LEFT JOIN person s ON s.id = a.survivor_id
        JOIN brake b ON b.target_id IN (a.account_id, s.account_id) AND b.target = 'ACCOUNT'
    WHERE b.release_time IS NULL AND b.expire_time > :now
    UNION ALL
    SELECT a.id, b.id, b.expire_time, b.target FROM asked a
        JOIN deal d ON d.contacts && a.twins
        JOIN brake b ON b.target_id = d.id AND b.target = 'DEAL'
    WHERE b.release_time IS NULL AND b.expire_time > :now
)
SELECT DISTINCT ON (contact_id) contact_id, id, expire_time FROM held ORDER BY contact_id, expire_time DESC, id
""")
ANY_BRAKE = text("SELECT EXISTS (SELECT FROM brake WHERE release_time IS NULL AND expire_time > :now)")
HELD_CONTACTS = text("""
SELECT p.id FROM brake b JOIN person t ON t.id = b.target_id AND b.target = 'CONTACT'
    JOIN person p ON p.survivor_id = t.survivor_id WHERE b.id = :brake
UNION SELECT p.id FROM brake b JOIN person p ON p.account_id = b.target_id AND b.target = 'ACCOUNT' WHERE b.id = :brake
UNION SELECT p.id FROM brake b JOIN deal d ON d.id = b.target_id AND b.target = 'DEAL'
    JOIN person t ON t.id = ANY (d.contacts::uuid[]) JOIN person p ON p.survivor_id = t.survivor_id WHERE b.id = :brake
""")


async def get_sender(tx: Tx, sender_id: UUID, *, lock: bool = False) -> Sender:
    """One sender; raises SenderNotFoundError."""
    sender = await tx.session.get(Sender, sender_id, with_for_update=lock or None, populate_existing=lock)
    if sender is None:
        raise SenderNotFoundError(sender=SENDER.format(sender_id))
    return sender


async def senders_by_id(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Sender]:
    """Those of these senders that there are."""
    rows = await tx.execute(select(Sender).where(Sender.id.in_(ids)))  # type: ignore[attr-defined]
    return {sender.id: sender for sender in rows.scalars()}


async def sender_of_address(tx: Tx, address: str) -> Sender | None:
    """Whoever writes from this address."""
    found = await tx.execute(select(Sender).where(func.lower(Sender.address) == address.lower()))
    return found.scalar_one_or_none()


async def list_senders(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Sender], str]:
    """Newest first."""
    statement = select(Sender) if where is None else select(Sender).where(where)
    return await keyset_page(tx, statement, [Sender.id], paging, is_descending=True)


async def get_brake(tx: Tx, brake_id: UUID, *, lock: bool = False, known: ColumnElement[bool] | None = None) -> Brake:
    """One brake, of those that are `known`; raises BrakeNotFoundError."""
    brake = await tx.session.get(Brake, brake_id, with_for_update=lock or None, populate_existing=lock)
    if brake is not None and known is not None:
        brake = (await tx.execute(select(Brake).where(Brake.id == brake_id, known))).scalar_one_or_none()
    if brake is None:
        raise BrakeNotFoundError(brake=BRAKE.format(brake_id))
    return brake


async def list_brakes(tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging) -> tuple[list[Brake], str]:
    """Newest first."""
    return await keyset_page(tx, select(Brake).where(*conditions), [Brake.id], paging, is_descending=True)


async def holds(tx: Tx, contacts: Sequence[UUID], *, now: datetime) -> dict[UUID, tuple[UUID, datetime]]:
    """Whom of these contacts a brake holds now: the brake that ends last, and when."""
    if not contacts or not await tx.scalar(ANY_BRAKE, {"now": now}):
        return {}
    rows = await tx.execute(HOLDS, {"contacts": list(contacts), "now": now})
    return {row.contact_id: (row.id, row.expire_time) for row in rows}


async def held_by(tx: Tx, brake: UUID) -> list[UUID]:
    """Everybody whom this brake holds or held, direct and survivors alike."""
    return list(await tx.scalars(HELD_CONTACTS, {"brake": brake}))
