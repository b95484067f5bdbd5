"""The verbs of a campaign: launch, start, pause, resume, cancel, finish.

A launch only states that the campaign runs; the planner puts its people into the ledger, the sender works it off.
Locks are taken in one order: campaign, activities, ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis import telemetry
from chassis.db import Tx
from chassis.errors import Aborted
from chassis.resources import check_etag
from sqlalchemy import select

from services.campaign.domain import activities as activity_rules
from services.campaign.domain import campaigns as rules
from services.campaign.domain import facts
from services.campaign.domain.activities import Planning, Problem
from services.campaign.domain.campaigns import State
from services.campaign.domain.errors import CampaignNotReadyError
from services.campaign.domain.senders import SenderState
from services.campaign.models import Activity, Campaign
from services.campaign.store import activities as activity_store
from services.campaign.store import campaigns as store
from services.campaign.store import senders as sender_store
from services.campaign.store import sends
from services.campaign.usecases.cancelling import cancel_chunk
from services.campaign.usecases.changes import about, revise


async def problems_of(tx: Tx, campaign_id: UUID) -> list[Problem]:
    """What the plan itself lacks for a launch; who its people are is not asked."""
    found = await activity_store.of_campaign(tx, campaign_id)
    if not found:
        return [Problem("NO_ACTIVITY", "", "the campaign has no activity")]
    ids = [activity.sender_id for activity in found if activity.sender_id]
    senders = await sender_store.senders_by_id(tx, ids)
    verified = {sender.id for sender in senders.values() if sender.state == SenderState.VERIFIED}
    return [
        problem
        for activity in found
        for problem in activity_rules.missing(
            activity.name, vars(activity), has_verified_sender=activity.sender_id in verified
        )
    ]


async def launch_campaign(
    tx: Tx,
    campaign_id: UUID,
    *,
    scheduled: datetime | None,
    etag: str,
    launcher: str,
    problems: Sequence[Problem],
    looked_at: Mapping[UUID, int],
    now: datetime,
) -> Campaign:
    """Carry a draft out, now or later; who was launched before stays as it is.

    `problems` is what others said of its activities as they were at the revisions `looked_at`; what the plan lacks is
    added. ABORTED where an activity has changed since.
    """
    campaign = await store.lock_campaign(tx, campaign_id)
    before = State(campaign.state)
    rules.check_schedule(scheduled, now)
    after = rules.launch(before, scheduled, now)
    if after is before:
        return campaign
    check_etag(campaign, etag)
    await _check_unchanged(tx, campaign_id, looked_at)
    found = [*await problems_of(tx, campaign_id), *problems]
    if found:
        raise CampaignNotReadyError(**activity_rules.told(found))
    told = {"state": after, "launcher": launcher, "launch_time": now, "state_reason": ""}
    revise(campaign, told | {"scheduled_time": scheduled if after is State.SCHEDULED else None}, now)
    await _open(tx, campaign, is_paused=after is State.SCHEDULED, now=now)
    tx.emit(facts.CampaignLaunched(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def _check_unchanged(tx: Tx, campaign_id: UUID, looked_at: Mapping[UUID, int]) -> None:
    found = await activity_store.of_campaign(tx, campaign_id)
    if {activity.id: activity.revision for activity in found} != looked_at:
        error = Aborted("an activity has changed while its audience was looked at")
        error.reason = "ETAG_MISMATCH"
        raise error


async def start_due(tx: Tx, *, now: datetime) -> Campaign | None:
    """Let one scheduled campaign run whose time has come; None when there is none."""
    due = select(Campaign).where(Campaign.state == State.SCHEDULED, Campaign.scheduled_time <= now)  # type: ignore[operator]
    one = due.order_by(Campaign.scheduled_time).limit(1).with_for_update(skip_locked=True)  # type: ignore[arg-type]
    campaign: Campaign | None = (await tx.execute(one)).scalar_one_or_none()
    if campaign is None:
        return None
    revise(campaign, {"state": rules.start(State(campaign.state))}, now)
    await sends.resume(tx, campaign.id, now=now)
    tx.emit(facts.CampaignStarted(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def pause_campaign(tx: Tx, campaign_id: UUID, *, reason: str, now: datetime) -> Campaign:
    """Take nothing more of it; what is on its way to the mail server goes out."""
    campaign = await store.lock_campaign(tx, campaign_id)
    before = State(campaign.state)
    after = rules.pause(before)
    if after is not before:
        revise(campaign, {"state": after, "state_reason": reason}, now)
        await sends.pause(tx, campaign_id)
        tx.emit(facts.CampaignPaused(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def resume_campaign(tx: Tx, campaign_id: UUID, *, now: datetime) -> Campaign:
    """Go on where it stopped."""
    campaign = await store.lock_campaign(tx, campaign_id)
    before = State(campaign.state)
    after = rules.resume(before, campaign.scheduled_time, now)
    if after is not before:
        revise(campaign, {"state": after, "state_reason": ""}, now)
        if after is State.RUNNING:
            await sends.resume(tx, campaign_id, now=now)
        tx.emit(facts.CampaignResumed(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def cancel_campaign(tx: Tx, campaign_id: UUID, *, reason: str, now: datetime) -> Campaign:
    """Give it up: whoever was not written to will not be; those beyond a chunk are cancelled by the planner."""
    campaign = await store.lock_campaign(tx, campaign_id)
    before = State(campaign.state)
    after = rules.cancel(before)
    if after is before:
        return campaign
    revise(campaign, {"state": after, "state_reason": reason, "finish_time": now}, now)
    found = await activity_store.of_campaign(tx, campaign_id, lock=True)
    waiting = [one for one in found if is_waiting(one)]
    for activity in waiting:
        activity.planning, activity.obstacle = Planning.CANCELLED, ""
    await activity_store.drop_audience(tx, [activity.id for activity in waiting])
    await sends.cancel(tx, campaign_id)
    for activity in found:
        await cancel_chunk(tx, activity.id, now=now)
    tx.emit(facts.CampaignCancelled(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def finish_campaign(tx: Tx, campaign_id: UUID, *, now: datetime) -> Campaign | None:
    """End a running campaign of which nothing is left to do; None while something is."""
    campaign = await store.lock_campaign(tx, campaign_id)
    if campaign.state != State.RUNNING:
        return None
    for activity in await activity_store.of_campaign(tx, campaign_id):
        if is_waiting(activity) or await sends.run_state(tx, activity.id) != "DONE":
            return None
    revise(campaign, {"state": rules.finish(State(campaign.state)), "finish_time": now}, now)
    tx.emit(facts.CampaignFinished(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


def is_waiting(activity: Activity) -> bool:
    """Whether somebody has still to be put into the ledger."""
    return activity.planning in (Planning.WAITING, Planning.RUNNING)


async def _open(tx: Tx, campaign: Campaign, *, is_paused: bool, now: datetime) -> None:
    """Let every activity wait for its planner, with the launch's trace."""
    trace = telemetry.inject().get("traceparent", "")
    for activity in await activity_store.of_campaign(tx, campaign.id, lock=True):
        activity.planning = Planning.WAITING
        await sends.open_run(tx, activity.id, campaign.id, rate=activity.rate_per_second, traceparent=trace, now=now)
    if is_paused:
        await sends.pause(tx, campaign.id)
