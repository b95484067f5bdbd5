"""Accounts and deals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.contact.domain.errors import (
    AccountExistsError,
    AccountNotFoundError,
    DealExistsError,
    DealNotFoundError,
)
from services.contact.models import ACCOUNT, DEAL, Account, Deal, DealContact

HIERARCHY_LOCK = 7103
LOCK_HIERARCHY = text("SELECT pg_advisory_xact_lock(:lock, 0)")
ABOVE = text("""
WITH RECURSIVE up AS (
    SELECT id, parent_id, 0 AS level FROM account WHERE id = :id
    UNION ALL
    SELECT a.id, a.parent_id, up.level + 1 FROM up JOIN account a ON a.id = up.parent_id
)
SELECT id FROM up ORDER BY level
""")
LEVELS = text("""
WITH RECURSIVE down AS (
    SELECT id, 1 AS level FROM account WHERE id = :id
    UNION ALL
    SELECT a.id, down.level + 1 FROM down JOIN account a ON a.parent_id = down.id
)
SELECT max(level) FROM down
""")


async def insert_account(tx: Tx, account: Account) -> None:
    """Insert a new account; its id and external id must be free."""
    statement = insert(Account).values(**account.model_dump()).on_conflict_do_nothing().returning(col(Account.id))
    if (await tx.execute(statement)).scalar_one_or_none() is None:
        raise AccountExistsError(account=account.name)


async def get_account(tx: Tx, account_id: UUID, *, lock: bool = False) -> Account:
    """One account, deleted or not."""
    account = await tx.get(Account, account_id, with_for_update=lock or None, populate_existing=lock)
    if account is None:
        raise AccountNotFoundError(account=ACCOUNT.format(account_id))
    return account


async def hold_account(tx: Tx, account_id: UUID) -> Account:
    """An account that is not deleted, and stays so until this transaction ends."""
    account = await tx.get(Account, account_id, with_for_update={"read": True}, populate_existing=True)
    if account is None or account.delete_time is not None:
        raise AccountNotFoundError(account=ACCOUNT.format(account_id))
    return account


async def find_account_of(tx: Tx, external_id: str) -> Account | None:
    """The account with an external id."""
    statement = select(Account).where(col(Account.external_id) == external_id, col(Account.delete_time).is_(None))
    found: Account | None = await tx.scalar(statement)
    return found


async def list_accounts(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], keys: Sequence[str], paging: Paging, *, is_descending: bool
) -> tuple[list[Account], str]:
    """One page of accounts that are not deleted."""
    statement = select(Account).where(col(Account.delete_time).is_(None), *conditions)
    columns = [getattr(Account, key) for key in keys]
    return await keyset_page(tx, statement, columns, paging, is_descending=is_descending)


async def lock_hierarchy(tx: Tx) -> None:
    """Until the end of this transaction nobody else changes which account belongs to which."""
    await tx.execute(LOCK_HIERARCHY, {"lock": HIERARCHY_LOCK})


async def list_above(tx: Tx, account_id: UUID) -> list[UUID]:
    """An account and those that it belongs to, the nearest first."""
    return list(await tx.scalars(ABOVE, {"id": account_id}))


async def count_levels(tx: Tx, account_id: UUID) -> int:
    """How many levels an account and those below it have; 0 for one that is not there."""
    return int(await tx.scalar(LEVELS, {"id": account_id}) or 0)


async def has_accounts_below(tx: Tx, account_id: UUID) -> bool:
    """Whether accounts belong to an account."""
    below = exists().where(col(Account.parent_id) == account_id, col(Account.delete_time).is_(None))
    return bool(await tx.scalar(select(below)))


def is_below(account_id: UUID) -> ColumnElement[bool]:
    """Whether an account belongs to another, directly or through others."""
    direct = select(col(Account.id)).where(col(Account.parent_id) == account_id).cte("below", recursive=True)
    further = select(col(Account.id)).join(direct, col(Account.parent_id) == direct.c.id)
    return col(Account.id).in_(select(direct.union(further).c.id))


async def insert_deal(tx: Tx, deal: Deal, participants: Sequence[tuple[UUID, str]]) -> None:
    """Insert a new deal with its people; its id must be free."""
    statement = insert(Deal).values(**deal.model_dump()).on_conflict_do_nothing().returning(col(Deal.id))
    if (await tx.execute(statement)).scalar_one_or_none() is None:
        raise DealExistsError(deal=deal.name)
    tx.add_all(
        DealContact(deal_id=deal.id, place=place, contact_id=contact_id, role=role)
        for place, (contact_id, role) in enumerate(participants)
    )


async def get_deal(tx: Tx, deal_id: UUID) -> Deal:
    """One deal."""
    deal = await tx.get(Deal, deal_id)
    if deal is None:
        raise DealNotFoundError(deal=DEAL.format(deal_id))
    return deal


async def list_deals(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], keys: Sequence[str], paging: Paging, *, is_descending: bool
) -> tuple[list[Deal], str]:
    """One page of deals."""
    columns = [getattr(Deal, key) for key in keys]
    return await keyset_page(tx, select(Deal).where(*conditions), columns, paging, is_descending=is_descending)


async def list_participants(tx: Tx, deals: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """The people of each deal, in their order."""
    statement = select(DealContact).where(col(DealContact.deal_id).in_(list(deals)))
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for row in await tx.scalars(statement.order_by(col(DealContact.deal_id), col(DealContact.place))):
        found[row.deal_id].append((row.contact_id, row.role))
    return found


def has_participant(contact_id: UUID) -> ColumnElement[bool]:
    """Whether somebody is in a deal."""
    return col(Deal.id).in_(select(col(DealContact.deal_id)).where(col(DealContact.contact_id) == contact_id))
