"""What every verb does that changes a contact or a link: raise its revision, say what it is, keep what it was."""

import os
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7

from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import ContactMaskedError, ContactNotFoundError
from services.contact.domain.history import Action, Values, differences
from services.contact.models import CONTACT, Account, Contact, ContactChange, IdentityLink
from services.contact.store import changes as store
from services.contact.store import contacts as contact_store

PLACE_BITS = 20  # more than there are words in a call; 42 bits of chance are left


def check_known(contact: Contact, viewer: Viewer) -> None:
    """Where teams are hidden from each other, another's contact is none."""
    if not viewer.may_know(contact.owner, contact.team):
        raise ContactNotFoundError(contact=contact.name)


async def known_survivor_of(tx: Tx, contact_id: UUID, viewer: Viewer) -> Contact:
    """The contact that stands for one; where teams are hidden, another's was never there, and is looked for as long."""
    survivors = await contact_store.list_survivors(tx, [contact_id])
    found = list((await contact_store.get_contacts(tx, survivors.values())).values())
    if not found or not viewer.may_know(found[0].owner, found[0].team):
        raise ContactNotFoundError(contact=CONTACT.format(contact_id))
    return found[0]


async def known_of(tx: Tx, ids: Collection[UUID], viewer: Viewer) -> set[UUID]:
    """Of these contacts, those that there are for the viewer."""
    survivors = await contact_store.list_survivors(tx, ids)
    found = await contact_store.get_contacts(tx, survivors.values())
    return {each for each, root in survivors.items() if viewer.may_know(found[root].owner, found[root].team)}


async def survivor_of(tx: Tx, contact_id: UUID) -> Contact:
    """The contact that a contact was merged into, or that contact itself."""
    root = (await contact_store.list_survivors(tx, [contact_id]))[contact_id]
    return await contact_store.get_contact(tx, root)


def check_sees(contact: Contact, viewer: Viewer) -> None:
    """What is hidden from somebody is not theirs to change."""
    check_known(contact, viewer)
    if not viewer.sees(contact.owner, contact.team):
        raise ContactMaskedError(contact=contact.name)


def revise(tx: Tx, contact: Contact, now: datetime) -> None:
    """Raise the revision, and say what the contact is now."""
    contact.revision += 1
    contact.update_time = now
    tx.add(contact)
    tx.emit(contact.changed(now))


def revise_account(tx: Tx, account: Account, now: datetime) -> Account:
    """As revise(), for a company."""
    account.revision += 1
    account.update_time = now
    tx.add(account)
    tx.emit(account.changed(now))
    return account


async def note(
    tx: Tx,
    contact: Contact,
    action: Action,
    before: Values,
    after: Values | None = None,
    *,
    viewer: Viewer,
    now: datetime,
    **more: Any,
) -> ContactChange:
    """Keep what a contact said before a change and what it says now, who changed it and with what program."""
    was, became = differences(before, contact.values() if after is None else after)
    (number,) = await store.next_numbers(tx, 1)
    change = ContactChange(
        number=number,
        contact_id=contact.id,
        earned_id=contact.id,
        revision=contact.revision,
        action=action,
        actor=viewer.user,
        source=viewer.client,
        time=now,
        before=was,
        after=became,
        **{"told": became} | more,
    )
    tx.add(change)
    return change


def retract(tx: Tx, link: IdentityLink, now: datetime) -> None:
    """Stop believing a link."""
    link.retracted_time = now
    link.revision += 1
    tx.add(link)
    tx.emit(link.changed(now))


def assert_again(
    tx: Tx, link: IdentityLink, actor: str, now: datetime, place: int, *, alias_of: UUID | None = None, **otherwise: str
) -> UUID:
    """Believe again what a retracted link said, but for what is said otherwise: a new link, so that what we believed in
    between stays known.
    """
    told = link.model_dump() | {
        "id": following_id(now, place),
        "asserted_time": now,
        "retracted_time": None,
        "actor": actor,
        "evidence": "undeleted",
        "revision": 1,
        "alias_of": alias_of,
    }
    again = IdentityLink(**told | otherwise)
    tx.add(again)
    tx.emit(again.changed(now))
    return again.id


def following_id(now: datetime, place: int) -> UUID:
    """Ids minted in one microsecond, in the order of their places."""
    return next(following_ids(now, place))


def following_ids(now: datetime, first: int = 0) -> Iterator[UUID]:
    """As following_id(), for one place after the other."""
    begin = uuid7(now).int >> 62 << 62
    for place in range(first, 1 << PLACE_BITS):
        chance = int.from_bytes(os.urandom(6), "big") >> PLACE_BITS - 14
        yield UUID(int=begin | place << 62 - PLACE_BITS | chance)


def say_link(tx: Tx, link: IdentityLink, now: datetime) -> IdentityLink:
    """Write a new link down, and tell others."""
    tx.add(link)
    tx.emit(link.changed(now))
    return link
