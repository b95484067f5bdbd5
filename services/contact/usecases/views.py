"""A contact as it is shown: with its identifiers, its company's name, who was merged into it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from services.contact.domain.contacts import Viewer
from services.contact.models import Contact, IdentityLink
from services.contact.store import contacts as store
from services.contact.store import links as link_store
from services.contact.usecases.attributes import load_registry


@dataclass
class ContactView:
    """What a caller gets to see of a person; `asked` is the contact asked for, where that was merged into this one."""

    contact: Contact
    is_visible: bool
    identifiers: list[IdentityLink] = field(default_factory=list)
    shared: set[bytes] = field(default_factory=set)
    account_name: str = ""
    merged: list[UUID] = field(default_factory=list)
    asked: UUID | None = None
    not_personal: frozenset[str] = frozenset()  # attributes that are shown to who sees it masked, too
    held: Contact | None = None  # on whom of those merged here a hold lies, where none lies on it itself


async def load_views(tx: Tx, contacts: Sequence[Contact], viewer: Viewer, now: datetime) -> list[ContactView]:
    """Complete some contacts, in four or five queries however many they are."""
    members = await store.list_members(tx, [contact.id for contact in contacts])
    everybody = [member for contact in contacts for member in members[contact.id]]
    links = await link_store.list_identifiers(tx, everybody, now)
    names = await store.get_account_names(tx, {contact.account_id for contact in contacts if contact.account_id})
    shared = await _shared(tx, links, {member: root for root, found in members.items() for member in found}, now)
    not_personal = await _not_personal(tx, contacts, viewer)
    held = await _held(
        tx, {member for found in members.values() for member in found} - {contact.id for contact in contacts}
    )
    by_member: dict[UUID, list[IdentityLink]] = {}
    for link in links:
        if link.contact_id is not None and link.alias_of is None:
            by_member.setdefault(link.contact_id, []).append(link)
    return [
        ContactView(
            contact=contact,
            is_visible=viewer.sees(contact.owner, contact.team),
            identifiers=_in_order(
                [link for member in members[contact.id] for link in by_member.get(member, ())], contact
            ),
            shared=shared,
            account_name=names.get(contact.account_id, "") if contact.account_id else "",
            merged=[member for member in members[contact.id] if member != contact.id],
            not_personal=not_personal,
            held=next((held[member] for member in members[contact.id] if member in held), None),
        )
        for contact in contacts
    ]


async def load_view(tx: Tx, contact: Contact, viewer: Viewer, now: datetime) -> ContactView:
    """Complete one contact."""
    await tx.flush()
    return (await load_views(tx, [contact], viewer, now))[0]


async def load_view_at(tx: Tx, contact: Contact, members: Sequence[UUID], viewer: Viewer, at: datetime) -> ContactView:
    """Complete a contact as it was at a moment; its company's name is today's."""
    links = [link for link in await link_store.list_identifiers_at(tx, members, at) if link.alias_of is None]
    names = await store.get_account_names(tx, [contact.account_id] if contact.account_id else [])
    return ContactView(
        contact=contact,
        is_visible=viewer.sees(contact.owner, contact.team),
        identifiers=_in_order(links, contact),
        account_name=names.get(contact.account_id, "") if contact.account_id else "",
        merged=[member for member in members if member != contact.id],
        not_personal=(await load_registry(tx)).not_personal,
    )


async def _held(tx: Tx, merged: set[UUID]) -> dict[UUID, Contact]:
    """Those of these contacts on whom a hold lies."""
    found = await store.get_contacts(tx, merged) if merged else {}
    return {each: contact for each, contact in found.items() if contact.hold_time is not None}


async def _not_personal(tx: Tx, contacts: Sequence[Contact], viewer: Viewer) -> frozenset[str]:
    """The attributes shown to everybody; asked for where somebody sees a contact masked that has any."""
    if all(viewer.sees(contact.owner, contact.team) or not contact.attributes for contact in contacts):
        return frozenset()
    return (await load_registry(tx)).not_personal


def _in_order(links: list[IdentityLink], contact: Contact) -> list[IdentityLink]:
    """The contact's own before those of merged ones, each in the order they were added, no subject twice."""
    ordered = sorted(links, key=lambda link: (link.contact_id != contact.id, link.id))
    return list({bytes(link.subject or b""): link for link in reversed(ordered)}.values())[::-1]


async def _shared(tx: Tx, links: Sequence[IdentityLink], roots: dict[UUID, UUID], now: datetime) -> set[bytes]:
    """The subjects among these that several people hold now."""
    holders: dict[bytes, set[UUID]] = {}
    for link in await link_store.list_holding(tx, {bytes(link.subject) for link in links if link.subject}):
        if link.contact_id is not None and link.subject and (link.to_time is None or link.to_time > now):
            holders.setdefault(bytes(link.subject), set()).add(roots.get(link.contact_id, link.contact_id))
    return {subject for subject, found in holders.items() if len(found) > 1}
