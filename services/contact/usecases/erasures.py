"""Erasing a person: here at once, in every other service by a fact that stays on its stream for years.

What is left is the id, who looked after her, and keyed hashes: of her addresses, so that she is never mailed again, and
of everything that identified her, so that nothing that comes again brings her back.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis import erasures
from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.moments import rfc3339
from chassis.resources import check_etag
from chassis.signing import Signer
from chassis.streams import catalogue
from identity import CONTACT as OWN_ID
from identity import Subjects, parse_touch_name
from psycopg import AsyncConnection

from services.contact.domain import erasures as rules
from services.contact.domain.contacts import Viewer
from services.contact.domain.erasures import ErasedStore, ErasedSubject, ErasureState, Exclusion, Holding
from services.contact.domain.errors import ErasureNotAcknowledgedError, ErasureNotFoundError, MergeConflictError
from services.contact.domain.facts import ContactErased
from services.contact.models import CONTACT, Contact, Erasure, ErasureAcknowledgement, IdentityLink, Suppression
from services.contact.store import accounts as account_store
from services.contact.store import audit, conditions
from services.contact.store import consents as consent_store
from services.contact.store import contacts as contact_store
from services.contact.store import erasures as store
from services.contact.store import links as link_store
from services.contact.usecases.changes import check_known, following_ids, survivor_of
from services.contact.usecases.consents import end_grants

LONGEST_SEGMENT = timedelta(days=7)  # Kafka deletes whole segments, of which a quiet one is closed after a week


@dataclass
class Standing:
    """An erasure and what was acknowledged of it."""

    erasure: Erasure
    acknowledgements: list[ErasureAcknowledgement]

    @property
    def waiting(self) -> list[str]:
        """The services that have still to acknowledge."""
        return rules.waiting({one.service for one in self.acknowledgements})

    def is_overdue(self, now: datetime) -> bool:
        """Whether a service has not acknowledged in time."""
        deadline = self.erasure.deadline_time
        return bool(self.waiting) and deadline is not None and now > deadline


async def request_erasure(
    tx: Tx, contact_id: UUID, *, verification: str, etag: str, subjects: Subjects, viewer: Viewer, now: datetime
) -> Erasure:
    """Erase a person, with everybody merged into it; a person who is erased, or waits to be, stays so."""
    await contact_store.get_contact(tx, contact_id)
    person = await survivor_of(tx, contact_id)
    check_known(person, viewer)
    earlier = await store.find_erasure_of(tx, person.id)
    if earlier is not None:
        return await resume_erasure(tx, person, subjects=subjects, now=now) or earlier
    contacts = await lock_person(tx, person)
    check_etag(contacts[person.id], etag)
    erasure = Erasure(
        id=uuid7(now),
        contact_id=person.id,
        contacts=sorted(contacts),
        state=ErasureState.HELD,
        requester=viewer.user,
        verification_hash=hashlib.sha256(verification.encode()).digest(),
        request_time=now,
    )
    tx.add(erasure)
    await tx.flush()
    await audit.insert_audit_entry(
        tx, time=now, actor=viewer.user, action="contact.erase", resource=person.name, reason=erasure.name
    )
    if not any(contact.hold_time for contact in contacts.values()):
        await begin_erasure(tx, erasure, contacts, subjects=subjects, now=now)
    return erasure


async def begin_erasure(
    tx: Tx, erasure: Erasure, contacts: dict[UUID, Contact], *, subjects: Subjects, now: datetime
) -> None:
    """Erase these contacts, locked and held by nobody, here and, by the fact of it, everywhere else."""
    hers = await _subjects_of(tx, contacts, await store.list_ever_held(tx, contacts), subjects)
    await _erase(tx, erasure, contacts, hers, now)


async def lock_person(tx: Tx, person: Contact) -> dict[UUID, Contact]:
    """Everybody who is this person, locked: subjects before contacts, as everybody does who writes links."""
    members = (await contact_store.list_members(tx, [person.id]))[person.id]
    links = await store.list_ever_held(tx, members)
    await link_store.lock_subjects(tx, {bytes(link.subject or b"") for link in links})
    contacts = await contact_store.lock_contacts(tx, members)
    if set((await contact_store.list_members(tx, [person.id]))[person.id]) != set(members):
        raise MergeConflictError(contact=person.name)
    return contacts


async def resume_erasure(tx: Tx, contact: Contact, *, subjects: Subjects, now: datetime) -> Erasure | None:
    """Go on with an erasure that waited for a hold on this contact; None where none waits or can."""
    erasure = await store.find_erasure_of(tx, contact.id)
    if erasure is None or erasure.state != ErasureState.HELD:
        return None
    person = await survivor_of(tx, erasure.contact_id)  # who was un-merged since is not hers any more
    members = (await contact_store.list_members(tx, [person.id]))[person.id]
    contacts = await contact_store.lock_contacts(tx, members)
    if any(each.hold_time for each in contacts.values()):
        return None
    erasure.contact_id, erasure.contacts = person.id, members
    await begin_erasure(tx, erasure, contacts, subjects=subjects, now=now)
    return erasure


async def reapply_erasure(tx: Tx, fact: ContactErased, *, now: datetime) -> bool:
    """Erase again whom a backup brought back, as the stream of erasures says; False where it is known already."""
    try:
        await store.get_erasure(tx, fact.erasure)
    except ErasureNotFoundError:
        pass
    else:
        return False
    ids = [contact for contact, _ in fact.contacts]
    await link_store.lock_subjects(tx, {each.subject for each in fact.subjects})
    known = await contact_store.get_contacts(tx, ids)
    contacts = await contact_store.lock_contacts(tx, known)
    erasure = Erasure(
        id=fact.erasure,
        contact_id=fact.contact,
        contacts=ids,
        state=ErasureState.HELD,
        request_time=fact.time,
        delete_time=fact.delete_time,
    )
    tx.add(erasure)
    await tx.flush()
    await _erase(tx, erasure, contacts, fact.subjects, now, erase_time=fact.time)
    return True


async def _subjects_of(
    tx: Tx, contacts: dict[UUID, Contact], links: Sequence[IdentityLink], subjects: Subjects
) -> list[ErasedSubject]:
    """What she held, with her own ids; what was retracted as never hers is not, except by her deletion."""
    deletions = {contact.delete_time for contact in contacts.values()} - {None}  # one deletes those merged into it too
    hers = _by_subject(link for link in links if link.retracted_time is None or link.retracted_time in deletions)
    others = _by_subject(link for link in await link_store.list_holding(tx, hers) if link.contact_id not in contacts)
    excluded = await _exclusions(tx, others)
    held = [
        ErasedSubject(
            subject,
            found[-1].identifier_kind,
            is_shared=subject in others,
            holdings=_holdings(found),
            others=_holdings(others.get(subject, ())),
            exclusions=tuple(excluded.get(subject, ())),
        )
        for subject, found in hers.items()
    ]
    own = [
        ErasedSubject(subjects.subject(OWN_ID, str(contact)), OWN_ID, is_shared=False, holdings=(Holding(contact),))
        for contact in contacts
    ]
    return held + own


def _by_subject(links: Iterable[IdentityLink]) -> dict[bytes, list[IdentityLink]]:
    found: dict[bytes, list[IdentityLink]] = {}
    for link in links:
        found.setdefault(bytes(link.subject or b""), []).append(link)
    return found


async def _exclusions(tx: Tx, others: Mapping[bytes, Sequence[IdentityLink]]) -> dict[bytes, list[Exclusion]]:
    """Which touches under subjects are not of those who hold them, nor of whom these are one person with."""
    holders = {link.contact_id for links in others.values() for link in links if link.contact_id}
    survivors = await contact_store.list_survivors(tx, holders)
    members = await contact_store.list_members(tx, set(survivors.values()))
    person_of = {member: survivor for survivor, each in members.items() for member in each}
    found: dict[bytes, list[Exclusion]] = {}
    for link in await link_store.list_exclusions(tx, person_of):
        subject, _ = parse_touch_name(link.touch)
        for holder in sorted({one.contact_id for one in others.get(subject, ()) if one.contact_id}):
            if link.contact_id and person_of[holder] == person_of[link.contact_id]:
                found.setdefault(subject, []).append(Exclusion(link.touch, holder))
    return found


def _holdings(links: Iterable[IdentityLink]) -> tuple[Holding, ...]:
    """When people held a subject; an account's role address is nobody's."""
    said = [link.link() for link in links]
    return tuple(Holding(one.contact, one.from_time, one.to_time) for one in said if one.contact)


async def _erase(
    tx: Tx,
    erasure: Erasure,
    contacts: dict[UUID, Contact],
    hers: Sequence[ErasedSubject],
    now: datetime,
    *,
    erase_time: datetime | None = None,
) -> None:
    erasure.rows = await _delete(tx, erasure, contacts, hers, now)
    erasure.erase_time, erasure.deadline_time = erase_time or now, now + rules.ACKNOWLEDGE_WITHIN
    erasure.forget_time = max(forget_times(now).values())
    erasure.state = ErasureState.ERASING
    erasure.revision += 1
    tx.add(erasure)
    tx.emit(
        ContactErased(
            erasure=erasure.id,
            contact=erasure.contact_id,
            contacts=[(each, contacts[each].revision if each in contacts else 1) for each in erasure.contacts],
            subjects=list(hers),
            deadline_time=erasure.deadline_time,
            time=erasure.erase_time,
            delete_time=erasure.delete_time,
        )
    )


async def _delete(
    tx: Tx, erasure: Erasure, contacts: dict[UUID, Contact], hers: Sequence[ErasedSubject], now: datetime
) -> dict[str, int]:
    """Delete what contact keeps, and keep the hashes; gives how many rows of each table."""
    deals = await store.list_deals(tx, contacts)
    own = [each.subject for each in hers if not each.is_shared]
    counts = await store.erase(tx, contacts, own)
    for contact in contacts.values():
        contact.forget(now)
        tx.add(contact)
        tx.emit(contact.changed(now))
    for deal in deals:
        deal.revision += 1
        tx.add(deal)
        people = await account_store.list_participants(tx, [deal.id])
        tx.emit(deal.changed(now, tuple(contact for contact, _ in people.get(deal.id, ()))))
    if erasure.delete_time is None:
        await _suppress(tx, erasure, hers, now)
    else:
        await end_grants(tx, set(own), erasure.name, now=now)
    rows = [{"subject": one.subject, "kind": one.kind, "is_shared": one.is_shared} for one in hers]
    await store.insert_subjects(tx, erasure.id, rows)
    names = [CONTACT.format(contact) for contact in erasure.contacts]
    counts["audit_entry"] = await audit.forget_reasons(tx, names, own)
    return {"contact": len(contacts)} | counts


async def _suppress(tx: Tx, erasure: Erasure, hers: Sequence[ErasedSubject], now: datetime) -> None:
    """Her addresses must not be sent to, whoever imports them again: by their hashes."""
    ids = following_ids(now)
    for each in hers:
        if each.is_shared or each.kind not in rules.SUPPRESSED:
            continue
        suppression = Suppression(
            id=next(ids),
            subject=each.subject,
            identifier_kind=each.kind,
            value="",
            reason="ERASED",
            source=erasure.name,
            actor=erasure.requester,
            create_time=now,
        )
        if await consent_store.insert_suppression(tx, suppression):
            tx.emit(suppression.changed(now))


def forget_times(now: datetime) -> dict[str, datetime]:
    """By when each stream with personal data has forgotten what it holds now, dead letters among them."""
    return {
        stream.name: now + stream.retention + (stream.segment or LONGEST_SEGMENT)
        for stream in catalogue().values()
        if stream.is_personal
    }


async def acknowledge_erasure(
    tx: Tx, erasure_id: UUID, service: str, stores: Sequence[ErasedStore], *, now: datetime
) -> Erasure:
    """Note what a service deleted; saying so again changes nothing."""
    erasure = await store.get_erasure(tx, erasure_id, lock=True)
    found = (await store.list_acknowledgements(tx, [erasure_id]))[erasure_id]
    if service in {one.service for one in found}:
        return erasure
    told = [{"store": one.store, "rows": one.rows, "forget_time": rfc3339(one.forget_time)} for one in stores]
    tx.add(ErasureAcknowledgement(erasure_id=erasure_id, service=service, stores=told, acknowledge_time=now))
    latest = [one.forget_time for one in stores]
    erasure.forget_time = max([*latest, erasure.forget_time or now])
    erasure.state = rules.state_of({service, *(one.service for one in found)}, erasure.forget_time, now)
    erasure.revision += 1
    tx.add(erasure)
    return erasure


async def read_standing(tx: Tx, erasure_id: UUID, *, viewer: Viewer) -> Standing:
    """One erasure with what was acknowledged; one of a contact that is none for the viewer is none either."""
    erasure = await store.get_erasure(tx, erasure_id)
    contact = (await contact_store.get_contacts(tx, [erasure.contact_id])).get(erasure.contact_id)
    if contact is not None and not viewer.may_know(contact.owner, contact.team):
        raise ErasureNotFoundError(erasure=erasure.name)
    return (await _standings(tx, [erasure]))[0]


async def list_standings(tx: Tx, paging: Paging, *, viewer: Viewer) -> tuple[list[Standing], str]:
    """One page of erasures, newest first."""
    wanted = [store.is_about(conditions.is_visible(viewer))] if viewer.hides_teams and not viewer.sees_all else []
    erasures, token = await store.list_erasures(tx, wanted, paging)
    return await _standings(tx, erasures), token


async def _standings(tx: Tx, erasures: Sequence[Erasure]) -> list[Standing]:
    found = await store.list_acknowledgements(tx, [each.id for each in erasures])
    return [Standing(each, found[each.id]) for each in erasures]


def make_receipt(standing: Standing, signer: Signer) -> tuple[str, bytes]:
    """What was deleted where, and by when each store has forgotten, signed."""
    erasure = standing.erasure
    if standing.waiting or erasure.erase_time is None or erasure.forget_time is None:
        raise ErasureNotAcknowledgedError(erasure=erasure.name, services=", ".join(standing.waiting))
    facts = {
        "erasure": erasure.name,
        "contacts": [CONTACT.format(contact) for contact in erasure.contacts],
        **_ground(erasure),
        "requested": rfc3339(erasure.request_time),
        "erased": rfc3339(erasure.erase_time),
        "forgotten_by": rfc3339(erasure.forget_time),
    }
    stores = {one.service: [stored(each) for each in one.stores] for one in standing.acknowledgements}
    told = rules.receipt_text(facts, stores)
    return told, signer.sign(told.encode())


def _ground(erasure: Erasure) -> dict[str, str]:
    if erasure.delete_time is not None:
        return {"deleted": rfc3339(erasure.delete_time)}
    return {"verification": "sha256:" + erasure.verification_hash.hex()}


def stored(told: dict[str, object]) -> ErasedStore:
    """A store as it was acknowledged."""
    return ErasedStore(str(told["store"]), int(str(told["rows"])), datetime.fromisoformat(str(told["forget_time"])))


async def list_open(tx: Tx) -> list[Standing]:
    """The erasures that are not confirmed yet, oldest first."""
    return await _standings(tx, await store.list_open(tx))


async def acknowledge_ours(tx: Tx, erasure: Erasure, *, now: datetime) -> None:
    """State what contact itself deleted, and by when its streams have forgotten."""
    rows = [ErasedStore(table, int(count), now) for table, count in erasure.rows.items()]
    streams = [ErasedStore(name, 0, time) for name, time in forget_times(erasure.erase_time or now).items()]
    await acknowledge_erasure(tx, erasure.id, rules.OURS, [*rows, *streams], now=now)


async def confirm(tx: Tx, erasure: Erasure, *, now: datetime) -> None:
    """State that everything has forgotten, once its time has come."""
    found = await store.get_erasure(tx, erasure.id, lock=True)
    if found.state == ErasureState.FORGETTING and found.forget_time and now >= found.forget_time:
        found.state = ErasureState.CONFIRMED
        found.revision += 1
        tx.add(found)


async def vacuum(conn: AsyncConnection[Any]) -> None:
    """Let PostgreSQL forget the rows that erasures deleted, outside of any transaction."""
    await erasures.vacuum(conn, store.TABLES)
