"""What people do with segments: one function per verb, each inside the transaction of its caller."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from sqlalchemy import ColumnElement

from services.segmentation import domain
from services.segmentation.domain import Kind, rules
from services.segmentation.domain.checks import check_rule
from services.segmentation.domain.viewing import Viewer
from services.segmentation.models import CONTACT, SEGMENT, Membership, Segment, SegmentRule
from services.segmentation.store import segments as store
from services.segmentation.store.facts import count_known, is_known

Values = Mapping[str, Any]
Change = tuple[Values, rules.Rule | None]
NOBODY = UUID(int=0)
PAGE = 1000


async def get_segment(tx: Tx, segment_id: UUID) -> Segment:
    """Read one segment."""
    return await store.get_segment(tx, segment_id)


async def counts_of(tx: Tx, rows: Collection[Segment], *, viewer: Viewer) -> dict[UUID, int]:
    """How many members each segment has, as the viewer counts."""
    if viewer.counts_all:
        return {row.id: row.member_count for row in rows}
    known = await count_known(tx, [row.id for row in rows], viewer)
    return {row.id: known.get(row.id, 0) for row in rows}


async def list_segments(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Segment], str]:
    """Read one page of segments, newest first."""
    return await store.list_segments(tx, where, paging)


async def create_segment(tx: Tx, values: Values, rule: rules.Rule | None, *, now: datetime) -> Segment:
    """Open an empty list, or a rule that is to be evaluated; `values` hold its kind too."""
    await check_display_name(tx, values["display_name"])
    segment = Segment(id=uuid7(now), create_time=now, update_time=now, **values)
    tx.add(segment)
    if rule is not None:
        await tx.flush()
        await write_rule(tx, segment, rule, now)
    tx.emit(domain.SegmentCreated(segment=segment.facts(), **about(segment, now)))
    return segment


async def update_segment(
    tx: Tx, segment_id: UUID, change: Callable[[Segment, rules.Rule | None], Change], *, etag: str, now: datetime
) -> Segment:
    """Change a segment as `change` says once it is ours; another rule becomes a new version beside the old.

    So does the same rule again when it failed.
    """
    segment = await store.lock_segment(tx, segment_id)
    check_etag(segment, etag)
    before = await store.find_rule(tx, segment_id, segment.rule_version)
    values, rule = change(segment, before)
    await check_display_name(tx, values["display_name"], segment)
    for name, value in values.items():
        setattr(segment, name, value)
    segment.revision += 1
    segment.update_time = now
    if rule is not None and (rule != before or segment.failure):
        await write_rule(tx, segment, rule, now)
    tx.emit(domain.SegmentUpdated(segment=segment.facts(), **about(segment, now)))
    return segment


async def write_rule(tx: Tx, segment: Segment, rule: rules.Rule, now: datetime) -> None:
    """Write down the next version of a rule; `evaluating` fills it and lets it take over."""
    await store.lock_rules(tx)
    check_rule(rule, await store.get_vocabulary(tx), itself=segment.id, at="segment.rule")
    await store.delete_fillings(tx, segment.id)
    segment.rule_version += 1
    segment.failure = ""
    tx.add(SegmentRule(segment_id=segment.id, version=segment.rule_version, tree=rules.dump(rule), create_time=now))


async def delete_segment(tx: Tx, segment_id: UUID, *, etag: str, now: datetime) -> None:
    """Close a segment; its memberships go with it."""
    segment = await store.lock_segment(tx, segment_id)
    check_etag(segment, etag)
    await store.lock_rules(tx)
    await check_unused(tx, segment)
    await tx.session.delete(segment)
    segment.revision += 1
    tx.emit(domain.SegmentDeleted(segment=segment.name, delete_time=now, **about(segment, now)))


async def add_members(
    tx: Tx, segment_id: UUID, contact_ids: Collection[UUID], *, added_by: str, now: datetime
) -> Segment:
    """Put contacts into a list; nothing is said of those who are in it already."""
    segment = await store.lock_segment(tx, segment_id)
    domain.check_is_list(segment.kind, segment.name)
    newcomers = await store.insert_members(tx, segment_id, contact_ids, added_by=added_by, now=now)
    domain.check_room(segment.member_count, len(newcomers))
    if newcomers:
        header = recount(segment, len(newcomers), now)
        await store.insert_flips(tx, segment_id, newcomers)
        tx.emit(domain.MembersAdded(segment=segment.facts(), contacts=named(newcomers), join_time=now, **header))
    return segment


async def remove_members(tx: Tx, segment_id: UUID, contact_ids: Collection[UUID], *, now: datetime) -> Segment:
    """Take contacts out of a list; nothing is said of those who are not in it."""
    segment = await store.lock_segment(tx, segment_id)
    domain.check_is_list(segment.kind, segment.name)
    leavers = await store.delete_members(tx, segment_id, contact_ids)
    if leavers:
        header = recount(segment, -len(leavers), now)
        await store.insert_flips(tx, segment_id, leavers)
        tx.emit(domain.MembersRemoved(segment=segment.facts(), contacts=named(leavers), leave_time=now, **header))
    return segment


async def list_members(tx: Tx, segment_id: UUID, paging: Paging, *, viewer: Viewer) -> tuple[list[Membership], str]:
    """Read one page of who is in a segment and there for the viewer."""
    await store.get_segment(tx, segment_id)
    return await store.list_members(tx, segment_id, paging, is_known(Membership.contact_id, viewer))


async def stream_members(tx: Tx, segment_id: UUID, after: UUID | None) -> tuple[list[UUID], int]:
    """The next members in the order of their ids, and the version of the rule that they fit."""
    segment = await store.get_segment(tx, segment_id)
    if segment.kind == Kind.RULE and not segment.active_rule_version:
        raise domain.SegmentBuildingError(segment=segment.name)
    return await store.stream_members(tx, segment_id, after or NOBODY, PAGE), segment.active_rule_version


async def rules_of(tx: Tx, segments: Collection[Segment]) -> dict[UUID, rules.Rule]:
    """The rules of those that have one, as they stand."""
    ids = [segment.id for segment in segments if segment.kind == Kind.RULE]
    return await store.list_rules(tx, ids) if ids else {}


async def check_unused(tx: Tx, segment: Segment) -> None:
    """A segment that a rule names stays."""
    known = await store.get_vocabulary(tx)
    users = sorted(each for each, named in known.segments.items() if segment.id in named and each != segment.id)
    if users:
        raise domain.SegmentInUseError(segment=SEGMENT.format(users[0]))


async def check_display_name(tx: Tx, display_name: str, segment: Segment | None = None) -> None:
    """People tell segments apart by their names."""
    holder = await store.lock_display_name(tx, display_name)
    if holder is not None and holder is not segment:
        raise domain.SegmentNameTakenError(segment=holder.name)


def recount(segment: Segment, difference: int, now: datetime) -> dict[str, Any]:
    """Count who came or left, and give the header of the fact that says so."""
    segment.member_count += difference
    segment.membership_revision += 1
    return {"subject": segment.name, "revision": segment.membership_revision, "time": now}


def named(contact_ids: Collection[UUID]) -> list[str]:
    return [CONTACT.format(contact_id) for contact_id in contact_ids]


def about(segment: Segment, now: datetime) -> dict[str, Any]:
    """The header of a fact about the segment itself."""
    return {"subject": segment.name, "revision": segment.revision, "time": now}
