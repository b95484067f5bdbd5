"""Everything as it is, page by page, with the stream's positions from before the first page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.lists import Paging

from services.contact.domain.facts import Fact
from services.contact.models import (
    Account,
    AttributeDefinition,
    ConsentEvent,
    Contact,
    Deal,
    IdentityLink,
    Purchase,
    Suppression,
)
from services.contact.store import accounts as account_store
from services.contact.store import links as link_store
from services.contact.store import snapshots as store


async def snapshot_links(tx: Tx, paging: Paging) -> tuple[list[IdentityLink], str]:
    """One page of every link."""
    return await link_store.list_all_links(tx, paging)


async def snapshot_contacts(tx: Tx, paging: Paging) -> tuple[list[Contact], str]:
    """One page of every contact."""
    return await store.list_all_contacts(tx, paging)


# In this order: whoever hears of a contact knows its account, whoever hears of a consent knows whose address it is.
KINDS = (Account, Contact, IdentityLink, ConsentEvent, Suppression, Deal, AttributeDefinition, Purchase)


async def snapshot_facts(tx: Tx, kind: int, paging: Paging, now: datetime) -> tuple[list[Fact], str]:
    """One page of everything of one kind, each as the fact that would be told if it had just become so."""
    rows, token = await store.list_all(tx, KINDS[kind], paging)
    return await _facts(tx, rows, now), token


async def _facts(tx: Tx, rows: Sequence[Any], now: datetime) -> list[Fact]:
    deals = [row.id for row in rows if isinstance(row, Deal)]
    people = await account_store.list_participants(tx, deals) if deals else {}
    return [
        row.changed(now, tuple(contact for contact, _ in people.get(row.id, ())))
        if isinstance(row, Deal)
        else row.changed(now)
        for row in rows
    ]


async def read_positions(tx: Tx, stream: str) -> tuple[str, int]:
    """Where the stream stands before anything is read, and the epoch of its numbers."""
    return await store.read_positions(tx, stream)
