"""Recording what addresses allow, suppressing them, and answering what may be done to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from identity import EMAIL, PHONE
from sqlalchemy import ColumnElement

from services.contact.domain.consent import (
    GRANTING,
    STALE_SECONDS,
    Answer,
    Question,
    Reason,
    Said,
    Status,
    Stop,
    judge,
    standing,
    stricter,
)
from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import AddressMaskedError, consent_in_future, consent_without_basis, field_invalid
from services.contact.domain.identifiers import Known
from services.contact.models import ConsentEvent, IdentityLink, Suppression
from services.contact.store import audit
from services.contact.store import consents as store
from services.contact.store import contacts as contact_store
from services.contact.store import forms as form_store
from services.contact.store import links as link_store
from services.contact.store import requests as request_store
from services.contact.usecases.changes import following_ids, known_of, known_survivor_of
from services.contact.usecases.forms import alias_suppressions, join_known, say_consents

Values = Mapping[str, Any]
SaidOf = Mapping[bytes, Sequence[Said]]
StopsOf = Mapping[bytes, Sequence[tuple[Stop, datetime | None]]]
CLOCK_SKEW = timedelta(minutes=5)
KIND_OF_CHANNEL = {"EMAIL": EMAIL, "SMS": PHONE, "PHONE": PHONE}


@dataclass(frozen=True)
class Query:
    """A question about a subject, or about a contact's primary address for the channel.

    `others` are the subjects that the address has under other versions of the normalisation.
    """

    question: Question
    subject: bytes = b""
    contact: UUID | None = None
    others: frozenset[bytes] = frozenset()


async def record_consent(tx: Tx, address: Known, values: Values, *, viewer: Viewer, now: datetime) -> ConsentEvent:
    """Append what an address allows or refuses."""
    capture_time = values.get("capture_time") or now
    if capture_time > now + CLOCK_SKEW:
        raise consent_in_future("consent_event.capture_time")
    if values["status"] is Status.GRANTED and not values["lawful_basis"]:
        raise consent_without_basis("consent_event.lawful_basis")
    _check_end(values, capture_time)
    await join_known(tx, [address], now=now)
    event = ConsentEvent(
        id=uuid7(now),
        subject=address.subject,
        identifier_kind=address.kind,
        value=address.value,
        actor=viewer.user,
        create_time=now,
        **{**values, "capture_time": capture_time},
    )
    await say_consents(tx, [event], now)
    return event


async def get_consent_event(tx: Tx, event_id: UUID) -> ConsentEvent:
    """Read one consent event."""
    return await store.get_consent_event(tx, event_id)


async def list_consent_events(
    tx: Tx, contact_id: UUID, paging: Paging, *, viewer: Viewer
) -> tuple[list[ConsentEvent], str, bool]:
    """One page of what was said about a person's addresses, and whether the viewer sees these."""
    contact = await known_survivor_of(tx, contact_id, viewer)
    members = (await contact_store.list_members(tx, [contact.id]))[contact.id]
    links = await link_store.list_identifiers(tx, members, None)
    held = {bytes(link.subject or b"") for link in links if not link.claim}
    events, token = await store.list_consent_events(tx, held, paging)
    return events, token, viewer.sees(contact.owner, contact.team)


