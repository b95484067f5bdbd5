"""Merging two contacts into one person, field by field, and taking that back exactly.

The link joins the two; no touch moves. The contact that stays takes what the merge decides, the duplicate keeps its
fields as they were. Un-merging folds the record again without who leaves: what came under one of her identifiers goes
with her, and what was edited on the merged record is set aside for a person to place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.resources import check_etag
from identity import Kind

from services.contact.domain import contacts as rules
from services.contact.domain import history
from services.contact.domain.attributes import Registry, check_values
from services.contact.domain.contacts import State, Viewer
from services.contact.domain.errors import MergeConflictError, field_invalid
from services.contact.domain.history import Action, Decision, Side, Standing
from services.contact.models import Contact, ContactChange, IdentityLink
from services.contact.store import changes as store
from services.contact.store import contacts as contact_store
from services.contact.store import links as link_store
from services.contact.usecases.attributes import load_registry
from services.contact.usecases.changes import check_known, check_sees, following_id, note, retract, revise, say_link

Choices = Sequence[tuple[str, Side]]


@dataclass(frozen=True)
class Preview:
    """What a merge would make of two contacts; `result` is the contact that stays, as it would be."""

    contact: Contact
    duplicate: Contact
    result: Contact
    decisions: list[Decision]


async def preview_merge(tx: Tx, contact_id: UUID, duplicate_id: UUID, *, choices: Choices, viewer: Viewer) -> Preview:
    """Say field by field what a merge would keep, and refuse what the merge would refuse."""
    _check_two(contact_id, duplicate_id)
    contact = await _known(tx, contact_id, viewer)
    duplicate = await _known(tx, duplicate_id, viewer)
    decisions = await _decide(tx, contact, duplicate, choices, viewer)
    result = Contact(**contact.model_dump())
    result.take(_merged(contact, duplicate, decisions))
    return Preview(contact, duplicate, result, decisions)


async def merge_contacts(
    tx: Tx,
    contact_id: UUID,
    duplicate_id: UUID,
    *,
    choices: Choices,
    evidence: str,
    etag: str,
    duplicate_etag: str,
    viewer: Viewer,
    now: datetime,
) -> Contact:
    """State that two contacts are one person. No touch moves: the link does it."""
    _check_two(contact_id, duplicate_id)
    for each in (contact_id, duplicate_id):  # whichever is missing first is named, hidden or not
        await _known(tx, each, viewer)
    contacts = await contact_store.lock_contacts(tx, [contact_id, duplicate_id])
    contact, duplicate = contacts[contact_id], contacts[duplicate_id]
    if contact.merged_into == duplicate.id:
        raise MergeConflictError(contact=contact.name, merged_into=duplicate.name)
    check_etag(contact, etag)
    check_etag(duplicate, duplicate_etag)
    decisions = await _decide(tx, contact, duplicate, choices, viewer)
    say_link(tx, _merge_link(contact, duplicate, evidence, viewer.user, now), now)
    before = contact.values()
    contact.take(_merged(contact, duplicate, decisions))
    duplicate.state, duplicate.merged_into = State.MERGED, contact.id
    revise(tx, duplicate, now)
    revise(tx, contact, now)
    sides = {each.field: each.side.value for each in decisions}
    told = {"other_id": duplicate.id, "sides": sides, "start": before}
    await note(tx, contact, Action.MERGED, before, viewer=viewer, now=now, **told)
    return contact


def _merge_link(contact: Contact, duplicate: Contact, evidence: str, actor: str, now: datetime) -> IdentityLink:
    return IdentityLink(
        id=following_id(now, 0),
        kind=Kind.MERGE,
        contact_id=duplicate.id,
        survivor_id=contact.id,
        asserted_time=now,
        evidence=evidence or "merged",
        actor=actor,
    )


async def unmerge_contact(tx: Tx, contact_id: UUID, *, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """Take a merge back: both people have exactly what their own identifiers earned."""
    await _known(tx, contact_id, viewer)
    contact, above = await _lock_chain(tx, contact_id)
    check_known(contact, viewer)
    check_etag(contact, etag)
    rules.check_merged(contact.state, contact.name)
    for each in (contact, above[-1]):
        check_sees(each, viewer)
    if above[-1].state == State.DELETED:
        rules.check_active(above[-1].state, above[-1].name)
    link = await link_store.find_merge(tx, contact_id)
    if link is not None:
        retract(tx, link, now)
    contact.state, contact.merged_into = State.ACTIVE, None
    await _Unmerging(tx, contact, above, viewer, now).run()
    return contact


class _Unmerging:
    """Folds everybody above a contact again without it, nearest first, and gives it what came under its identifiers."""

    def __init__(self, tx: Tx, contact: Contact, above: Sequence[Contact], viewer: Viewer, now: datetime) -> None:
        self._tx, self._contact, self._above, self._viewer, self._now = tx, contact, above, viewer, now
        self._moved: list[ContactChange] = []
        self._aside: list[ContactChange] = []
        self._leaving: frozenset[UUID] = frozenset()

    async def run(self) -> None:
        """Do it, and keep what it changed."""
        everybody = (await contact_store.list_members(self._tx, [self._contact.id]))[self._contact.id]
        self._leaving = frozenset(everybody)
        child = self._contact
        for parent in self._above:
            merge = await store.find_merge(self._tx, child.id)
            if merge is not None:
                await self._fold(parent, child, merge)
            else:
                revise(self._tx, parent, self._now)
            child = parent
        before = self._contact.values()
        values: history.Values = before
        for change in sorted(self._moved, key=lambda each: each.number):
            values = history.applied(values, change.told)
            change.earned_id = self._contact.id
        self._contact.take(values)
        revise(self._tx, self._contact, self._now)
        told = {"viewer": self._viewer, "now": self._now, "other_id": self._above[0].id}
        unmerge = await note(self._tx, self._contact, Action.UNMERGED, before, **told)
        for change in self._aside:
            change.standing, change.settled_by = Standing.SET_ASIDE, unmerge.number
            change.other_id = self._contact.id

    async def _fold(self, parent: Contact, child: Contact, merge: ContactChange) -> None:
        changes = await store.list_standing_after(self._tx, parent.id, merge.number)
        steps = [change.step() for change in changes]
        merged = {step.other for step in steps if step.other is not None} | {child.id}
        people = await contact_store.get_contacts(self._tx, merged)
        frozen = {known: found.values() for known, found in people.items()}
        if child is self._contact:
            merge.standing, start = Standing.UNDONE, merge.start
        else:
            start = history.combine(merge.start, child.values(), merge.step().sides or {})
        fold = history.fold_without(start, steps, self._leaving, frozen)
        for place, values in fold.starts.items():
            changes[place].start = dict(values)
        self._moved += [changes[place] for place in fold.moved]
        self._aside += [changes[place] for place in fold.aside]
        before = parent.values()
        parent.take(fold.values)
        revise(self._tx, parent, self._now)
        told = {"viewer": self._viewer, "now": self._now, "other_id": self._contact.id}
        await note(self._tx, parent, Action.UNMERGED, before, **told)


async def _lock_chain(tx: Tx, contact_id: UUID) -> tuple[Contact, list[Contact]]:
    """A merged contact and everybody that it is merged into, nearest first, all locked."""
    found, wanted = await contact_store.get_contact(tx, contact_id), [contact_id]
    while found.merged_into is not None:
        wanted.append(found.merged_into)
        found = await contact_store.get_contact(tx, found.merged_into)
    contacts = await contact_store.lock_contacts(tx, wanted)
    chain = [contacts[each] for each in wanted]
    expected = [*wanted[1:], None]
    if [each.merged_into for each in chain] != expected:
        raise MergeConflictError(contact=chain[0].name)
    return chain[0], chain[1:] or [chain[0]]


async def _known(tx: Tx, contact_id: UUID, viewer: Viewer) -> Contact:
    contact = await contact_store.get_contact(tx, contact_id)
    check_known(contact, viewer)
    return contact


async def _decide(tx: Tx, contact: Contact, duplicate: Contact, choices: Choices, viewer: Viewer) -> list[Decision]:
    for each in (contact, duplicate):
        rules.check_active(each.state, each.name)
        check_sees(each, viewer)
    await _check_room(tx, contact, duplicate)
    chosen = history.check_choices(choices, contact.values(), duplicate.values())
    await _check_chosen(tx, choices, contact, duplicate)
    return history.decide(contact.values(), duplicate.values(), chosen)


async def _check_chosen(tx: Tx, choices: Choices, contact: Contact, duplicate: Contact) -> None:
    """A value that somebody chooses has to fit its attribute as a new one has; what a rule carries over stands."""
    told = {
        place: field.removeprefix(history.ATTRIBUTE)
        for place, (field, side) in enumerate(choices)
        if side is Side.DUPLICATE and field.startswith(history.ATTRIBUTE)
    }
    registry = await load_registry(tx) if told else Registry()
    for place, name in told.items():
        if name in duplicate.attributes:
            value = {name: duplicate.attributes[name]}
            check_values(registry, value, contact.attributes, f"choices[{place}].attributes")


def _merged(contact: Contact, duplicate: Contact, decisions: Sequence[Decision]) -> history.Values:
    sides = {each.field: each.side for each in decisions}
    merged = history.combine(contact.values(), duplicate.values(), sides)
    history.check_room(merged)
    return merged


def _check_two(contact_id: UUID, duplicate_id: UUID) -> None:
    if contact_id == duplicate_id:
        raise field_invalid("duplicate", "is the contact itself")


async def _check_room(tx: Tx, contact: Contact, duplicate: Contact) -> None:
    members = await contact_store.list_members(tx, [contact.id, duplicate.id])
    links = await link_store.list_identifiers(tx, [*members[contact.id], *members[duplicate.id]], None)
    rules.check_subjects(len({bytes(link.subject or b"") for link in links}), contact.name)
