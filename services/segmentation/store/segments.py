"""Segments, their rules as they are written down, and lists."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, Uuid, any_, cast, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.segmentation.domain import SegmentNotFoundError, rules
from services.segmentation.domain.checks import Type, Vocabulary
from services.segmentation.models import CHANGE, SEGMENT, VOCABULARY, Membership, Segment, SegmentRule

# Two transactions that want one display name wait for each other here, so that the second sees the first's row.
RESERVE = text("SELECT pg_advisory_xact_lock(hashtextextended(lower(:display_name), 0))")

# Rules are written one at a time, so that two of them cannot make a ring together.
NOTE = text("INSERT INTO change (contact_id, concern, touch, resource) VALUES (:contact, :concern, '', '')")
RULES = text("SELECT pg_advisory_xact_lock(7102002)")


async def get_segment(tx: Tx, segment_id: UUID, *, lock: bool = False) -> Segment:
    segment = await tx.session.get(Segment, segment_id, with_for_update=lock or None)
    if segment is None:
        raise SegmentNotFoundError(segment=SEGMENT.format(segment_id))
    return segment


async def lock_segment(tx: Tx, segment_id: UUID) -> Segment:
    return await get_segment(tx, segment_id, lock=True)


async def list_segments(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Segment], str]:
    """Newest first: ids are UUIDv7, so the primary key is the order."""
    statement = select(Segment) if where is None else select(Segment).where(where)
    return await keyset_page(tx, statement, [Segment.id], paging, is_descending=True)


async def lock_display_name(tx: Tx, display_name: str) -> Segment | None:
    """Whoever has this display name already; nobody can take it until this transaction ends."""
    await tx.execute(RESERVE, {"display_name": display_name})
    statement = select(Segment).where(func.lower(Segment.display_name) == func.lower(display_name))
    return (await tx.execute(statement)).scalar_one_or_none()


async def insert_members(
    tx: Tx, segment_id: UUID, contact_ids: Collection[UUID], *, added_by: str, now: datetime
) -> list[UUID]:
    """Put contacts in, and say who was not in it before."""
    joined = select(literal(segment_id), func.unnest(_ids(contact_ids)), literal(now), literal(added_by))
    names = ["segment_id", "contact_id", "join_time", "added_by"]
    statement = insert(Membership).from_select(names, joined).on_conflict_do_nothing()
    return sorted((await tx.execute(statement.returning(Membership.contact_id))).scalars())


async def delete_members(tx: Tx, segment_id: UUID, contact_ids: Collection[UUID]) -> list[UUID]:
    """Take contacts out, and say who was in it."""
    statement = (
        delete(Membership)
        .where(Membership.segment_id == segment_id, Membership.contact_id == any_(_ids(contact_ids)))
        .returning(Membership.contact_id)
    )
    return sorted((await tx.execute(statement)).scalars())


async def list_members(
    tx: Tx, segment_id: UUID, paging: Paging, known: ColumnElement[bool]
) -> tuple[list[Membership], str]:
    statement = select(Membership).where(Membership.segment_id == segment_id, known)
    return await keyset_page(tx, statement, [Membership.contact_id], paging)


async def stream_members(tx: Tx, segment_id: UUID, after: UUID, limit: int) -> list[UUID]:
    """The members behind one contact, in the order of their ids."""
    statement = (
        select(Membership.contact_id)
        .where(Membership.segment_id == segment_id, Membership.contact_id > after)
        .order_by(Membership.contact_id)
        .limit(limit)
    )
    return list(await tx.scalars(statement))


async def find_member(tx: Tx, segment_id: UUID, contact_ids: Collection[UUID]) -> Membership | None:
    """One of the contacts' membership."""
    statement = select(Membership).where(
        Membership.segment_id == segment_id, Membership.contact_id == any_(_ids(contact_ids))
    )
    return (await tx.execute(statement.order_by(Membership.contact_id).limit(1))).scalar_one_or_none()


async def lock_rules(tx: Tx) -> None:
    """Nobody else writes a rule until this transaction ends."""
    await tx.execute(RULES)


async def find_rule(tx: Tx, segment_id: UUID, version: int) -> rules.Rule | None:
    """One version of a segment's rule."""
    row = await tx.get(SegmentRule, (segment_id, version))
    return None if row is None else rules.load(row.tree)


async def list_rules(tx: Tx, segment_ids: Collection[UUID]) -> dict[UUID, rules.Rule]:
    """The newest rule of each of these segments."""
    statement = select(SegmentRule).where(SegmentRule.segment_id.in_(list(segment_ids)))
    found = await tx.scalars(statement.order_by(SegmentRule.version))
    return {row.segment_id: rules.load(row.tree) for row in found}


async def delete_fillings(tx: Tx, segment_id: UUID) -> None:
    """Give up versions that were still being evaluated."""
    await tx.execute(delete(SegmentRule).where(SegmentRule.segment_id == segment_id, SegmentRule.is_active.is_(False)))


async def get_vocabulary(tx: Tx) -> Vocabulary:
    """What rules can name now."""
    custom: dict[str, set[Type]] = {}
    rows = await tx.execute(select(VOCABULARY.c.name, VOCABULARY.c.type).where(VOCABULARY.c.kind == "attribute"))
    for name, kind in rows:
        custom.setdefault(name, set()).add(Type(kind))
    graph: dict[UUID, frozenset[UUID]] = {each: frozenset() for each in await tx.scalars(select(Segment.id))}
    for row in await tx.scalars(select(SegmentRule)):
        graph[row.segment_id] = graph[row.segment_id] | rules.segments_of(rules.load(row.tree))
    return Vocabulary({name: frozenset(kinds) for name, kinds in custom.items()}, graph)


async def list_touch_types(tx: Tx) -> list[str]:
    """The touch types seen so far."""
    statement = select(VOCABULARY.c.name).where(VOCABULARY.c.kind == "touch").order_by(VOCABULARY.c.name)
    return list(await tx.scalars(statement))


async def insert_change(tx: Tx, contact_id: UUID, concern: str) -> None:
    """Note that something changed for a contact."""
    await tx.execute(NOTE, {"contact": contact_id, "concern": concern})


async def insert_flips(tx: Tx, segment_id: UUID, contact_ids: Collection[UUID]) -> None:
    """Note that contacts came into a list or left it, for the rules that name it."""
    if contact_ids:
        people = func.unnest(_ids(contact_ids))
        told = (literal(f"segment:{segment_id}"), literal(""), literal(SEGMENT.format(segment_id)))
        names = ["contact_id", "concern", "touch", "resource"]
        await tx.execute(insert(CHANGE).from_select(names, select(people, *told)))


def _ids(contact_ids: Collection[UUID]) -> Any:
    """Many ids as one parameter: a statement with a thousand of them takes SQLAlchemy a second on a busy machine."""
    return cast(list(contact_ids), ARRAY(Uuid))
