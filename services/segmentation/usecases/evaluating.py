"""Memberships follow from facts: what changed is evaluated in order, what is due by time too, and new rules are filled.

One evaluation runs at a time in the whole installation. A fact is committed together with the note that it changed;
the evaluation that takes the note sees the fact, and whatever commits later leaves a note for the next. So no order of
arrival and no crash leaves a membership that is not its rule's. A rule that PostgreSQL refuses to evaluate ends the
step with RuleFailsError; it is put aside, and the step is done again without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.segmentation.domain import SegmentMembershipChanged, rules
from services.segmentation.domain.changes import TIME, Change, RuleFailsError, Version, cause
from services.segmentation.domain.checks import in_order
from services.segmentation.models import CONTACT, MEMBER, SEGMENT
from services.segmentation.store import compiled
from services.segmentation.store import evaluation as store
from services.segmentation.store.failures import refusals_of, set_failed
from services.segmentation.store.segments import insert_flips

MOST_CHANGES = 5000
CHUNK = 50_000
RULE = "rule"
LAST = UUID(int=(1 << 128) - 1)

Causes = dict[UUID, list[Change]]


@dataclass
class Outcome:
    """What one step did: whether there is more to do at once, and when the next timer is due."""

    is_busy: bool = False
    next_due: datetime | None = None
    changes: int = 0
    flips: int = 0


@dataclass
class _Pass:
    """One evaluation: the rules, who has to be looked at for what, and what flipped."""

    tx: Tx
    now: datetime
    versions: list[Version]
    causes: dict[str, Causes] = field(default_factory=dict)
    timed: dict[tuple[UUID, int], set[UUID]] = field(default_factory=dict)
    flips: int = 0

    def note(self, change: Change, contact: UUID) -> None:
        self.causes.setdefault(change.concern, {}).setdefault(contact, []).append(change)


async def step(tx: Tx, *, now: datetime) -> Outcome:
    """Evaluate what changed and what is due, then a part of what is to be filled; RuleFailsError for `fail`."""
    if not await store.take_turn(tx):
        return Outcome()
    await store.prepare(tx)
    changes = await store.list_changes(tx, MOST_CHANGES)
    due = await store.list_due(tx, now, MOST_CHANGES)
    versions = await store.list_versions(tx)
    outcome = Outcome(is_busy=bool(changes or due), changes=len(changes))
    if changes or due:
        outcome.flips = await _evaluate(tx, now, versions, [change for _, change in changes], due)
        await store.delete_changes(tx, [number for number, _ in changes])
    waiting = next((version for version in ordered(versions) if not version.is_filled), None)
    if waiting is not None:
        with refusals_of(waiting):
            outcome.flips += await _fill(tx, waiting, now)
        outcome.is_busy = True
    outcome.next_due = await store.next_due(tx)
    return outcome


async def fail(tx: Tx, failed: RuleFailsError) -> None:
    """Put a rule aside, in a transaction of its own: the members stay until a new rule takes over."""
    await set_failed(tx, failed)


def ordered(versions: Sequence[Version]) -> list[Version]:
    """Each version behind the segments that its rule names."""
    graph: dict[UUID, frozenset[UUID]] = {}
    for version in versions:
        known = graph.get(version.segment, frozenset())
        graph[version.segment] = known | rules.segments_of(version.rule)
    places = {segment: place for place, segment in enumerate(in_order(graph))}
    return sorted(versions, key=lambda version: (places[version.segment], version.number))


async def _evaluate(
    tx: Tx, now: datetime, versions: list[Version], changes: Sequence[Change], due: Sequence[tuple[UUID, int, UUID]]
) -> int:
    run = _Pass(tx, now, versions)
    await store.delete_timers(tx, due)
    for segment, number, contact in due:
        run.timed.setdefault((segment, number), set()).add(contact)
    people = await store.list_people(tx, {change.contact for change in changes})
    for change in changes:
        for contact in {change.contact, people.get(change.contact, change.contact)}:
            run.note(change, contact)
    for version in ordered(versions):
        found = _concerned(run, version)
        if found:
            with refusals_of(version):
                await _settle(run, version, found)
    return run.flips


def _concerned(run: _Pass, version: Version) -> Causes:
    """The contacts that a version has to look at, each with why."""
    found: Causes = {}
    for concern in sorted(rules.all_concerns(version.rule) & run.causes.keys()):
        for contact, changes in run.causes[concern].items():
            found.setdefault(contact, []).extend(changes)
    for contact in run.timed.get((version.segment, version.number), ()):
        found.setdefault(contact, [Change(contact, TIME)])
    return found


async def _settle(run: _Pass, version: Version, found: Causes) -> None:
    """Let in who fits now and go who no longer does; exactly those are told."""
    inside, dues = await store.list_answers(run.tx, version, run.now, found)
    kept = await store.list_kept(run.tx, version, found)
    entered = {contact: cause(version.rule, found[contact]) for contact in sorted(inside - kept)}
    left = {contact: cause(version.rule, found[contact]) for contact in sorted(kept - inside)}
    await store.insert_kept(run.tx, version, entered, run.now)
    await store.delete_kept(run.tx, version, left)
    await store.set_timers(run.tx, version, found, dues)
    if version.is_direct and (entered or left):
        await _tell(run.tx, version, run.now, entered, left)
        run.flips += len(entered) + len(left)
        for contact in (*entered, *left):
            name = SEGMENT.format(version.segment)
            run.note(Change(contact, f"segment:{version.segment}", resource=name), contact)


async def _tell(tx: Tx, version: Version, now: datetime, entered: Mapping[UUID, Any], left: Mapping[UUID, Any]) -> None:
    revision = await store.recount(tx, version.segment, len(entered) - len(left))
    for change, flips in (("CHANGE_ENTERED", entered), ("CHANGE_LEFT", left)):
        for contact, why in flips.items():
            tx.emit(
                SegmentMembershipChanged(
                    subject=MEMBER.format(version.segment, contact),
                    revision=revision,
                    time=now,
                    segment=SEGMENT.format(version.segment),
                    contact=CONTACT.format(contact),
                    change=change,
                    rule_version=version.number,
                    change_time=now,
                    cause=why,
                )
            )


async def _fill(tx: Tx, version: Version, now: datetime) -> int:
    """Evaluate the next part of everybody for a new version; behind the last it takes over."""
    last = await store.last_of_chunk(tx, version.reached, CHUNK)
    why = _because(version)
    entered = await store.fill(tx, version, now, compiled.between(version.reached, last or LAST), why)
    if last is not None:
        await store.set_reached(tx, version, last)
        left: list[UUID] = []
    else:
        swapped, left = await store.swap(tx, version, now, why)
        entered += swapped
        await store.activate(tx, version)
    if entered or left:
        await _tell(tx, version, now, _each(entered, why), _each(left, why))
        await _note_downstream(tx, version, [*entered, *left])
    return len(entered) + len(left)


def _because(version: Version) -> dict[str, Any]:
    return cause(version.rule, [Change(LAST, RULE, resource=SEGMENT.format(version.segment))])


def _each(contacts: Iterable[UUID], why: dict[str, Any]) -> dict[UUID, dict[str, Any]]:
    return dict.fromkeys(contacts, why)


async def _note_downstream(tx: Tx, version: Version, contacts: Sequence[UUID]) -> None:
    versions = await store.list_versions(tx)
    if any(version.segment in rules.segments_of(each.rule) for each in versions):
        await insert_flips(tx, version.segment, contacts)
