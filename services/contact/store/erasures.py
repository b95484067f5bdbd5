"""Everything that contact keeps of a person, found and deleted; erasures, what was acknowledged, erased subjects."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from identity import Kind
from sqlalchemy import ColumnElement, Uuid, any_, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from services.contact.domain.errors import ErasureNotFoundError
from services.contact.models import ERASURE, Contact, Deal, Erasure, ErasureAcknowledgement, IdentityLink

# What is deleted or emptied of her, by the table: `contacts` are hers, `subjects` those that nobody shares with her.
STEPS: Mapping[str, str] = {
    "identity_link": "DELETE FROM identity_link WHERE contact_id = ANY (:contacts) OR survivor_id = ANY (:contacts)",
    "contact_change": """DELETE FROM contact_change WHERE contact_id = ANY (:contacts) OR earned_id = ANY (:contacts)
        OR other_id = ANY (:contacts) OR via_id = ANY (:contacts)""",
    "duplicate_key": "DELETE FROM duplicate_key WHERE contact_id = ANY (:contacts)",
    "duplicate_candidate": """DELETE FROM duplicate_candidate
        WHERE one_id = ANY (:contacts) OR other_id = ANY (:contacts)""",
    "deal_contact": "DELETE FROM deal_contact WHERE contact_id = ANY (:contacts)",
    "purchase": "DELETE FROM purchase WHERE contact_id = ANY (:contacts)",
    "import_row": "UPDATE import_row SET contact_id = NULL WHERE contact_id = ANY (:contacts)",
    "consent_event": """UPDATE consent_event SET value = '', ip_hash = '', evidence = CASE WHEN evidence = '' THEN ''
        ELSE 'sha256:' || encode(sha256(convert_to(evidence, 'UTF8')), 'hex') END
        WHERE subject = ANY (:subjects) AND value <> ''""",
    "consent_seal": "UPDATE consent_seal SET salt = '' WHERE subject = ANY (:subjects) AND salt <> ''",
    "opt_in": """UPDATE opt_in SET value = '', ip_hash = '', evidence = '',
        state = CASE state WHEN 'WAITING' THEN 'WITHDRAWN' ELSE state END
        WHERE subject = ANY (:subjects) AND value <> ''""",
    "suppression": "UPDATE suppression SET value = '' WHERE subject = ANY (:subjects) AND value <> ''",
}
TABLES = ("contact", "audit_entry", *STEPS)
SUBJECT = text("""INSERT INTO erased_subject (subject, erasure_id, kind, is_shared)
VALUES (:subject, :erasure, :kind, :is_shared) ON CONFLICT DO NOTHING""")
ERASED = text("SELECT DISTINCT subject FROM erased_subject WHERE subject = ANY (:subjects) AND NOT is_shared")
REFUSED = text("""SELECT DISTINCT gone.subject FROM erased_subject gone JOIN erasure ON erasure.id = gone.erasure_id
WHERE gone.subject = ANY (:subjects) AND NOT gone.is_shared AND erasure.delete_time IS NULL""")
DEALS = text("SELECT DISTINCT deal_id FROM deal_contact WHERE contact_id = ANY (:contacts)")
HOLDING = (Kind.HOLDS.value, Kind.SHARED.value)


async def erase(tx: Tx, contacts: Collection[UUID], subjects: Collection[bytes]) -> dict[str, int]:
    """Delete what is kept of contacts and of subjects that are theirs alone; gives how many rows of each table."""
    told = {"contacts": list(contacts), "subjects": list(subjects)}
    counts = {}
    for table, statement in STEPS.items():
        counts[table] = (await tx.execute(text(statement), told)).rowcount  # type: ignore[attr-defined]
    return counts


async def list_ever_held(tx: Tx, contacts: Collection[UUID]) -> list[IdentityLink]:
    """Every link by which contacts hold or held a subject, also those that are believed no longer."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == any_(literal(list(contacts), ARRAY(Uuid))),
        col(IdentityLink.kind).in_(HOLDING),
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def list_deals(tx: Tx, contacts: Collection[UUID]) -> list[Deal]:
    """The deals that these contacts have a part in, locked."""
    ids = list((await tx.execute(DEALS, {"contacts": list(contacts)})).scalars())
    return list(await tx.scalars(select(Deal).where(col(Deal.id).in_(ids)).order_by(col(Deal.id)).with_for_update()))


async def insert_subjects(tx: Tx, erasure_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the keyed hashes of whom was erased."""
    for row in rows:
        await tx.execute(SUBJECT, {**row, "erasure": erasure_id})


async def list_erased(tx: Tx, subjects: Collection[bytes]) -> set[bytes]:
    """Those of these subjects that only an erased person held."""
    found = await tx.execute(ERASED, {"subjects": list(subjects)})
    return {bytes(subject) for subject in found.scalars()}


async def list_refused(tx: Tx, subjects: Collection[bytes]) -> set[bytes]:
    """Those of these subjects that only somebody held who asked to be erased; whom we deleted may come again."""
    found = await tx.execute(REFUSED, {"subjects": list(subjects)})
    return {bytes(subject) for subject in found.scalars()}


async def find_erasure_of(tx: Tx, contact_id: UUID) -> Erasure | None:
    """The erasure that a contact is part of."""
    statement = select(Erasure).where(col(Erasure.contacts).contains([contact_id])).order_by(col(Erasure.id).desc())
    found: Erasure | None = await tx.scalar(statement.limit(1))
    return found


async def get_erasure(tx: Tx, erasure_id: UUID, *, lock: bool = False) -> Erasure:
    """One erasure."""
    found = await tx.get(Erasure, erasure_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise ErasureNotFoundError(erasure=ERASURE.format(erasure_id))
    return found


async def list_erasures(tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging) -> tuple[list[Erasure], str]:
    """One page of erasures, newest first."""
    return await keyset_page(tx, select(Erasure).where(*conditions), [Erasure.id], paging, is_descending=True)


def is_about(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an erasure is about a contact of this kind."""
    return col(Erasure.contact_id).in_(select(col(Contact.id)).where(visible))


async def list_open(tx: Tx) -> list[Erasure]:
    """The erasures that are not confirmed yet, oldest first."""
    statement = select(Erasure).where(or_(*(col(Erasure.state) == state for state in ("ERASING", "FORGETTING"))))
    return list(await tx.scalars(statement.order_by(col(Erasure.id))))


async def list_acknowledgements(tx: Tx, erasures: Collection[UUID]) -> dict[UUID, list[ErasureAcknowledgement]]:
    """What was acknowledged of these erasures, by service."""
    found: dict[UUID, list[ErasureAcknowledgement]] = {erasure: [] for erasure in erasures}
    statement = select(ErasureAcknowledgement).where(col(ErasureAcknowledgement.erasure_id).in_(list(erasures)))
    for row in await tx.scalars(statement.order_by(col(ErasureAcknowledgement.service))):
        found[row.erasure_id].append(row)
    return found
