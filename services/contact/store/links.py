"""Links: who holds what, since when, and what was said before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from identity import SIZE, Kind
from sqlalchemy import ColumnElement, LargeBinary, Uuid, and_, any_, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from services.contact.domain.errors import LinkNotFoundError
from services.contact.models import IDENTITY_LINK, IdentityLink

HOLDING = (Kind.HOLDS.value, Kind.SHARED.value)
WITH_SUBJECT = (*HOLDING, Kind.ROLE.value)
BUCKETS = 256
# Whoever writes links of single subjects shares the first lock and takes the buckets of its subjects; an import takes
# the first lock alone. So nobody reads "free" while another transaction is writing a holder, and locks stay few.
LINKS_LOCK, BUCKET_LOCK = 7101, 7102
LOCK_BUCKETS = text("""
SELECT pg_advisory_xact_lock_shared(:links, 0), (
    SELECT count(pg_advisory_xact_lock(:bucket, b))
    FROM (SELECT unnest(CAST(:buckets AS int[])) AS b ORDER BY 1) AS in_order
)
""")
LOCK_ALL = text("SELECT pg_advisory_xact_lock(:links, 0)")


async def lock_subjects(tx: Tx, subjects: Iterable[bytes]) -> None:
    """Until the end of this transaction nobody else changes who holds these subjects."""
    buckets = sorted({subject[0] % BUCKETS for subject in subjects})
    await tx.execute(LOCK_BUCKETS, {"links": LINKS_LOCK, "bucket": BUCKET_LOCK, "buckets": buckets})


async def lock_all_subjects(tx: Tx) -> None:
    """Until the end of this transaction nobody else changes who holds anything."""
    await tx.execute(LOCK_ALL, {"links": LINKS_LOCK})


async def list_holding(tx: Tx, subjects: Iterable[bytes]) -> list[IdentityLink]:
    """Every believed link of these subjects, oldest first; claims hold nothing."""
    return [link for link in await list_said_of(tx, subjects) if not link.claim]


async def list_said_of(tx: Tx, subjects: Iterable[bytes]) -> list[IdentityLink]:
    """As list_holding(), with what is only claimed."""
    statement = select(IdentityLink).where(
        col(IdentityLink.subject) == any_of_subjects(subjects),
        col(IdentityLink.kind).in_(WITH_SUBJECT),
        col(IdentityLink.retracted_time).is_(None),
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def list_ever_said_of(tx: Tx, subjects: Iterable[bytes]) -> list[IdentityLink]:
    """Every link that was ever asserted of these subjects, oldest first, also what is believed no longer."""
    statement = select(IdentityLink).where(
        col(IdentityLink.subject) == any_of_subjects(subjects), col(IdentityLink.kind).in_(WITH_SUBJECT)
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


def any_of_subjects(subjects: Iterable[bytes]) -> Any:
    """`= ANY (…)` of many subjects: one value that PostgreSQL cuts up, where thousands of binds cost 0.2 s."""
    packed = literal(b"".join(subjects), LargeBinary)
    place = func.generate_series(1, func.length(packed), SIZE).column_valued("place")
    return any_(func.array(select(func.substr(packed, place, SIZE)).scalar_subquery()))


async def list_identifiers(tx: Tx, contacts: Iterable[UUID], at: datetime | None) -> list[IdentityLink]:
    """The believed links by which contacts hold subjects, oldest first: those valid at a moment, or all for None."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == any_(literal(list(contacts), ARRAY(Uuid))),
        col(IdentityLink.kind).in_(HOLDING),
        col(IdentityLink.retracted_time).is_(None),
    )
    if at is not None:
        statement = statement.where(or_(col(IdentityLink.to_time).is_(None), col(IdentityLink.to_time) > at))
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def list_desks(tx: Tx, account: UUID, at: datetime, most: int) -> list[IdentityLink]:
    """The believed links by which an account holds role addresses at a moment, oldest first, each address once."""
    statement = select(IdentityLink).where(
        col(IdentityLink.account_id) == account,
        col(IdentityLink.kind) == Kind.ROLE.value,
        col(IdentityLink.retracted_time).is_(None),
        col(IdentityLink.alias_of).is_(None),
        or_(col(IdentityLink.to_time).is_(None), col(IdentityLink.to_time) > at),
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id)).limit(most)))


