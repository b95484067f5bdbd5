"""Importing a table of contacts: opening it, writing its rows in order, reading how far it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from identity import Subjects

from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import ImportFinishedError, ImportGapError
from services.contact.domain.imports import Outcome, map_columns
from services.contact.models import ContactImport, ImportRow
from services.contact.models.imports import ImportState
from services.contact.store import imports as store
from services.contact.usecases.attributes import load_registry
from services.contact.usecases.changes import known_of
from services.contact.usecases.import_rows import Batch

Values = Mapping[str, Any]
Rows = Sequence[Sequence[str]]


async def create_import(
    tx: Tx, import_id: UUID | None, values: Values, *, now: datetime, refuses_unregistered: bool = False
) -> ContactImport:
    """Open an import: decide where each column goes."""
    registry = await load_registry(tx, is_closed=refuses_unregistered)
    mapping = map_columns(values["columns"], values["mapping"], registry)
    told = {**values, "mapping": mapping}
    contact_import = ContactImport(id=import_id or uuid7(now), create_time=now, update_time=now, **told)
    await store.insert_import(tx, contact_import)
    return contact_import


async def append_import_rows(
    tx: Tx,
    import_id: UUID,
    first_row: int,
    rows: Rows,
    *,
    last: bool,
    subjects: Subjects,
    actor: str,
    now: datetime,
    refuses_unregistered: bool = False,
) -> ContactImport:
    """Write the next rows; those written before are skipped, so a client that was killed sends them again."""
    contact_import = await store.get_import(tx, import_id, lock=True)
    fresh = _fresh(contact_import, first_row, rows)
    if fresh:
        registry = await load_registry(tx, is_closed=refuses_unregistered)
        reports = await Batch(tx, contact_import, (subjects, registry), actor, now).write(fresh)
        _count(contact_import, reports)
        await store.insert_many(tx, [each for each in reports if each.outcome != Outcome.UNCHANGED])
    if last:
        contact_import.state = ImportState.FINISHED
        contact_import.total_rows = contact_import.next_row - 1
    contact_import.update_time = now
    tx.add(contact_import)
    return contact_import


async def get_import(tx: Tx, import_id: UUID) -> ContactImport:
    """Read one import."""
    return await store.get_import(tx, import_id)


async def list_import_row_reports(
    tx: Tx, import_id: UUID, paging: Paging, *, refused_only: bool, viewer: Viewer
) -> tuple[list[ImportRow], set[UUID], str]:
    """Read one page of what became of the rows; and which of their contacts there are for the viewer."""
    await store.get_import(tx, import_id)
    rows, token = await store.list_rows(tx, import_id, paging, refused_only=refused_only)
    named = {row.contact_id for row in rows if row.contact_id is not None}
    return rows, await known_of(tx, named, viewer) if viewer.hides_teams else named, token


def _fresh(contact_import: ContactImport, first_row: int, rows: Rows) -> Rows:
    """The rows that are not written yet."""
    if first_row > contact_import.next_row:
        raise ImportGapError(next_row=contact_import.next_row)
    fresh = rows[contact_import.next_row - first_row :]
    if fresh and contact_import.state == ImportState.FINISHED:
        raise ImportFinishedError(name=contact_import.name)
    return fresh


def _count(contact_import: ContactImport, reports: Sequence[Any]) -> None:
    contact_import.next_row += len(reports)
    for report in reports:
        counter = f"rows_{report.outcome.lower()}"
        setattr(contact_import, counter, getattr(contact_import, counter) + 1)
