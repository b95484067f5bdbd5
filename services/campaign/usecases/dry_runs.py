"""What a launch would do now: who would be written to, who not and why. It asks others and changes nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.db import Database

from services.campaign.domain.activities import Problem
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import Reason
from services.campaign.gateways.consent import ConsentAwayError, Consents
from services.campaign.gateways.segments import SegmentMissingError, Segments
from services.campaign.store import activities as activity_store
from services.campaign.store import people as people_store
from services.campaign.store import senders as sender_store
from services.campaign.usecases import launches, readiness

FIRST = 10
SUPPRESSED = "SUPPRESSED"  # contact's reason


@dataclass
class Run:
    """What would become of one activity."""

    activity: str
    audience: int = 0
    planned: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    suppressed_by: Counter[str] = field(default_factory=Counter)
    people: list[Reader] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    known: set[UUID] = field(default_factory=set)
    is_empty: bool = True


Counting = Callable[[Reader | None], bool]


async def dry_run(
    database: Database,
    segments: Segments,
    consents: Consents,
    campaign_id: UUID,
    *,
    key_dir: str,
    counts: Counting,
    now: datetime,
) -> tuple[list[Run], list[Problem]]:
    """One run for each activity, oldest first, and everything that forbids the launch.

    `counts` says who is counted: a reader, or None for somebody of whom no event was heard yet.
    """
    async with database.transaction() as tx:
        await launches.store.get_campaign(tx, campaign_id)
        found = await activity_store.of_campaign(tx, campaign_id)
        problems = await launches.problems_of(tx, campaign_id)
    problems += await readiness.key_problems(database, key_dir, found)
    runs = []
    for activity in found:
        run = Run(activity.name)
        try:
            problems += await readiness.exclusions_included(segments, activity)
            async for members in segments.audience(activity.include_segments, activity.exclude_segments):
                run.is_empty = run.is_empty and not members
                readers = await _readers(database, members, counts)
                await _take(database, consents, run, readers, topic=activity.subscription_topic, now=now)
            if activity.include_segments and run.is_empty:
                problems.append(readiness.empty(activity))
        except SegmentMissingError as error:
            problems.append(readiness.missing(activity, error.segment))
        runs.append(run)
    return runs, problems


async def _readers(database: Database, members: Sequence[UUID], counts: Counting) -> list[Reader | None]:
    """Those of some members who are counted."""
    async with database.transaction() as tx:
        readers = await people_store.readers(tx, members)
    return [reader for member in members if counts(reader := readers.get(member))]


async def _take(
    database: Database, consents: Consents, run: Run, readers: Sequence[Reader | None], *, topic: str, now: datetime
) -> None:
    """Judge some members as planning and sending would."""
    async with database.transaction() as tx:
        holds = await sender_store.holds(tx, [reader.direct_id for reader in readers if reader], now=now)
    asked = []
    for reader in readers:
        if reader is not None and reader.id in run.known:
            continue
        run.audience += 1
        if reader is None:  # the planner waits for her too
            run.held[Reason.NOT_KNOWN_YET.value] += 1
        elif reason := _refusal(run, reader):
            run.suppressed[reason] += 1
        elif reader.direct_id in holds:  # as the sender: whom a brake holds is not asked about before it ends
            run.held[Reason.BRAKE.value] += 1
        else:
            asked.append(reader)
    await _ask(consents, run, asked, topic)


def _refusal(run: Run, reader: Reader) -> str:
    """Why somebody would be planned as suppressed; "" where nothing speaks against her."""
    run.known.add(reader.id)
    if not reader.is_active:
        return Reason.CONTACT_GONE.value
    if not reader.subject:
        return Reason.NO_ADDRESS.value
    if reader.subject in run.seen:
        return Reason.SAME_ADDRESS.value
    run.seen.add(reader.subject)
    return ""


async def _ask(consents: Consents, run: Run, readers: Sequence[Reader], topic: str) -> None:
    if not readers:
        return
    subjects = [reader.subject for reader in readers]
    try:
        answers = await consents.check(subjects, topic, with_tracking=False)
    except ConsentAwayError:
        run.held[Reason.CONSENT_UNREACHABLE.value] += len(readers)
        return
    for reader, answer in zip(readers, answers, strict=True):
        if answer.denial == Reason.STALE.value:
            run.held[answer.denial] += 1
        elif answer.denial:
            run.suppressed[answer.denial] += 1
            if answer.denial == SUPPRESSED:
                run.suppressed_by[answer.source] += 1
        else:
            run.planned += 1
            if len(run.people) < FIRST:
                run.people.append(reader)
