"""How the people of a launched activity get into the ledger, so that whoever is killed at any line goes on.

Two steps, each of short transactions. *Gather*: segmentation is asked for everybody, and all of them are kept in one
transaction, with the activity RUNNING; killed before, nothing happened. *Plan*: a chunk of those kept is taken out and
put into the ledger in one transaction; killed before, it is still there. When nobody is left, the activity is DONE.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.errors import DomainError, Unavailable

from services.campaign.domain import facts
from services.campaign.domain.activities import Planning
from services.campaign.domain.campaigns import State
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import Planned, Reason, SendState
from services.campaign.gateways.contacts import Contacts
from services.campaign.gateways.segments import SegmentMissingError, Segments
from services.campaign.models import Activity
from services.campaign.store import activities as store
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import people as people_store
from services.campaign.store import sends
from services.campaign.usecases.changes import about
from services.campaign.usecases.launches import start_due
from services.campaign.usecases.noting import note_unsent

CHUNK = 2000
# How long a member whom our projection does not know is waited for before contact is asked: segmentation may have heard
# of her before us.
PATIENCE = timedelta(seconds=30)


class PeopleBehindError(Exception):
    """Somebody of the audience is not in the projection yet; what was taken is put back.

    `is_late`: they have been waited for long enough to ask contact about them.
    """

    def __init__(self, missing: Sequence[UUID], *, is_late: bool) -> None:
        super().__init__(len(missing))
        self.missing, self.is_late = missing, is_late


async def start_scheduled(database: Database, clock: Clock) -> None:
    """Let every scheduled campaign run whose time has come."""
    is_started = True
    while is_started:
        async with database.transaction() as tx:
            is_started = await start_due(tx, now=clock.now()) is not None


async def to_plan(database: Database, but: Sequence[UUID]) -> UUID | None:
    """An activity of a running campaign that waits for its planner, none of `but`."""
    async with database.transaction() as tx:
        return await store.next_to_plan(tx, but)


async def gather(database: Database, segments: Segments, clock: Clock, activity_id: UUID) -> bool:
    """Keep whom the activity is for. False where that cannot be told now; its `obstacle` says why."""
    async with database.transaction() as tx:
        activity = await store.get_activity(tx, activity_id)
    if activity.planning != Planning.WAITING:
        return True
    try:
        audience = segments.audience(activity.include_segments, activity.exclude_segments)
        members = [member async for chunk in audience for member in chunk]
    except SegmentMissingError:
        return await _note(database, activity_id, "SEGMENT_NOT_FOUND")
    except Unavailable:
        return await _note(database, activity_id, "SEGMENTATION_UNREACHABLE")
    async with database.transaction() as tx:
        locked = await _locked(tx, activity_id)
        if locked is not None and locked.planning == Planning.WAITING:
            await store.state_audience(tx, activity_id, members)
            locked.planning, locked.obstacle = Planning.RUNNING, ""
            locked.members_read, locked.plan_start_time = len(members), clock.now()
    return True


async def note_behind(database: Database, activity_id: UUID) -> None:
    """Say that the projection is waited for."""
    await _note(database, activity_id, "CONTACTS_BEHIND")


async def plan_next(database: Database, contacts: Contacts, clock: Clock, activity_id: UUID) -> bool:
    """Put the next of those kept into the ledger; False when nobody is left or the campaign does not run.

    Raises PeopleBehindError, with nothing done, while somebody is not in the projection yet whom contact knows, or who
    is too new to ask contact about.
    """
    try:
        return await plan_chunk(database, clock, activity_id)
    except PeopleBehindError as behind:
        if not behind.is_late:
            raise
        gone = await _gone(contacts, behind)
    return await plan_chunk(database, clock, activity_id, gone=gone)


async def _gone(contacts: Contacts, behind: PeopleBehindError) -> frozenset[UUID]:
    """Those of the missing whom contact calls gone; PeopleBehindError again where it cannot be asked."""
    try:
        found = await contacts.people(behind.missing)
    except (DomainError, TimeoutError):
        raise behind from None
    return frozenset(person["id"] for person in found if not person["is_active"])


async def plan_chunk(
    database: Database, clock: Clock, activity_id: UUID, *, gone: frozenset[UUID] = frozenset()
) -> bool:
    """As plan_next, where `gone` are those whom contact does not have any more."""
    now = clock.now()
    async with database.transaction() as tx:
        activity = await _locked(tx, activity_id)
        if activity is None or activity.planning != Planning.RUNNING:
            return False
        members = await store.take_audience(tx, activity_id, CHUNK)
        if not members:
            await _done(tx, activity, now)
            return False
        await _plan(tx, activity, members, gone, now)
        return True


async def _plan(tx: Tx, activity: Activity, members: Sequence[UUID], gone: frozenset[UUID], now: datetime) -> None:
    readers = await people_store.readers(tx, members)
    missing = [member for member in members if member not in readers and member not in gone]
    if missing:
        raise PeopleBehindError(missing, is_late=now >= (activity.plan_start_time or now) + PATIENCE)
    activity.obstacle = ""
    people = {person.contact: person for person in (_planned(member, readers.get(member)) for member in members)}
    fresh = await sends.plan(tx, activity.id, activity.campaign_id, activity.occurrence, list(people.values()), now=now)
    activity.people_planned += len(fresh)
    refused = [person for person in fresh if person.reason]
    if refused:
        await note_unsent(tx, activity, refused, SendState.SUPPRESSED, now=now)


def _planned(member: UUID, reader: Reader | None) -> Planned:
    """Whoever is to be mailed, or with the reason why not; twins of one person are one contact."""
    if reader is None:
        return Planned(contact=member, reason=Reason.CONTACT_GONE)
    if not reader.is_active:
        return Planned(contact=reader.direct_id, reason=Reason.CONTACT_GONE)
    if not reader.subject:
        return Planned(contact=reader.direct_id, reason=Reason.NO_ADDRESS)
    return Planned(contact=reader.direct_id, subject=reader.subject, address=reader.email)


async def _done(tx: Tx, activity: Activity, now: datetime) -> None:
    activity.planning, activity.plan_finish_time = Planning.DONE, now
    await sends.end_planning(tx, activity.id)
    tx.emit(facts.ActivityPlanned(activity=activity.facts(), **about(activity, now)))


async def _locked(tx: Tx, activity_id: UUID) -> Activity | None:
    """The activity, ours until the transaction ends; None unless its campaign runs, which it does as long."""
    activity = await store.get_activity(tx, activity_id)
    campaign = await campaign_store.lock_campaign(tx, activity.campaign_id)
    if campaign.state != State.RUNNING:
        return None
    return await store.get_activity(tx, activity_id, lock=True)


async def _note(database: Database, activity_id: UUID, obstacle: str) -> bool:
    async with database.transaction() as tx:
        activity = await _locked(tx, activity_id)
        if activity is not None:
            activity.obstacle = obstacle
    return False
