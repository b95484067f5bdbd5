"""Reading the audit log."""

from collections.abc import Sequence

from chassis.audit import Entry
from chassis.db import Tx
from chassis.lists import Paging
from sqlalchemy import ColumnElement

from services.contact.store import audit as store


async def list_audit_entries(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging, *, is_descending: bool
) -> tuple[list[Entry], str]:
    """One page of the log, as it is verified."""
    rows, token = await store.list_entries(tx, conditions, paging, is_descending=is_descending)
    erased = await store.list_erased(tx) if rows else set()
    return [store.entry_of(row, is_erased=row.resource in erased) for row in rows], token
