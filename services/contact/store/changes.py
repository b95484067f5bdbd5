"""The history of contacts."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import Uuid, any_, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from services.contact.domain.errors import ContactChangeNotFoundError
from services.contact.domain.history import Action, Standing
from services.contact.models import CONTACT_CHANGE, ContactChange

NUMBERS = text("SELECT nextval('contact_change_number') FROM generate_series(1, :count)")


async def next_numbers(tx: Tx, count: int) -> list[int]:
    """Numbers for so many changes; taken while the contacts are locked, so they are in the order of the changes."""
    return list(await tx.scalars(NUMBERS, {"count": count})) if count else []


async def find_merge(tx: Tx, duplicate_id: UUID) -> ContactChange | None:
    """The standing change by which a contact was merged into another."""
    statement = select(ContactChange).where(
        col(ContactChange.other_id) == duplicate_id,
        col(ContactChange.action) == Action.MERGED.value,
        col(ContactChange.standing) == Standing.STANDING.value,
    )
    found: ContactChange | None = await tx.scalar(statement)
    return found


async def list_standing_after(tx: Tx, contact_id: UUID, number: int) -> list[ContactChange]:
    """What a contact earned behind a change and what still stands of it, in order."""
    statement = select(ContactChange).where(
        col(ContactChange.earned_id) == contact_id,
        col(ContactChange.number) > number,
        col(ContactChange.standing) == Standing.STANDING.value,
        col(ContactChange.action).in_([Action.EDITED.value, Action.PLACED.value, Action.MERGED.value]),
    )
    return list(await tx.scalars(statement.order_by(col(ContactChange.number))))


async def get_change(tx: Tx, number: int, *, lock: bool = False) -> ContactChange:
    """One change."""
    found = await tx.get(ContactChange, number, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise ContactChangeNotFoundError(contact_change=CONTACT_CHANGE.format(number))
    return found


async def list_since(tx: Tx, contact_id: UUID, at: datetime) -> list[ContactChange]:
    """What was done to a contact after a moment, the newest first.

    Two who change it at once are written in the order in which they got it, whatever their clocks said: with the first
    change behind the moment come all that follow it.
    """
    mine = col(ContactChange.contact_id) == contact_id
    first = select(func.min(col(ContactChange.number))).where(mine, col(ContactChange.time) > at).scalar_subquery()
    statement = select(ContactChange).where(mine, col(ContactChange.number) >= first)
    return list(await tx.scalars(statement.order_by(col(ContactChange.number).desc())))


async def find_last(tx: Tx, contact_id: UUID, below: int | None, actions: Iterable[Action]) -> ContactChange | None:
    """The newest change of these kinds, below a number."""
    wanted = [col(ContactChange.contact_id) == contact_id]
    wanted += [] if below is None else [col(ContactChange.number) < below]
    kinds = [action.value for action in actions]
    wanted += [col(ContactChange.action).in_(kinds)] if kinds else []
    statement = select(ContactChange).where(*wanted).order_by(col(ContactChange.number).desc()).limit(1)
    found: ContactChange | None = await tx.scalar(statement)
    return found


async def list_verifications_since(tx: Tx, contacts: Iterable[UUID], at: datetime) -> list[ContactChange]:
    """What was verified of these contacts after a moment, or taken back, in order."""
    statement = select(ContactChange).where(
        col(ContactChange.contact_id) == any_(literal(list(contacts), ARRAY(Uuid))),
        col(ContactChange.action).in_([Action.VERIFIED.value, Action.UNVERIFIED.value]),
        col(ContactChange.time) > at,
    )
    return list(await tx.scalars(statement.order_by(col(ContactChange.number))))


async def list_changes(
    tx: Tx, contacts: Iterable[UUID], paging: Paging, *, is_aside_only: bool
) -> tuple[list[ContactChange], str]:
    """One page of what was done to these contacts, newest first."""
    wanted = col(ContactChange.contact_id) == any_(literal(list(contacts), ARRAY(Uuid)))
    changed = or_(col(ContactChange.action) != Action.EDITED.value, col(ContactChange.after) != {})
    statement = select(ContactChange).where(wanted, changed)
    if is_aside_only:
        statement = statement.where(col(ContactChange.standing) == Standing.SET_ASIDE.value)
    return await keyset_page(tx, statement, [ContactChange.number], paging, is_descending=True)
