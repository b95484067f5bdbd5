"""What was done to a contact: listing it, and placing what an un-merge set aside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import ChangeNotSetAsideError, ContactChangeNotFoundError
from services.contact.domain.history import ATTRIBUTE, Action, Standing, applied
from services.contact.models import Contact, ContactChange
from services.contact.store import accounts as account_store
from services.contact.store import changes as store
from services.contact.store import contacts as contact_store
from services.contact.usecases.attributes import check_attributes
from services.contact.usecases.changes import check_known, check_sees, known_survivor_of, note, revise, survivor_of


async def list_contact_changes(
    tx: Tx, contact_id: UUID, paging: Paging, *, is_aside_only: bool, viewer: Viewer
) -> tuple[list[ContactChange], str, bool]:
    """One page of what was done to a contact and to those merged into it, and whether the viewer sees what it said."""
    person = await known_survivor_of(tx, contact_id, viewer)
    members = (await contact_store.list_members(tx, [person.id]))[person.id]
    changes, token = await store.list_changes(tx, members, paging, is_aside_only=is_aside_only)
    return changes, token, viewer.sees(person.owner, person.team)


async def get_contact_change(tx: Tx, number: int, *, viewer: Viewer) -> tuple[ContactChange, bool]:
    """One change, and whether the viewer sees what it was."""
    change = await store.get_change(tx, number)
    about = await survivor_of(tx, change.contact_id)
    if not viewer.may_know(about.owner, about.team):
        raise ContactChangeNotFoundError(contact_change=change.name)
    return change, viewer.sees(about.owner, about.team)


async def place_contact_change(
    tx: Tx, number: int, contact_id: UUID | None, *, viewer: Viewer, now: datetime
) -> ContactChange:
    """Write what an un-merge set aside into the contact whose it is, or dismiss it for None."""
    change = await store.get_change(tx, number)
    wanted = {change.contact_id, *([contact_id] if contact_id else [])}
    contacts = await contact_store.lock_contacts(tx, wanted)
    change = await store.get_change(tx, number, lock=True)
    about = contacts[change.contact_id]
    if not viewer.may_know(about.owner, about.team):
        raise ContactChangeNotFoundError(contact_change=change.name)
    for each in contacts.values():
        check_known(each, viewer)
    if change.standing != Standing.SET_ASIDE:
        raise ChangeNotSetAsideError(contact_change=change.name, standing=change.standing)
    for each in contacts.values():
        check_sees(each, viewer)
    if contact_id is None:
        change.standing, change.settled_by = Standing.DISMISSED, None
    else:
        placed = await _place(tx, contacts[contact_id], change, viewer, now)
        change.standing, change.settled_by = Standing.PLACED, placed.number
    tx.add(change)
    return change


async def _place(tx: Tx, contact: Contact, change: ContactChange, viewer: Viewer, now: datetime) -> ContactChange:
    rules.check_active(contact.state, contact.name)
    before = contact.values()
    told = {name.removeprefix(ATTRIBUTE): value for name, value in change.told.items() if name.startswith(ATTRIBUTE)}
    kept = {name: value for name, value in told.items() if value is not None}
    await check_attributes(tx, kept, contact.attributes, is_closed=False)
    contact.take(applied(before, change.told))
    if contact.account_id is not None:
        await account_store.hold_account(tx, contact.account_id)
    revise(tx, contact, now)
    return await note(tx, contact, Action.PLACED, before, viewer=viewer, now=now, told=change.told)


async def list_names(tx: Tx, changes: Iterable[ContactChange], *, viewer: Viewer) -> dict[UUID, str]:
    """What the other contacts of these changes are called, each by its own name; those of whom the viewer may know."""
    others = {change.other_id for change in changes if change.other_id is not None}
    found = await contact_store.get_contacts(tx, others) if others else {}
    return {
        known: contact.display_name for known, contact in found.items() if viewer.may_know(contact.owner, contact.team)
    }
