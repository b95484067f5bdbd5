"""What is still to be evaluated, and what an evaluation writes: members, candidates, timers, flips."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import Text, Uuid, and_, any_, cast, delete, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert

from services.segmentation.domain import rules
from services.segmentation.domain.changes import Change, Version
from services.segmentation.models import (
    CANDIDATE,
    CHANGE,
    MEMBERSHIPS,
    PERSON,
    SEGMENT_RULES,
    SEGMENTS,
    TIMER,
)
from services.segmentation.store import compiled

# One evaluation at a time in the whole installation: what commits meanwhile is noted, and evaluated by the next.
TURN = text("SELECT pg_try_advisory_xact_lock(7102003)")
# Plans of many joins are not worth compiling; hash tables of a whole filling fit; a filling may take its time.
SETTINGS = text(
    "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('work_mem', '64MB', true), "
    "set_config('statement_timeout', '300s', true), set_config('idle_in_transaction_session_timeout', '300s', true)"
)


async def take_turn(tx: Tx) -> bool:
    """Be the one who evaluates, until this transaction ends; False while another is."""
    return bool(await tx.scalar(TURN))


async def prepare(tx: Tx) -> None:
    """Let PostgreSQL plan for sets."""
    await tx.execute(SETTINGS)


async def list_changes(tx: Tx, limit: int) -> list[tuple[int, Change]]:
    """What changed and was not evaluated, oldest first."""
    rows = await tx.execute(select(CHANGE).order_by(CHANGE.c.number).limit(limit))
    return [(row.number, Change(row.contact_id, row.concern, row.touch, row.resource)) for row in rows]


async def delete_changes(tx: Tx, numbers: Sequence[int]) -> None:
    """These are evaluated when this commits."""
    if numbers:
        await tx.execute(delete(CHANGE).where(CHANGE.c.number == any_(list(numbers))))


async def list_due(tx: Tx, now: datetime, limit: int) -> list[tuple[UUID, int, UUID]]:
    """Segment, version and contact of each timer that is due."""
    columns = (TIMER.c.segment_id, TIMER.c.version, TIMER.c.contact_id)
    rows = await tx.execute(select(*columns).where(TIMER.c.due_time <= now).order_by(TIMER.c.due_time).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


async def next_due(tx: Tx) -> datetime | None:
    """When the next timer is due."""
    found: datetime | None = await tx.scalar(select(func.min(TIMER.c.due_time)))
    return found


async def list_versions(tx: Tx) -> list[Version]:
    """Every rule that decides or is being evaluated, but those that failed."""
    rows = await tx.execute(
        select(
            SEGMENT_RULES.c.segment_id,
            SEGMENT_RULES.c.version,
            SEGMENT_RULES.c.tree,
            SEGMENT_RULES.c.is_active,
            SEGMENT_RULES.c.is_filled,
            SEGMENT_RULES.c.reached,
        )
        .where(SEGMENT_RULES.c.is_failed.is_(False))
        .order_by(SEGMENT_RULES.c.segment_id, SEGMENT_RULES.c.version)
    )
    return [Version(row[0], row[1], rules.load(row[2]), row[3], row[4], row[5]) for row in rows]


async def list_people(tx: Tx, contacts: Collection[UUID]) -> dict[UUID, UUID]:
    """Which person each contact is, as far as known."""
    statement = select(PERSON.c.contact_id, PERSON.c.person_id).where(
        PERSON.c.contact_id == any_(cast(list(contacts), ARRAY(Uuid)))
    )
    return {row[0]: row[1] for row in await tx.execute(statement)}


async def list_answers(
    tx: Tx, version: Version, now: datetime, people: Collection[UUID]
) -> tuple[set[UUID], dict[UUID, datetime]]:
    """Those of these people whom the rule holds; and when time alone may change the answer for whom."""
    rows = (await tx.execute(compiled.answers(version.rule, now, compiled.only(people)))).all()
    return {row[0] for row in rows if row[1]}, {row[0]: row[2] for row in rows if row[2] is not None}


async def list_kept(tx: Tx, version: Version, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who are in it as it is kept."""
    column, condition = _kept(version)
    return set(await tx.scalars(select(column).where(condition, column == any_(cast(list(people), ARRAY(Uuid))))))


