"""What people bought."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import Uuid, any_, literal, not_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from services.contact.models import Purchase


async def insert_purchases(tx: Tx, rows: Sequence[Purchase]) -> set[UUID]:
    """Insert those whose source and number are not known, and give their ids."""
    if not rows:
        return set()
    ordered = sorted(rows, key=lambda row: row.source_purchase_id)  # two who send the same wait in one order
    statement = insert(Purchase).values([row.model_dump() for row in ordered]).on_conflict_do_nothing()
    return set(await tx.scalars(statement.returning(col(Purchase.id))))


async def list_known(tx: Tx, source: str, numbers: Collection[str]) -> dict[str, Purchase]:
    """The purchases of a source with these numbers."""
    found = await tx.scalars(
        select(Purchase).where(col(Purchase.source) == source, col(Purchase.source_purchase_id).in_(numbers))
    )
    return {row.source_purchase_id: row for row in found}


async def list_untold(tx: Tx, most: int) -> list[Purchase]:
    """Purchases that the stream never told of, oldest first, locked."""
    waiting = select(Purchase).where(not_(col(Purchase.is_told))).order_by(col(Purchase.id)).limit(most)
    return list(await tx.scalars(waiting.with_for_update(skip_locked=True)))


async def list_purchases(tx: Tx, contacts: Iterable[UUID], paging: Paging) -> tuple[list[Purchase], str]:
    """One page of what these contacts bought, the latest first."""
    theirs = col(Purchase.contact_id) == any_(literal(list(contacts), ARRAY(Uuid)))
    keys = [Purchase.purchase_time, Purchase.id]
    return await keyset_page(tx, select(Purchase).where(theirs), keys, paging, is_descending=True)
