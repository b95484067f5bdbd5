"""Creating, reading, changing, deleting and revealing contacts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from identity import Kind
from sqlalchemy import ColumnElement

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import State, Viewer
from services.contact.domain.errors import ContactNotFoundError
from services.contact.domain.history import Action
from services.contact.domain.identifiers import Known
from services.contact.models import CONTACT, Contact
from services.contact.store import accounts as account_store
from services.contact.store import audit
from services.contact.store import contacts as store
from services.contact.store import links as link_store
from services.contact.store.erasures import find_erasure_of
from services.contact.usecases.attributes import check_attributes
from services.contact.usecases.changes import assert_again, check_known, check_sees, note, retract, revise
from services.contact.usecases.identifiers import hold_identifiers
from services.contact.usecases.rivals import Rivals
from services.contact.usecases.views import ContactView, load_view, load_views

Values = Mapping[str, Any]
GUARDED = frozenset(("attributes", "owner", "team"))  # who sees a contact masked changes neither what nor who sees it


async def create_contact(
    tx: Tx, contact_id: UUID | None, values: Values, identifiers: Sequence[Known], *, viewer: Viewer, now: datetime
) -> Contact:
    """Write down a person and what identifies them."""
    await _check_values(tx, values)
    is_closed = viewer.refuses_unregistered
    await check_attributes(tx, values.get("attributes", {}), {}, is_closed=is_closed)
    contact = Contact(id=contact_id or uuid7(now), create_time=now, update_time=now, **values)
    contact.display_name = rules.compose_name(contact.display_name, contact.given_name, contact.family_name)
    contact.searched = contact.searchable()
    await store.insert_contact(tx, contact)
    await hold_identifiers(tx, contact, identifiers, evidence="created", viewer=viewer, now=now)
    tx.emit(contact.changed(now))
    await note(tx, contact, Action.CREATED, contact.values(), viewer=viewer, now=now)
    return await store.get_contact(tx, contact.id)


async def get_contact(tx: Tx, contact_id: UUID, *, viewer: Viewer, now: datetime) -> ContactView:
    """Read one contact, or the one that it was merged into."""
    return (await batch_get_contacts(tx, [contact_id], viewer=viewer, now=now))[0]


async def batch_get_contacts(tx: Tx, ids: Sequence[UUID], *, viewer: Viewer, now: datetime) -> list[ContactView]:
    """Read several contacts in the order asked, survivors in place of merged ones."""
    survivors = await store.list_survivors(tx, ids)
    found = await store.get_contacts(tx, survivors.values())
    known = {each for each, root in survivors.items() if viewer.may_know(found[root].owner, found[root].team)}
    missing = next((contact_id for contact_id in ids if contact_id not in known), None)
    if missing is not None:
        raise ContactNotFoundError(contact=CONTACT.format(missing))
    views = {view.contact.id: view for view in await load_views(tx, list(found.values()), viewer, now)}
    return [_asked_for(views[survivors[contact_id]], contact_id) for contact_id in ids]


async def list_contacts(
    tx: Tx,
    conditions: Sequence[ColumnElement[bool]],
    keys: Sequence[str],
    paging: Paging,
    *,
    is_descending: bool,
    viewer: Viewer,
    now: datetime,
) -> tuple[list[ContactView], str]:
    """Read one page of contacts."""
    contacts, token = await store.list_contacts(tx, conditions, keys, paging, is_descending=is_descending)
    return await load_views(tx, contacts, viewer, now), token


async def update_contact(
    tx: Tx,
    contact_id: UUID,
    change: Callable[[Contact], Values],
    *,
    etag: str,
    viewer: Viewer,
    now: datetime,
) -> Contact:
    """Change a contact as `change` says once it is ours."""
    contact = await store.lock_contact(tx, contact_id)
    check_known(contact, viewer)
    check_etag(contact, etag)
    rules.check_active(contact.state, contact.name)
    values = change(contact)
    if GUARDED & values.keys():
        check_sees(contact, viewer)
    await _check_values(tx, values)
    is_closed = viewer.refuses_unregistered
    await check_attributes(tx, values.get("attributes", {}), contact.attributes, is_closed=is_closed)
    before = contact.values()
    for field, value in values.items():
        setattr(contact, field, value)
    contact.display_name = rules.compose_name(contact.display_name, contact.given_name, contact.family_name)
    contact.searched = contact.searchable()
    revise(tx, contact, now)
    if contact.values() != before:
        await note(tx, contact, Action.EDITED, before, viewer=viewer, now=now)
    return contact


async def delete_contact(tx: Tx, contact_id: UUID, *, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """Take a contact away; its links are retracted, so its touches are nobody's until it comes back."""
    contact = await store.lock_contact(tx, contact_id)
    check_known(contact, viewer)
    if contact.state == State.DELETED:
        return contact
    check_etag(contact, etag)
    rules.check_active(contact.state, contact.name)
    members = (await store.list_members(tx, [contact.id]))[contact.id]
    for link in await link_store.list_identifiers(tx, members, None):
        retract(tx, link, now)
    contact.state, contact.delete_time = State.DELETED, now
    revise(tx, contact, now)
    await note(tx, contact, Action.DELETED, contact.values(), viewer=viewer, now=now)
    return contact


