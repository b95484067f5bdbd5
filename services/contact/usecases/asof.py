"""A contact as it was at a moment: its history undone back to then, with the links that were believed then."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from services.contact.domain.contacts import State, Viewer
from services.contact.domain.errors import ContactNotFoundError, field_invalid
from services.contact.domain.history import Action, undone, verified_before
from services.contact.models import CONTACT, Contact, IdentityLink
from services.contact.store import changes as store
from services.contact.store import contacts as contact_store
from services.contact.store import links as link_store
from services.contact.usecases.changes import survivor_of
from services.contact.usecases.contacts import get_contact
from services.contact.usecases.views import ContactView, load_view_at


async def get_contact_at(tx: Tx, contact_id: UUID, at: datetime, *, viewer: Viewer, now: datetime) -> ContactView:
    """Read one contact as of a moment, or the one that it was merged into then."""
    if at > now:
        raise field_invalid("read_time", "is in the future")
    asked = await contact_store.get_contact(tx, contact_id)
    if asked.state == State.ERASED:
        return await get_contact(tx, contact_id, viewer=viewer, now=now)  # nothing is left of what it was
    root = await _root_at(tx, contact_id, at)
    people = [await survivor_of(tx, each) for each in {contact_id, root}]
    if asked.create_time > at or not all(viewer.may_know(each.owner, each.team) for each in people):
        raise ContactNotFoundError(contact=CONTACT.format(contact_id))
    contact = await contact_at(tx, await contact_store.get_contact(tx, root), at)
    members = await _members_at(tx, root, at)
    view = await load_view_at(tx, contact, members, viewer, at)
    await _verified_then(tx, view, members, at)
    view.is_visible = all(viewer.sees(each.owner, each.team) for each in people)
    view.asked = contact_id if contact_id != root else None
    return view


async def _verified_then(tx: Tx, view: ContactView, members: Sequence[UUID], at: datetime) -> None:
    """Each identifier with what was known then of whose it is; rows of ours are left as they are."""
    since = await store.list_verifications_since(tx, members, at)
    said = ((Action(each.action), each.after if each.action == Action.VERIFIED else each.before) for each in since)
    then = verified_before(said)
    view.identifiers = [
        IdentityLink(**link.model_dump() | {"verified": then.get((link.identifier_kind, link.value), link.verified)})
        for link in view.identifiers
    ]


async def contact_at(tx: Tx, contact: Contact, at: datetime) -> Contact:
    """What a contact said by itself at a moment; no row of ours, and never written."""
    since = await store.list_since(tx, contact.id, at)
    first = since[-1].number if since else None
    before = await store.find_last(tx, contact.id, first, ())
    was = Contact(**contact.model_dump())
    was.take(undone(contact.values(), [change.before for change in since]))
    was.update_time = before.time if before is not None else contact.create_time
    last = await store.find_last(tx, contact.id, first, (Action.DELETED, Action.UNDELETED))
    was.delete_time = last.time if last is not None and last.action == Action.DELETED else None
    into = (await link_store.list_merges_at(tx, [contact.id], at, above=True)).get(contact.id)
    was.merged_into = into
    was.state = State.MERGED if into else State.DELETED if was.delete_time else State.ACTIVE
    return was


async def _root_at(tx: Tx, contact_id: UUID, at: datetime) -> UUID:
    found = contact_id
    while into := (await link_store.list_merges_at(tx, [found], at, above=True)).get(found):
        found = into
    return found


async def _members_at(tx: Tx, root: UUID, at: datetime) -> list[UUID]:
    """A contact and everybody that was merged into it, directly or through others."""
    found, front = [root], [root]
    while front:
        front = sorted(await link_store.list_merges_at(tx, front, at, above=False))
        found += front
    return found
