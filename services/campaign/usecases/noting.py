"""Touches about the sends of an activity: they leave with the transaction that changed the ledger."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Tx

from services.campaign.domain.people import Reader
from services.campaign.domain.sends import Planned, SendState
from services.campaign.domain.touches import Named, SendTouch, TouchesNoted, send_event_id
from services.campaign.models import Activity
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import people as people_store


async def note(tx: Tx, activity: Activity, touches: Sequence[SendTouch], *, now: datetime) -> None:
    """Tell of these, with the names as they are now."""
    campaign = await campaign_store.get_campaign(tx, activity.campaign_id)
    named = Named(
        campaign=campaign.id,
        activity=activity.id,
        campaign_name=campaign.display_name,
        activity_name=activity.display_name,
    )
    tx.emit(TouchesNoted(named=named, touches=tuple(touches), time=now))


async def note_unsent(
    tx: Tx, activity: Activity, people: Sequence[Planned], state: SendState, *, now: datetime
) -> None:
    """Tell of people to whom nothing goes out, and there was no attempt: a decision not to send is a touch too."""
    readers = await people_store.readers(tx, [person.contact for person in people])
    touches = [_touch(activity, person, readers.get(person.contact), state, now) for person in people]
    await note(tx, activity, touches, now=now)


def _touch(activity: Activity, person: Planned, reader: Reader | None, state: SendState, now: datetime) -> SendTouch:
    return SendTouch(
        state=state,
        event_id=send_event_id(state, activity.id, person.contact, activity.occurrence),
        time=now,
        contact=person.contact,
        address=person.address,
        account=reader.account_id if reader else None,
        reason=person.reason,
        contact_name=reader.display_name if reader else "",
    )
