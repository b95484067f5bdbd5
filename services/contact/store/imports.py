"""Imports, their row reports, and the inserts that take a thousand rows at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlmodel import col

from services.contact.domain.errors import ImportExistsError, ImportNotFoundError
from services.contact.models import IMPORT, ContactImport, ImportRow


async def insert_import(tx: Tx, contact_import: ContactImport) -> None:
    """Insert a new import; its id must be free."""
    values = contact_import.model_dump()
    statement = postgresql_insert(ContactImport).values(**values).on_conflict_do_nothing()
    if (await tx.execute(statement.returning(col(ContactImport.id)))).scalar_one_or_none() is None:
        raise ImportExistsError(name=contact_import.name)


async def get_import(tx: Tx, import_id: UUID, *, lock: bool = False) -> ContactImport:
    """One import."""
    found = await tx.get(ContactImport, import_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise ImportNotFoundError(name=IMPORT.format(import_id))
    return found


async def list_rows(tx: Tx, import_id: UUID, paging: Paging, *, refused_only: bool) -> tuple[list[ImportRow], str]:
    """One page of row reports, in row order."""
    statement = select(ImportRow).where(col(ImportRow.import_id) == import_id)
    if refused_only:
        statement = statement.where(col(ImportRow.outcome) == "REFUSED")
    return await keyset_page(tx, statement, [ImportRow.number], paging)


async def insert_many(tx: Tx, rows: Iterable[Any]) -> None:
    """Insert drafts of one table (models.drafts) in one go, past the ORM."""
    listed = list(rows)
    if listed:
        kind = type(listed[0])
        await tx.copy(kind.table, kind.columns, map(kind.values_of, listed))