def _kept(version: Version) -> tuple[Any, Any]:
    if version.is_direct:
        return MEMBERSHIPS.c.contact_id, MEMBERSHIPS.c.segment_id == version.segment
    is_it = and_(CANDIDATE.c.segment_id == version.segment, CANDIDATE.c.version == version.number)
    return CANDIDATE.c.contact_id, is_it


async def insert_kept(tx: Tx, version: Version, entered: dict[UUID, Any], now: datetime) -> None:
    """Let people in, each with the cause."""
    if not entered:
        return
    people = func.unnest(cast(list(entered), ARRAY(Uuid)))
    if not version.is_direct:
        source = select(literal(version.segment, Uuid), literal(version.number), people)
        await tx.execute(insert(CANDIDATE).from_select(["segment_id", "version", "contact_id"], source))
        return
    causes = func.unnest(cast(list(entered.values()), ARRAY(JSONB)))
    source = select(
        literal(version.segment, Uuid), people, literal(now), literal("", Text), literal(version.number), causes
    )
    names = ["segment_id", "contact_id", "join_time", "added_by", "rule_version", "cause"]
    await tx.execute(insert(MEMBERSHIPS).from_select(names, source))


async def delete_kept(tx: Tx, version: Version, left: Collection[UUID]) -> None:
    """Let people go."""
    if left:
        column, condition = _kept(version)
        await tx.execute(delete(column.table).where(condition, column == any_(cast(list(left), ARRAY(Uuid)))))


async def set_timers(tx: Tx, version: Version, people: Collection[UUID], dues: Mapping[UUID, datetime]) -> None:
    """State when time alone may change the answer for which of these people, and for nobody else of them."""
    if not rules.is_timed(version.rule):
        return
    certain = [each for each in people if each not in dues]
    await tx.execute(
        delete(TIMER).where(
            TIMER.c.segment_id == version.segment,
            TIMER.c.version == version.number,
            TIMER.c.contact_id == any_(cast(certain, ARRAY(Uuid))),
        )
    )
    if dues:
        moments = func.unnest(cast(list(dues.values()), ARRAY(compiled.MOMENT)))
        await tx.execute(_put_timers(version, func.unnest(cast(list(dues), ARRAY(Uuid))), moments))


def _put_timers(version: Version, contact: Any, due: Any, *conditions: Any) -> Insert:
    source = select(literal(version.segment, Uuid), literal(version.number), contact, due).where(*conditions)
    statement = insert(TIMER).from_select(["segment_id", "version", "contact_id", "due_time"], source)
    is_same = [TIMER.c.segment_id, TIMER.c.version, TIMER.c.contact_id]
    return statement.on_conflict_do_update(
        index_elements=is_same,
        set_={"due_time": statement.excluded.due_time},
        where=TIMER.c.due_time != statement.excluded.due_time,
    )


async def delete_timers(tx: Tx, due: Collection[tuple[UUID, int, UUID]]) -> None:
    """These went off."""
    if due:
        await tx.execute(
            delete(TIMER).where(tuple_(TIMER.c.segment_id, TIMER.c.version, TIMER.c.contact_id).in_(list(due)))
        )


async def last_of_chunk(tx: Tx, after: UUID, size: int) -> UUID | None:
    """The contact at the end of the next chunk; None when the chunk is the last."""
    statement = select(PERSON.c.contact_id).where(PERSON.c.contact_id > after).order_by(PERSON.c.contact_id)
    found: UUID | None = await tx.scalar(statement.offset(size - 1).limit(1))
    return found