async def list_merges_at(tx: Tx, contacts: Iterable[UUID], at: datetime, *, above: bool) -> dict[UUID, UUID]:
    """Which contact was merged into which, as believed at a moment: of these contacts, or (below) into these."""
    side = col(IdentityLink.contact_id) if above else col(IdentityLink.survivor_id)
    statement = select(IdentityLink).where(
        side == any_(literal(list(contacts), ARRAY(Uuid))),
        col(IdentityLink.kind) == Kind.MERGE.value,
        believed_at(at),
    )
    links = await tx.scalars(statement)
    return {link.contact_id: link.survivor_id for link in links if link.contact_id and link.survivor_id}


async def list_identifiers_at(tx: Tx, contacts: Iterable[UUID], at: datetime) -> list[IdentityLink]:
    """The links by which contacts held subjects, as believed at a moment and valid then, oldest first."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == any_(literal(list(contacts), ARRAY(Uuid))),
        col(IdentityLink.kind).in_(HOLDING),
        believed_at(at),
        or_(col(IdentityLink.to_time).is_(None), col(IdentityLink.to_time) > at),
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


def believed_at(at: datetime) -> ColumnElement[bool]:
    """Whether a link was asserted and not retracted at a moment."""
    retracted = col(IdentityLink.retracted_time)
    return and_(col(IdentityLink.asserted_time) <= at, or_(retracted.is_(None), retracted > at))


async def list_retracted_at(tx: Tx, contacts: Iterable[UUID], at: datetime) -> list[IdentityLink]:
    """The links that a deletion at this moment retracted, oldest first."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id).in_(list(contacts)),
        col(IdentityLink.kind).in_(HOLDING),
        col(IdentityLink.retracted_time) == at,
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def list_role_links(tx: Tx, account_id: UUID) -> list[IdentityLink]:
    """The believed role addresses of an account, oldest first."""
    statement = select(IdentityLink).where(
        col(IdentityLink.account_id) == account_id, col(IdentityLink.retracted_time).is_(None)
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def list_exclusions(tx: Tx, contacts: Iterable[UUID]) -> list[IdentityLink]:
    """The believed links by which touches are not these contacts', oldest first."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == any_(literal(list(contacts), ARRAY(Uuid))),
        col(IdentityLink.kind) == Kind.EXCLUSION.value,
        col(IdentityLink.retracted_time).is_(None),
    )
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def find_merge(tx: Tx, contact_id: UUID) -> IdentityLink | None:
    """The believed link that merges a contact into another."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == contact_id,
        col(IdentityLink.kind) == Kind.MERGE.value,
        col(IdentityLink.retracted_time).is_(None),
    )
    found: IdentityLink | None = await tx.scalar(statement)
    return found


async def find_exclusion(tx: Tx, contact_id: UUID, touch: str) -> IdentityLink | None:
    """The believed link that takes a touch off a contact."""
    statement = select(IdentityLink).where(
        col(IdentityLink.contact_id) == contact_id,
        col(IdentityLink.touch) == touch,
        col(IdentityLink.retracted_time).is_(None),
    )
    found: IdentityLink | None = await tx.scalar(statement)
    return found


async def get_link(tx: Tx, link_id: UUID) -> IdentityLink:
    """One link."""
    link = await tx.get(IdentityLink, link_id)
    if link is None:
        raise LinkNotFoundError(link=IDENTITY_LINK.format(link_id))
    return link


async def list_links(tx: Tx, contacts: Iterable[UUID], paging: Paging) -> tuple[list[IdentityLink], str]:
    """One page of all that was ever said about these contacts, oldest first."""
    wanted = list(contacts)
    about = or_(col(IdentityLink.contact_id).in_(wanted), col(IdentityLink.survivor_id).in_(wanted))
    return await keyset_page(tx, select(IdentityLink).where(about), [IdentityLink.id], paging)


async def list_all_links(tx: Tx, paging: Paging) -> tuple[list[IdentityLink], str]:
    """One page of every link."""
    return await keyset_page(tx, select(IdentityLink), [IdentityLink.id], paging)
