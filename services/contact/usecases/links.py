"""What is said of who somebody is: touches taken off a person and put back, links listed."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging
from identity import Kind

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import LinkNotFoundError
from services.contact.models import Contact, IdentityLink
from services.contact.store import contacts as contact_store
from services.contact.store import links as store
from services.contact.usecases.changes import (
    check_known,
    check_sees,
    following_id,
    known_survivor_of,
    retract,
    revise,
    say_link,
    survivor_of,
)


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
    person = await known_survivor_of(tx, contact_id, viewer)
    members = (await contact_store.list_members(tx, [person.id]))[person.id]
    links, token = await store.list_links(tx, members, paging)
    return links, token, viewer.sees(person.owner, person.team)


async def get_link(tx: Tx, link_id: UUID, viewer: Viewer) -> tuple[IdentityLink, bool]:
    """Read one link; and whether the viewer sees the person that it speaks of."""
    link = await store.get_link(tx, link_id)
    if link.contact_id is None:
        return link, True
    about = await survivor_of(tx, link.contact_id)
    if not viewer.may_know(about.owner, about.team):
        raise LinkNotFoundError(link=link.name)
    return link, viewer.sees(about.owner, about.team)


async def _lock(tx: Tx, contact_id: UUID, viewer: Viewer) -> Contact:
    contact = await contact_store.lock_contact(tx, contact_id)
    check_known(contact, viewer)
    rules.check_active(contact.state, contact.name)
    check_sees(contact, viewer)
    return contact
