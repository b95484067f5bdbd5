"""Reading the ledger, and settling what others know of a mail: reports of delivery, and a person's decision."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from services.campaign.domain import sends as rules
from services.campaign.domain.activities import Planning
from services.campaign.domain.campaigns import State
from services.campaign.domain.explaining import Step, explain
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import HANDED_OVER, UNSETTLED, Send, SendState
from services.campaign.domain.touches import SendTouch, event_id
from services.campaign.models import BRAKE, Activity, Campaign
from services.campaign.store import activities as activity_store
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import people as people_store
from services.campaign.store import senders as sender_store
from services.campaign.store import sends as store
from services.campaign.usecases.cancelling import cancel_chunk
from services.campaign.usecases.noting import note


async def report_delivery(
    tx: Tx, message: UUID, state: SendState, reason: str, *, text: str, time: datetime, now: datetime
) -> Send:
    """Take in what became of a mail. One that was unknown, or still on its way, was handed over as it seems."""
    send = await store.of_message(tx, message)
    if not rules.check_report(send, state, reason):
        return send
    after = await store.resolve(tx, send, state, now=now, reason=reason, text=text)
    states = [SendState.HANDED_OVER, state] if send.state in UNSETTLED else [state]
    await _note(tx, after, states, time=min(time, now), now=now)
    return after


async def settle_send(
    tx: Tx, activity: UUID, contact: UUID, occurrence: int, *, is_handed_over: bool, now: datetime
) -> Send:
    """Decide what nobody knows: it counts as handed over, or it is sent again.

    A cancelled campaign sends nothing, one that is paused nothing before it goes on.
    """
    found = await store.get(tx, activity, contact, occurrence)
    campaign = await campaign_store.lock_campaign(tx, found.campaign)
    send = await store.get(tx, activity, contact, occurrence, lock=True)
    rules.check_unknown(send)
    if is_handed_over:
        after = await store.resolve(tx, send, SendState.HANDED_OVER, now=now)
        await _note(tx, after, [SendState.HANDED_OVER], time=now, now=now)
        return after
    after = await store.resolve(tx, send, SendState.PLANNED, now=now)
    if await store.run_state(tx, activity) == "CANCELLED":
        await cancel_chunk(tx, activity, now=now)
        return await store.get(tx, activity, contact, occurrence)
    await store.reopen(tx, activity, is_paused=campaign.state == State.PAUSED)
    return after


async def explain_send(
    tx: Tx, campaign_id: UUID, contact: UUID, *, now: datetime
) -> list[tuple[Activity, Send | None, list[Step]]]:
    """For each activity of a campaign, oldest first: what became of a person in it and why."""
    campaign = await campaign_store.get_campaign(tx, campaign_id)
    await people_store.reader(tx, contact)
    contacts = list(await tx.scalars(people_store.same_person(contact)))
    lines = {line.activity: line for line in await store.of_contacts(tx, campaign_id, contacts)}
    holds = await sender_store.holds(tx, contacts, now=now)
    brake = next((BRAKE.format(brake) for brake, _ in holds.values()), "")
    return [
        (activity, lines.get(activity.id), _explained(campaign, activity, lines.get(activity.id), brake))
        for activity in await activity_store.of_campaign(tx, campaign_id)
    ]


def _explained(campaign: Campaign, activity: Activity, send: Send | None, brake: str) -> list[Step]:
    is_planned = activity.planning in (Planning.DONE, Planning.CANCELLED)
    return explain(send, is_launched=campaign.launch_time is not None, is_planned=is_planned, brake=brake)


async def _note(tx: Tx, send: Send, states: list[SendState], *, time: datetime, now: datetime) -> None:
    """The touches of a mail whose end came by another way than the sender's."""
    activity = await activity_store.get_activity(tx, send.activity)
    reader = (await people_store.readers(tx, [send.contact])).get(send.contact)
    await note(tx, activity, [_touch(send, state, reader, time) for state in states], now=now)


def _touch(send: Send, state: SendState, reader: Reader | None, time: datetime) -> SendTouch:
    assert send.message is not None
    told = f"{event_id(state, send.message)}{f'/{send.reason.lower()}' * (state == SendState.BOUNCED)}"
    return SendTouch(
        state=state,
        event_id=told,
        time=time,
        contact=send.contact,
        address=send.address,
        message=send.message,
        account=reader.account_id if reader is not None else None,
        reason=send.reason if state not in HANDED_OVER[:2] else "",
        contact_name=reader.display_name if reader is not None else "",
    )
