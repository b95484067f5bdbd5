"""Consent events and suppressions, by the subjects of their addresses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, exists, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.contact.domain.consent import Said, Status, Stop
from services.contact.domain.errors import ConsentEventNotFoundError, SuppressionNotFoundError
from services.contact.models import CONSENT_EVENT, SUPPRESSION, ConsentEvent, Suppression
from services.contact.store.links import any_of_subjects

STANDING = """
SELECT subject, id, purpose, channel, topic, status, capture_time, effective_to_time FROM consent_event
WHERE subject = ANY (%s) AND purpose = ANY (%s)
"""
STOPPING = "SELECT subject, id, channel, source, lift_time FROM suppression WHERE subject = ANY (%s) ORDER BY id"
STATUSES = {status.value: status for status in Status}
SAID = text("""
SELECT subject, id, purpose, channel, topic, status, capture_time, effective_to_time FROM consent_event
WHERE subject = ANY (CAST(:subjects AS bytea[])) AND purpose = ANY (CAST(:purposes AS text[]))
""")

# Few are restricted, and who is has few subjects: from them to the addresses asked about.
RESTRICTED = text("""
WITH RECURSIVE down AS (
    SELECT id FROM contact WHERE restrict_time IS NOT NULL
    UNION SELECT c.id FROM down JOIN contact c ON c.merged_into = down.id
)
SELECT DISTINCT l.subject FROM down JOIN identity_link l ON l.contact_id = down.id
WHERE l.retracted_time IS NULL AND l.subject = ANY (CAST(:subjects AS bytea[]))
""")


async def list_restricted(tx: Tx, subjects: Iterable[bytes]) -> set[bytes]:
    """Those of these addresses that somebody holds or held who is restricted."""
    found = await tx.execute(RESTRICTED, {"subjects": list(subjects)})
    return {bytes(subject) for subject in found.scalars()}


async def get_consent_event(tx: Tx, event_id: UUID) -> ConsentEvent:
    """One consent event."""
    event = await tx.get(ConsentEvent, event_id)
    if event is None:
        raise ConsentEventNotFoundError(consent_event=CONSENT_EVENT.format(event_id))
    return event


async def list_consent_events(tx: Tx, subjects: Iterable[bytes], paging: Paging) -> tuple[list[ConsentEvent], str]:
    """One page of what was said about these addresses, newest first, each saying once however many forms it has."""
    asked = list(subjects)
    original = aliased(ConsentEvent)
    is_listed = exists().where(col(original.id) == col(ConsentEvent.alias_of), col(original.subject).in_(asked))
    statement = select(ConsentEvent).where(col(ConsentEvent.subject).in_(asked), ~is_listed)
    return await keyset_page(tx, statement, [ConsentEvent.id], paging, is_descending=True)


async def list_findings(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], until: datetime, paging: Paging
) -> tuple[list[ConsentEvent], str]:
    """One page of grants, oldest first, of whose scope nothing newer was said before a moment."""
    newer = aliased(ConsentEvent)
    is_answered = exists().where(
        col(newer.subject) == col(ConsentEvent.subject),
        col(newer.purpose) == col(ConsentEvent.purpose),
        col(newer.channel) == col(ConsentEvent.channel),
        col(newer.topic) == col(ConsentEvent.topic),
        col(newer.status) != Status.PENDING.value,
        col(newer.capture_time) < until,
        tuple_(col(newer.capture_time), col(newer.id)) > tuple_(col(ConsentEvent.capture_time), col(ConsentEvent.id)),
    )
    statement = select(ConsentEvent).where(
        col(ConsentEvent.status) == Status.GRANTED.value,
        col(ConsentEvent.capture_time) < until,
        col(ConsentEvent.alias_of).is_(None),
        ~is_answered,
        *conditions,
    )
    return await keyset_page(tx, statement, [ConsentEvent.id], paging)


async def list_said(tx: Tx, subjects: Iterable[bytes], purposes: Iterable[str]) -> dict[bytes, list[Said]]:
    """What was ever said about each address for these purposes; no objects of the ORM, for senders ask by thousands."""
    found: dict[bytes, list[Said]] = defaultdict(list)
    rows = await tx.execute(SAID, {"subjects": list(subjects), "purposes": list(purposes)})
    for subject, event_id, purpose, channel, topic, status, capture_time, effective_to_time in rows:
        said = Said(event_id, purpose, channel, topic, STATUSES[status], capture_time, effective_to_time)
        found[subject].append(said)
    return found


async def read_standing(
    tx: Tx, subjects: Iterable[bytes], purposes: Iterable[str]
) -> tuple[dict[bytes, list[Said]], dict[bytes, list[tuple[Stop, datetime | None]]]]:
    """What was ever said about each address for these purposes, and what ever stopped it until when: one round trip."""
    asked = list(subjects)
    events, stops = await tx.fetch((STANDING, (asked, list(purposes))), (STOPPING, (asked,)))
    said: dict[bytes, list[Said]] = defaultdict(list)
    for subject, event_id, purpose, channel, topic, status, capture_time, effective_to_time in events:
        said[subject].append(Said(event_id, purpose, channel, topic, STATUSES[status], capture_time, effective_to_time))
    stopped: dict[bytes, list[tuple[Stop, datetime | None]]] = defaultdict(list)
    for subject, stop_id, channel, source, lift_time in stops:
        stopped[subject].append((Stop(stop_id, channel, source), lift_time))
    return said, stopped


async def list_stops(tx: Tx, subjects: Iterable[bytes]) -> dict[bytes, list[Suppression]]:
    """Every suppression that each address ever had."""
    found: dict[bytes, list[Suppression]] = defaultdict(list)
    statement = select(Suppression).where(col(Suppression.subject) == any_of_subjects(subjects))
    for suppression in await tx.scalars(statement.order_by(col(Suppression.id))):
        found[bytes(suppression.subject)].append(suppression)
    return found


async def insert_suppression(tx: Tx, suppression: Suppression) -> bool:
    """Insert a suppression; False when one is in force already."""
    values = suppression.model_dump()
    statement = insert(Suppression).values(**values).on_conflict_do_nothing().returning(col(Suppression.id))
    return (await tx.execute(statement)).scalar_one_or_none() is not None


async def insert_suppressions(tx: Tx, suppressions: Sequence[Suppression]) -> set[UUID]:
    """Insert many; the ids of those for which none was in force, and none came before them here."""
    if not suppressions:
        return set()
    values = [suppression.model_dump() for suppression in suppressions]
    statement = insert(Suppression).values(values).on_conflict_do_nothing().returning(col(Suppression.id))
    return set((await tx.execute(statement)).scalars())


async def find_suppression(tx: Tx, subject: bytes, channel: str) -> Suppression | None:
    """The suppression in force of an address for exactly this channel."""
    statement = select(Suppression).where(
        col(Suppression.subject) == subject,
        col(Suppression.channel) == channel,
        col(Suppression.lift_time).is_(None),
    )
    found: Suppression | None = await tx.scalar(statement)
    return found


async def get_suppression(tx: Tx, suppression_id: UUID, *, lock: bool = False) -> Suppression:
    """One suppression, lifted or not."""
    found = await tx.get(Suppression, suppression_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise SuppressionNotFoundError(suppression=SUPPRESSION.format(suppression_id))
    return found


async def list_suppressions(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging
) -> tuple[list[Suppression], str]:
    """One page of suppressions in force, newest first."""
    statement = select(Suppression).where(col(Suppression.lift_time).is_(None), *conditions)
    return await keyset_page(tx, statement, [Suppression.id], paging, is_descending=True)


def is_stopped_at(at: datetime) -> ColumnElement[bool]:
    """Whether a suppression was in force at a moment."""
    return or_(col(Suppression.lift_time).is_(None), col(Suppression.lift_time) > at)