async def check_consent(
    tx: Tx, queries: Sequence[Query], *, viewer: Viewer, now: datetime
) -> list[tuple[bytes, Answer]]:
    """Answer each question about one address; whoever has none for a channel cannot be reached by it.

    While unsubscribes are not read for more than 60 s nothing is allowed: it may have been taken back since.
    """
    primary = await _primary_links(tx, queries, viewer, now)
    links = [None if query.subject else primary.get((query.contact, query.question.channel)) for query in queries]
    found = [bytes(link.subject or b"") if link is not None else b"" for link in links]
    subjects = [query.subject or subject for query, subject in zip(queries, found, strict=True)]
    asked = {subject for subject in subjects if subject}.union(*(query.others for query in queries))
    said, stops = await store.read_standing(tx, asked, {query.question.purpose for query in queries})
    answers = []
    for query, link, subject in zip(queries, links, subjects, strict=True):
        is_claim = link is not None and bool(link.claim)  # what others know of the address is not told by who claims it
        answer = judge(query.question, (), ()) if is_claim else _judge(query.question, subject, said, stops)
        for other in query.others:
            answer = stricter(answer, _judge(query.question, other, said, stops))
        answers.append((subject, answer if subject else Answer(Reason.NO_ADDRESS)))
    allowed = {subject for subject, answer in answers if answer.is_allowed}
    barred = await store.list_restricted(tx, allowed) if allowed else set()
    answers = [(subject, Answer(Reason.RESTRICTED) if subject in barred else answer) for subject, answer in answers]
    if allowed - barred and await request_store.is_reading_stale(tx, STALE_SECONDS):
        return [(subject, Answer(Reason.STALE) if answer.is_allowed else answer) for subject, answer in answers]
    return answers


def _judge(question: Question, subject: bytes, said: SaidOf, stops: StopsOf) -> Answer:
    at = question.at
    standing = [stop for stop, lift_time in stops.get(subject, ()) if lift_time is None or lift_time > at]
    return judge(question, said.get(subject, ()), standing)


async def suppress_address(tx: Tx, address: Known, values: Values, *, viewer: Viewer, now: datetime) -> Suppression:
    """State that an address must not be sent to; saying so twice changes nothing."""
    check_said(values.get("said_time"), "suppression.said_time", now)
    await join_known(tx, [address], now=now)
    suppression = Suppression(
        id=uuid7(now),
        subject=address.subject,
        identifier_kind=address.kind,
        value=address.value,
        actor=viewer.user,
        create_time=now,
        **values,
    )
    if await store.insert_suppression(tx, suppression):
        tx.emit(suppression.changed(now))
        await alias_suppressions(tx, [suppression], now)
        return suppression
    return await store.find_suppression(tx, address.subject, suppression.channel) or suppression


async def import_suppressions(
    tx: Tx, items: Sequence[tuple[Known, Values]], source: str, *, viewer: Viewer, now: datetime
) -> list[bool]:
    """State what an old system knows of addresses; whether each is new. What stands is left as it is."""
    await join_known(tx, [address for address, _ in items], now=now)
    ids = following_ids(now)
    rows = [
        Suppression(
            id=next(ids),
            subject=address.subject,
            identifier_kind=address.kind,
            value=address.value,
            source=source,
            actor=viewer.user,
            create_time=now,
            **values,
        )
        for address, values in items
    ]
    made = await store.insert_suppressions(tx, rows)
    for row in rows:
        if row.id in made:
            tx.emit(row.changed(now))
    await alias_suppressions(tx, [row for row in rows if row.id in made], now)
    return [row.id in made for row in rows]


async def end_grants(tx: Tx, subjects: Collection[bytes], source: str, *, now: datetime) -> None:
    """State that what these addresses granted ran out; what they refused stands. Whose they were is not said."""
    events = await form_store.list_events(tx, subjects)
    told: dict[tuple[bytes, str], dict[UUID, ConsentEvent]] = defaultdict(dict)
    for event in events:
        told[bytes(event.subject), event.purpose][event.id] = event
    ids, ended = following_ids(now), []
    for said in told.values():
        for grant in standing(each.said() for each in said.values()):
            if grant.status is Status.GRANTED:
                ended.append(_end(said[grant.id], next(ids), source, now))
    tx.add_all(ended)
    for each in ended:
        tx.emit(each.changed(now))


def _end(grant: ConsentEvent, event_id: UUID, source: str, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        id=event_id,
        subject=grant.subject,
        identifier_kind=grant.identifier_kind,
        value="",
        purpose=grant.purpose,
        channel=grant.channel,
        topic=grant.topic,
        status=Status.EXPIRED,
        capture_time=max(now, grant.capture_time),
        source=source,
        create_time=now,
    )


