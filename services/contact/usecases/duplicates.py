"""Looking for records that may be one person, listing them, and saying that two are not."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from sqlalchemy import ColumnElement

from services.contact.domain import duplicates as rules
from services.contact.domain.contacts import State, Viewer
from services.contact.domain.duplicates import CandidateState, Traits
from services.contact.domain.errors import DuplicateCandidateNotFoundError
from services.contact.models import Contact, DuplicateCandidate
from services.contact.store import contacts as contact_store
from services.contact.store import duplicates as store
from services.contact.store import forms as form_store
from services.contact.store import links as link_store
from services.contact.usecases.changes import check_sees

PORTION = 200


async def find_duplicates(tx: Tx, *, until: datetime, now: datetime, most: int = PORTION) -> int:
    """Compare the next contacts that changed up to a moment with whom they meet; gives how many there were."""
    changed = await store.walk(tx, until, most)
    if not changed:
        return 0
    known = await _traits(tx, changed, now)
    await store.replace_keys(tx, changed, [(each.id, key) for each in known.values() for key in rules.keys(each)])
    meeting = await store.list_meeting(tx, changed)
    others = {other for found in meeting.values() for other in found} - known.keys()
    known |= await _traits(tx, others, now)
    pairs = {(min(one, other), max(one, other)) for one, found in meeting.items() for other in found}
    found = [
        DuplicateCandidate(
            id=uuid7(now), one_id=one, other_id=other, score=alike.score, clues=list(alike.clues), find_time=now
        )
        for one, other in sorted(pairs)
        if one in known and other in known
        for alike in [rules.compare(known[one], known[other])]
        if alike.score >= rules.THRESHOLD
    ]
    await store.keep_candidates(tx, changed, found)
    return len(changed)


async def list_duplicate_candidates(
    tx: Tx, sees: ColumnElement[bool], paging: Paging
) -> tuple[list[DuplicateCandidate], dict[UUID, Contact], str]:
    """One page of pairs, with the contacts themselves."""
    found, token = await store.list_candidates(tx, sees, paging)
    ids = {known for each in found for known in (each.one_id, each.other_id)}
    return found, await contact_store.get_contacts(tx, ids), token


async def get_duplicate_candidate(
    tx: Tx, candidate_id: UUID, *, viewer: Viewer
) -> tuple[DuplicateCandidate, dict[UUID, Contact]]:
    """One pair, for who sees both."""
    candidate = await store.get_candidate(tx, candidate_id)
    contacts = await contact_store.get_contacts(tx, [candidate.one_id, candidate.other_id])
    if not all(viewer.sees(each.owner, each.team) for each in contacts.values()):
        raise DuplicateCandidateNotFoundError(duplicate_candidate=candidate.name)
    return candidate, contacts


async def dismiss_duplicate_candidate(
    tx: Tx, candidate_id: UUID, *, viewer: Viewer, now: datetime
) -> tuple[DuplicateCandidate, dict[UUID, Contact]]:
    """State that two records are two people; they are not offered again. Saying so twice changes nothing."""
    _, contacts = await get_duplicate_candidate(tx, candidate_id, viewer=viewer)
    for each in contacts.values():
        check_sees(each, viewer)
    candidate = await store.get_candidate(tx, candidate_id, lock=True)
    if candidate.state == CandidateState.OPEN:
        candidate.state, candidate.settle_time, candidate.settled_by = CandidateState.DISMISSED, now, viewer.user
        candidate.revision += 1
        tx.add(candidate)
    return candidate, contacts


async def _traits(tx: Tx, contacts: Iterable[UUID], now: datetime) -> dict[UUID, Traits]:
    """What is compared of those of these contacts that are active, what came from merged ones included."""
    found = await contact_store.get_contacts(tx, contacts)
    active = {known: contact for known, contact in found.items() if contact.state == State.ACTIVE}
    members = await contact_store.list_members(tx, active)
    roots = {member: root for root, below in members.items() for member in below}
    held: dict[UUID, list[tuple[str, str]]] = {known: [] for known in active}
    formed: dict[UUID, set[tuple[bytes, bytes]]] = {known: set() for known in active}
    links = await link_store.list_identifiers(tx, roots, now)
    forms = await form_store.list_forms(tx, {bytes(link.subject or b"") for link in links})
    for link in links:
        subject = bytes(link.subject or b"")
        if link.contact_id is not None and link.alias_of is None:
            held[roots[link.contact_id]].append((link.identifier_kind, link.value))
            if subject in forms:
                formed[roots[link.contact_id]].add((forms[subject], subject))
    return {
        known: rules.traits(known, contact.display_name, contact.account_id, held[known], formed[known])
        for known, contact in active.items()
    }
