"""What speaks against a launch beyond the plan itself: its people, whom segmentation knows, and its senders' keys."""

from collections.abc import Sequence

from chassis.db import Database

from services.campaign.domain.activities import Problem
from services.campaign.gateways.mail import KeyUnusableError, signer
from services.campaign.gateways.segments import SegmentMissingError, Segments
from services.campaign.models import Activity
from services.campaign.store import senders as sender_store


async def audience_problems(segments: Segments, activities: Sequence[Activity]) -> list[Problem]:
    """What is wrong with the people of these activities: nobody there, a segment that is not, a list of exclusions."""
    problems = []
    for activity in activities:
        if not activity.include_segments:
            continue
        try:
            problems += await exclusions_included(segments, activity)
            if not await _has_anybody(segments, activity):
                problems.append(empty(activity))
        except SegmentMissingError as error:
            problems.append(missing(activity, error.segment))
    return problems


async def exclusions_included(segments: Segments, activity: Activity) -> list[Problem]:
    """Lists of people who are to be left out are nobody's audience. Raises SegmentMissingError."""
    return [
        Problem("EXCLUSION_INCLUDED", activity.name, f"{segment} is an exclusion list")
        for segment in activity.include_segments
        if await segments.is_exclusion(segment)
    ]


async def key_problems(database: Database, folder: str, activities: Sequence[Activity]) -> list[Problem]:
    """Senders whose mail is to be signed, and cannot be."""
    async with database.transaction() as tx:
        senders = await sender_store.senders_by_id(tx, [one.sender_id for one in activities if one.sender_id])
    problems = []
    for activity in activities:
        sender = senders.get(activity.sender_id) if activity.sender_id else None
        try:
            _ = sender and signer(folder, sender.dkim_domain, sender.dkim_selector)
        except KeyUnusableError:
            said = "its sender names a DKIM selector, and there is no such key that can be used"
            problems.append(Problem("DKIM_KEY_UNUSABLE", activity.name, said))
    return problems


def empty(activity: Activity) -> Problem:
    """Nobody would be written to."""
    return Problem("EMPTY_AUDIENCE", activity.name, "nobody is in its segments")


def missing(activity: Activity, segment: str) -> Problem:
    """A segment that it names is not there."""
    return Problem("SEGMENT_NOT_FOUND", activity.name, f"there is no {segment}")


async def _has_anybody(segments: Segments, activity: Activity) -> bool:
    async for _ in segments.audience(activity.include_segments, activity.exclude_segments):
        return True
    return False
