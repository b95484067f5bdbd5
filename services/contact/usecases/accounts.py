"""Accounts and deals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from sqlalchemy import ColumnElement

from services.contact.domain.contacts import MOST_SUBJECTS, Viewer
from services.contact.domain.errors import (
    AccountCycleError,
    AccountExistsError,
    AccountInUseError,
    AccountNotFoundError,
    ContactNotFoundError,
    field_invalid,
)
from services.contact.models import ACCOUNT, CONTACT, Account, Deal, IdentityLink, Suppression
from services.contact.store import accounts as store
from services.contact.store import consents as consent_store
from services.contact.store import contacts as contact_store
from services.contact.store import links as link_store
from services.contact.usecases.changes import known_of, revise_account

Values = Mapping[str, Any]
MOST_LEVELS = 10
Participants = Sequence[tuple[UUID, str]]


async def create_account(tx: Tx, account_id: UUID | None, values: Values, *, now: datetime) -> Account:
    """Write down a company."""
    account = Account(id=account_id or uuid7(now), create_time=now, update_time=now, **values)
    if account.parent_id is not None:
        await _check_parent(tx, account.id, account.parent_id)
    await store.insert_account(tx, account)
    tx.emit(account.changed(now))
    return account


async def get_account(tx: Tx, account_id: UUID) -> Account:
    """Read one account."""
    return await store.get_account(tx, account_id)


async def list_role_addresses(
    tx: Tx, account_id: UUID, *, now: datetime
) -> list[tuple[IdentityLink, Suppression | None]]:
    """The addresses that are a company's, at most 200, each with what stops mail to it."""
    links = await link_store.list_desks(tx, account_id, now, MOST_SUBJECTS)
    stops = await consent_store.list_stops(tx, {bytes(link.subject or b"") for link in links})
    return [(link, next(filter(_is_in_force, stops[bytes(link.subject or b"")]), None)) for link in links]


def _is_in_force(stop: Suppression) -> bool:
    return stop.lift_time is None and stop.channel in {"", "EMAIL"}


async def list_accounts(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], keys: Sequence[str], paging: Paging, *, is_descending: bool
) -> tuple[list[Account], str]:
    """Read one page of accounts."""
    return await store.list_accounts(tx, conditions, keys, paging, is_descending=is_descending)


async def update_account(
    tx: Tx, account_id: UUID, change: Callable[[Account], Values], *, etag: str, now: datetime
) -> Account:
    """Change an account as `change` says once it is ours."""
    await store.lock_hierarchy(tx)
    account = await store.get_account(tx, account_id, lock=True)
    check_etag(account, etag)
    if account.delete_time is not None:
        raise AccountNotFoundError(account=account.name)
    values = change(account)
    await _check_external_id(tx, account, values.get("external_id", ""))
    parent_id = values.get("parent_id", account.parent_id)
    if parent_id is not None and parent_id != account.parent_id:
        await _check_parent(tx, account.id, parent_id)
    for field, value in values.items():
        setattr(account, field, value)
    return revise_account(tx, account, now)


async def delete_account(tx: Tx, account_id: UUID, *, etag: str, now: datetime) -> Account:
    """Take away an account that nobody belongs to."""
    await store.lock_hierarchy(tx)
    account = await store.get_account(tx, account_id, lock=True)
    if account.delete_time is not None:
        return account
    check_etag(account, etag)
    if await contact_store.is_account_used(tx, account_id) or await store.has_accounts_below(tx, account_id):
        raise AccountInUseError(account=account.name)
    account.delete_time = now
    return revise_account(tx, account, now)


async def create_deal(
    tx: Tx, deal_id: UUID | None, values: Values, participants: Participants, *, now: datetime
) -> Deal:
    """Write down an opportunity and who is in it."""
    if values.get("account_id") is not None:
        await store.hold_account(tx, values["account_id"])
    found = await contact_store.get_contacts(tx, {contact_id for contact_id, _ in participants})
    for contact_id, _ in participants:
        if contact_id not in found:
            raise ContactNotFoundError(contact=CONTACT.format(contact_id))
    deal = Deal(id=deal_id or uuid7(now), create_time=now, update_time=now, **values)
    await store.insert_deal(tx, deal, participants)
    tx.emit(deal.changed(now, tuple(contact_id for contact_id, _ in participants)))
    return deal


async def get_deal(tx: Tx, deal_id: UUID, viewer: Viewer) -> tuple[Deal, Participants]:
    """Read one deal with those of its people that there are for the viewer."""
    await tx.flush()
    deal = await store.get_deal(tx, deal_id)
    return deal, (await _known_people(tx, [deal.id], viewer))[deal.id]


async def list_deals(
    tx: Tx,
    conditions: Sequence[ColumnElement[bool]],
    keys: Sequence[str],
    paging: Paging,
    *,
    is_descending: bool,
    viewer: Viewer,
) -> tuple[list[tuple[Deal, Participants]], str]:
    """Read one page of deals with those of their people that there are for the viewer."""
    deals, token = await store.list_deals(tx, conditions, keys, paging, is_descending=is_descending)
    people = await _known_people(tx, [deal.id for deal in deals], viewer)
    return [(deal, people[deal.id]) for deal in deals], token


async def _check_parent(tx: Tx, account_id: UUID, parent_id: UUID) -> None:
    """Nobody belongs to itself, and companies are not deeper than somebody can read."""
    await store.lock_hierarchy(tx)
    await store.hold_account(tx, parent_id)
    above = await store.list_above(tx, parent_id)
    if account_id in above:
        raise AccountCycleError(account=ACCOUNT.format(account_id), parent_account=ACCOUNT.format(parent_id))
    if len(above) + max(1, await store.count_levels(tx, account_id)) > MOST_LEVELS:
        raise field_invalid("account.parent_account", f"would make more than {MOST_LEVELS} levels of companies")


async def _known_people(tx: Tx, deals: Sequence[UUID], viewer: Viewer) -> Mapping[UUID, Participants]:
    people = await store.list_participants(tx, deals)
    if not viewer.hides_teams:
        return people
    known = await known_of(tx, {each for found in people.values() for each, _ in found}, viewer)
    return {deal: [one for one in people[deal] if one[0] in known] for deal in deals}


async def _check_external_id(tx: Tx, account: Account, external_id: str) -> None:
    holder = await store.find_account_of(tx, external_id) if external_id else None
    if holder is not None and holder.id != account.id:
        raise AccountExistsError(external_id=external_id)