async def fill(tx: Tx, version: Version, now: datetime, scope: compiled.Scope, cause: dict[str, Any]) -> list[UUID]:
    """Let in everybody in the scope whom the rule holds, with timers; gives who was not in it before."""
    found = compiled.answers(version.rule, now, scope).cte("found")
    timers = _put_timers(version, found.c.person_id, found.c.due_time, found.c.due_time.is_not(None)).cte("timers")
    if not version.is_direct:
        source = select(literal(version.segment, Uuid), literal(version.number), found.c.person_id)
        names = ["segment_id", "version", "contact_id"]
        statement = insert(CANDIDATE).from_select(names, source.where(found.c.is_inside)).on_conflict_do_nothing()
        await tx.execute(statement.add_cte(timers))
        return []
    source = select(
        literal(version.segment, Uuid),
        found.c.person_id,
        literal(now),
        literal("", Text),
        literal(version.number),
        cast(cause, JSONB),
    )
    names = ["segment_id", "contact_id", "join_time", "added_by", "rule_version", "cause"]
    statement = insert(MEMBERSHIPS).from_select(names, source.where(found.c.is_inside)).on_conflict_do_nothing()
    return list(await tx.scalars(statement.add_cte(timers).returning(MEMBERSHIPS.c.contact_id)))


async def swap(tx: Tx, version: Version, now: datetime, cause: dict[str, Any]) -> tuple[list[UUID], list[UUID]]:
    """Let the candidates take over; gives who entered and who left."""
    if version.is_direct:
        return [], []
    is_it = and_(CANDIDATE.c.segment_id == version.segment, CANDIDATE.c.version == version.number)
    is_kept = select(MEMBERSHIPS.c.contact_id).where(MEMBERSHIPS.c.segment_id == version.segment)
    source = select(
        CANDIDATE.c.segment_id,
        CANDIDATE.c.contact_id,
        literal(now),
        literal("", Text),
        CANDIDATE.c.version,
        cast(cause, JSONB),
    ).where(is_it)
    names = ["segment_id", "contact_id", "join_time", "added_by", "rule_version", "cause"]
    come = insert(MEMBERSHIPS).from_select(names, source).on_conflict_do_nothing()
    entered = list(await tx.scalars(come.returning(MEMBERSHIPS.c.contact_id)))
    wanted = select(CANDIDATE.c.contact_id).where(is_it)
    go = delete(MEMBERSHIPS).where(
        MEMBERSHIPS.c.segment_id == version.segment, MEMBERSHIPS.c.contact_id.in_(is_kept.except_(wanted))
    )
    left = list(await tx.scalars(go.returning(MEMBERSHIPS.c.contact_id)))
    await tx.execute(delete(CANDIDATE).where(is_it))
    return entered, left


async def set_reached(tx: Tx, version: Version, reached: UUID) -> None:
    """A filling came so far."""
    await tx.execute(update(SEGMENT_RULES).where(*_is(version)).values(reached=reached))


async def activate(tx: Tx, version: Version) -> None:
    """This version decides from now on, and no other."""
    others = delete(SEGMENT_RULES).where(
        SEGMENT_RULES.c.segment_id == version.segment, SEGMENT_RULES.c.version < version.number
    )
    await tx.execute(others)
    await tx.execute(update(SEGMENT_RULES).where(*_is(version)).values(is_active=True, is_filled=True))
    active = update(SEGMENTS).where(SEGMENTS.c.id == version.segment)
    await tx.execute(active.values(active_rule_version=version.number))


def _is(version: Version) -> list[Any]:
    return [SEGMENT_RULES.c.segment_id == version.segment, SEGMENT_RULES.c.version == version.number]


async def recount(tx: Tx, segment: UUID, difference: int) -> int:
    """Count who came and left; gives the revision of the membership."""
    statement = (
        update(SEGMENTS)
        .where(SEGMENTS.c.id == segment)
        .values(
            member_count=SEGMENTS.c.member_count + difference, membership_revision=SEGMENTS.c.membership_revision + 1
        )
        .returning(SEGMENTS.c.membership_revision)
    )
    found: int = await tx.scalar(statement)
    return found
