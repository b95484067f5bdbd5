"""Merging two contacts into one person and taking that back, and taking single touches off a person."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging
from chassis.resources import check_etag
from identity import Kind

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import State, Viewer
from services.contact.domain.errors import LinkNotFoundError, MergeConflictError, field_invalid
from services.contact.models import Contact, IdentityLink
from services.contact.store import contacts as contact_store
from services.contact.store import links as store
from services.contact.usecases.changes import check_sees, following_id, retract, revise, say_link


async def merge_contacts(
    tx: Tx,
    contact_id: UUID,
    duplicate_id: UUID,
    *,
    evidence: str,
    etag: str,
    duplicate_etag: str,
    viewer: Viewer,
    now: datetime,
) -> Contact:
    """State that two contacts are one person. No touch moves: the link does it."""
    if contact_id == duplicate_id:
        raise field_invalid("duplicate", "is the contact itself")
    contacts = await contact_store.lock_contacts(tx, [contact_id, duplicate_id])
    contact, duplicate = contacts[contact_id], contacts[duplicate_id]
    if contact.merged_into == duplicate.id:
        raise MergeConflictError(contact=contact.name, merged_into=duplicate.name)
    for each, given in ((contact, etag), (duplicate, duplicate_etag)):
        check_etag(each, given)
        rules.check_active(each.state, each.name)
        check_sees(each, viewer)
    await _check_room(tx, contact, duplicate)
    link = IdentityLink(
        id=following_id(now, 0),
        kind=Kind.MERGE,
        contact_id=duplicate.id,
        survivor_id=contact.id,
        asserted_time=now,
        evidence=evidence or "merged",
        actor=viewer.user,
    )
    say_link(tx, link, now)
    duplicate.state, duplicate.merged_into = State.MERGED, contact.id
    revise(tx, duplicate, now)
    revise(tx, contact, now)
    return contact


async def unmerge_contact(tx: Tx, contact_id: UUID, *, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """Take a merge back: both people have exactly what their own identifiers earned."""
    found = await contact_store.get_contact(tx, contact_id)
    wanted = [contact_id, *([found.merged_into] if found.merged_into else [])]
    contacts = await contact_store.lock_contacts(tx, wanted)
    contact = contacts[contact_id]
    check_etag(contact, etag)
    rules.check_merged(contact.state, contact.name)
    survivor_id = contact.merged_into
    survivor = contacts.get(survivor_id) if survivor_id else None
    if survivor is None:
        raise MergeConflictError(contact=contact.name)
    for each in (contact, survivor):
        check_sees(each, viewer)
    if survivor.state == State.DELETED:
        rules.check_active(survivor.state, survivor.name)
    link = await store.find_merge(tx, contact_id)
    if link is not None:
        retract(tx, link, now)
    contact.state, contact.merged_into = State.ACTIVE, None
    revise(tx, contact, now)
    revise(tx, survivor, now)
    return contact


async def exclude_touch(
    tx: Tx, contact_id: UUID, touch: str, *, evidence: str, viewer: Viewer, now: datetime
) -> IdentityLink:
    """State that one touch is not the contact's; saying so twice changes nothing."""
    contact = await _lock(tx, contact_id, viewer)
    found = await store.find_exclusion(tx, contact.id, touch)
    if found is not None:
        return found
    link = IdentityLink(
        id=following_id(now, 0),
        kind=Kind.EXCLUSION,
        contact_id=contact.id,
        touch=touch,
        asserted_time=now,
        evidence=evidence or "excluded",
        actor=viewer.user,
    )
    revise(tx, contact, now)
    return say_link(tx, link, now)


async def include_touch(tx: Tx, contact_id: UUID, touch: str, *, viewer: Viewer, now: datetime) -> IdentityLink:
    """Take an exclusion back."""
    contact = await _lock(tx, contact_id, viewer)
    link = await store.find_exclusion(tx, contact.id, touch)
    if link is None:
        raise LinkNotFoundError(contact=contact.name, touch=touch)
    retract(tx, link, now)
    revise(tx, contact, now)
    return link


async def list_identity_links(
    tx: Tx, contact_id: UUID, paging: Paging, viewer: Viewer
) -> tuple[list[IdentityLink], str, bool]:
    """Everything that was ever said about who a person is, oldest first; and whether the viewer sees that person."""
    contact = await contact_store.get_contact(tx, contact_id)
    root = (await contact_store.list_survivors(tx, [contact.id]))[contact.id]
    members = (await contact_store.list_members(tx, [root]))[root]
    links, token = await store.list_links(tx, members, paging)
    return links, token, await _sees(tx, root, viewer)


async def get_link(tx: Tx, link_id: UUID, viewer: Viewer) -> tuple[IdentityLink, bool]:
    """Read one link; and whether the viewer sees the person that it speaks of."""
    link = await store.get_link(tx, link_id)
    if link.contact_id is None:
        return link, True
    root = (await contact_store.list_survivors(tx, [link.contact_id]))[link.contact_id]
    return link, await _sees(tx, root, viewer)


async def _sees(tx: Tx, contact_id: UUID, viewer: Viewer) -> bool:
    contact = await contact_store.get_contact(tx, contact_id)
    return viewer.sees(contact.owner, contact.team)


async def _lock(tx: Tx, contact_id: UUID, viewer: Viewer) -> Contact:
    contact = await contact_store.lock_contact(tx, contact_id)
    rules.check_active(contact.state, contact.name)
    check_sees(contact, viewer)
    return contact


async def _check_room(tx: Tx, contact: Contact, duplicate: Contact) -> None:
    members = await contact_store.list_members(tx, [contact.id, duplicate.id])
    links = await store.list_identifiers(tx, [*members[contact.id], *members[duplicate.id]], None)
    rules.check_subjects(len({bytes(link.subject or b"") for link in links}), contact.name)