def check_said(said_time: datetime | None, field: str, now: datetime) -> None:
    """Nothing was said in the future."""
    if said_time is not None and said_time > now + CLOCK_SKEW:
        raise field_invalid(field, "is in the future")


async def lift_suppression(
    tx: Tx, suppression_id: UUID, *, reason: str, etag: str, viewer: Viewer, now: datetime
) -> Suppression:
    """Allow sending to an address again, under every form of it, and write down why; only who sees the address may."""
    suppression = await store.get_suppression(tx, suppression_id, lock=True)
    if not await list_visible_subjects(tx, [bytes(suppression.subject)], viewer=viewer):
        raise AddressMaskedError(suppression=suppression.name)
    if suppression.lift_time is not None:
        return suppression
    check_etag(suppression, etag)
    for each in (suppression, *await form_store.lock_same(tx, suppression)):
        each.lift_time = now
        each.revision += 1
        tx.add(each)
        tx.emit(each.changed(now))
    await audit.insert_audit_entry(
        tx, time=now, actor=viewer.user, action="suppression.lift", resource=suppression.name, reason=reason
    )
    return suppression


async def get_suppression(tx: Tx, suppression_id: UUID) -> Suppression:
    """Read one suppression."""
    return await store.get_suppression(tx, suppression_id)


async def list_suppressions(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging
) -> tuple[list[Suppression], str]:
    """Read one page of suppressions in force."""
    return await store.list_suppressions(tx, conditions, paging)


async def list_visible_subjects(tx: Tx, subjects: Sequence[bytes], *, viewer: Viewer) -> set[bytes]:
    """Of these addresses, those that the viewer may see: they are a contact's that the viewer sees whole."""
    if viewer.sees_all:
        return set(subjects)
    held = [link for link in await link_store.list_holding(tx, set(subjects)) if link.contact_id is not None]
    survivors = await contact_store.list_survivors(tx, {link.contact_id for link in held if link.contact_id})
    contacts = await contact_store.get_contacts(tx, survivors.values())
    seen = {holder for holder, root in survivors.items() if viewer.sees(contacts[root].owner, contacts[root].team)}
    return {bytes(link.subject or b"") for link in held if link.contact_id in seen}


async def is_known_address(tx: Tx, subject: bytes, *, viewer: Viewer) -> bool:
    """Whether the viewer may know of an address: it is nobody's, or of somebody whom they may know."""
    if viewer.sees_all or not viewer.hides_teams:
        return True
    holders = {link.contact_id for link in await link_store.list_holding(tx, [subject])} - {None}
    return not holders or bool(await list_visible_subjects(tx, [subject], viewer=viewer))


async def _primary_links(
    tx: Tx, queries: Sequence[Query], viewer: Viewer, now: datetime
) -> dict[tuple[UUID | None, str], IdentityLink]:
    """The first address of each contact asked about for each channel, those of merged contacts last."""
    asked = {query.contact for query in queries if query.contact is not None}
    asked = await known_of(tx, asked, viewer) if viewer.hides_teams else asked
    if not asked:
        return {}
    survivors = await contact_store.list_survivors(tx, asked)
    members = await contact_store.list_members(tx, set(survivors.values()))
    roots = {member: root for root, found in members.items() for member in found}
    links = await link_store.list_identifiers(tx, roots, now)
    first: dict[tuple[UUID, str], IdentityLink] = {}
    for link in sorted(links, key=lambda link: (link.contact_id not in members, link.id)):
        if link.contact_id is not None:
            first.setdefault((roots[link.contact_id], link.identifier_kind), link)
    return {
        (contact, channel): first[root, kind]
        for contact, root in survivors.items()
        for channel, kind in KIND_OF_CHANNEL.items()
        if (root, kind) in first
    }


def _check_end(values: Values, capture_time: datetime) -> None:
    end = values.get("effective_to_time")
    if end is None:
        return
    if values["status"] not in GRANTING:
        raise field_invalid("consent_event.effective_to_time", "belongs to grants: a refusal never runs out")
    if end <= capture_time:
        raise field_invalid("consent_event.effective_to_time", "is not after the moment it was said")
