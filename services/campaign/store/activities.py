"""Queries of activities, and of the audience that is not in the ledger yet."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, select, text

from services.campaign.domain.errors import ActivityNotFoundError
from services.campaign.models import ACTIVITY, Activity

STATE_AUDIENCE = text("""
INSERT INTO audience_member (activity_id, contact_id)
SELECT :activity, contact_id FROM unnest(CAST(:contacts AS uuid[])) AS given (contact_id) ON CONFLICT DO NOTHING
""")
TAKE_AUDIENCE = text("""
DELETE FROM audience_member WHERE activity_id = :activity AND contact_id IN (
    SELECT contact_id FROM audience_member WHERE activity_id = :activity ORDER BY contact_id LIMIT :size)
RETURNING contact_id
""")
DROP_AUDIENCE = text("DELETE FROM audience_member WHERE activity_id = ANY (CAST(:activities AS uuid[]))")
NEXT_TO_PLAN = text("""
SELECT a.id FROM activity a JOIN campaign c ON c.id = a.campaign_id
WHERE a.planning IN ('WAITING', 'RUNNING') AND c.state = 'RUNNING' AND NOT (a.id = ANY (CAST(:but AS uuid[])))
ORDER BY c.launch_time, a.id LIMIT 1
""")


async def get_activity(tx: Tx, activity_id: UUID, *, campaign: UUID | None = None, lock: bool = False) -> Activity:
    """One activity; of this campaign, if one is given. Raises ActivityNotFoundError."""
    found = await tx.session.get(Activity, activity_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or (campaign is not None and found.campaign_id != campaign):
        raise ActivityNotFoundError(activity=ACTIVITY.format(campaign or "-", activity_id))
    return found


async def list_activities(
    tx: Tx, campaign: UUID | None, where: ColumnElement[bool] | None, paging: Paging
) -> tuple[list[Activity], str]:
    """Newest first: ids are UUIDv7, so the primary key is the order."""
    statement = select(Activity) if where is None else select(Activity).where(where)
    if campaign is not None:
        statement = statement.where(Activity.campaign_id == campaign)
    return await keyset_page(tx, statement, [Activity.id], paging, is_descending=True)


async def of_campaign(tx: Tx, campaign: UUID, *, lock: bool = False) -> list[Activity]:
    """All activities of a campaign, oldest first."""
    statement = select(Activity).where(Activity.campaign_id == campaign).order_by(Activity.id)
    return list((await tx.execute(statement.with_for_update() if lock else statement)).scalars())


async def next_to_plan(tx: Tx, but: Sequence[UUID]) -> UUID | None:
    """An activity of a running campaign that is not planned yet, the one launched first; none of `but`."""
    found = await tx.scalar(NEXT_TO_PLAN, {"but": list(but)})
    return UUID(str(found)) if found else None


async def state_audience(tx: Tx, activity: UUID, contacts: Sequence[UUID]) -> None:
    """Keep whom an activity is for until they are in the ledger."""
    await tx.execute(STATE_AUDIENCE, {"activity": activity, "contacts": list(contacts)})


async def take_audience(tx: Tx, activity: UUID, size: int) -> list[UUID]:
    """The next of the audience, in the order of their ids; whoever is taken has to be planned in this transaction."""
    rows = await tx.execute(TAKE_AUDIENCE, {"activity": activity, "size": size})
    return sorted(row[0] for row in rows)


async def drop_audience(tx: Tx, activities: Sequence[UUID]) -> None:
    """Forget whom cancelled activities were for."""
    await tx.execute(DROP_AUDIENCE, {"activities": list(activities)})


async def names_sender(tx: Tx, sender: UUID) -> bool:
    """Whether any activity is written in this sender's name."""
    return (await tx.scalar(select(Activity.id).where(Activity.sender_id == sender).limit(1))) is not None