async def undelete_contact(tx: Tx, contact_id: UUID, *, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """Bring a deleted contact back, with the links that the deletion retracted."""
    found = await store.get_contact(tx, contact_id)
    check_known(found, viewer)
    await _check_not_purged(tx, found)
    members = (await store.list_members(tx, [contact_id]))[contact_id]
    retracted = await link_store.list_retracted_at(tx, members, found.delete_time or now)
    await link_store.lock_subjects(tx, [bytes(link.subject or b"") for link in retracted])
    contact = await store.lock_contact(tx, contact_id)
    check_etag(contact, etag)
    rules.check_undeletable(contact.state, contact.delete_time, contact.name, now)
    rivals = await Rivals.load(tx, {bytes(link.subject or b"") for link in retracted}, viewer)
    again: dict[UUID | None, UUID] = {}  # an alias goes with the link that stands for its own
    for place, link in enumerate(retracted):
        others = [each for each in rivals.known([bytes(link.subject or b"")]) if each.kind == Kind.HOLDS]
        if Kind.HOLDS in {link.kind, link.claim}:
            rules.check_free([each for each in others if each.overlaps(link.from_time, link.to_time)], None, "name")
        again[link.id] = assert_again(
            tx, link, viewer.user, now, place, alias_of=again.get(link.alias_of), **rivals.again(link)
        )
    contact.state, contact.delete_time = State.ACTIVE, None
    revise(tx, contact, now)
    await note(tx, contact, Action.UNDELETED, contact.values(), viewer=viewer, now=now)
    return contact


async def reveal_contact(tx: Tx, contact_id: UUID, *, reason: str, viewer: Viewer, now: datetime) -> ContactView:
    """Show one contact whole, and write down who saw it and why."""
    view = await get_contact(tx, contact_id, viewer=viewer, now=now)
    view.is_visible = True
    await audit.insert_audit_entry(
        tx, time=now, actor=viewer.user, action="contact.reveal", resource=view.contact.name, reason=reason
    )
    return view


async def show(tx: Tx, contact: Contact, *, viewer: Viewer, now: datetime) -> ContactView:
    """A contact after a change."""
    return await load_view(tx, contact, viewer, now)


async def _check_not_purged(tx: Tx, contact: Contact) -> None:
    """Whoever is erased because undeleting was no longer possible is refused as before that."""
    if contact.state == State.ERASED:
        erasure = await find_erasure_of(tx, contact.id)
        if erasure is not None and erasure.delete_time is not None:
            raise rules.undelete_expired(contact.name, erasure.delete_time)


def _asked_for(view: ContactView, asked: UUID) -> ContactView:
    if asked == view.contact.id:
        return view
    return ContactView(**{**vars(view), "asked": asked})


async def _check_values(tx: Tx, values: Values) -> None:
    rules.check_time_zone(values.get("time_zone", ""), "contact.time_zone")
    if values.get("account_id") is not None:
        await account_store.hold_account(tx, values["account_id"])
