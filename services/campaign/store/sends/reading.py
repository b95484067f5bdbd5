"""Reading the ledger: counts, rate, and single sends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, func, select, text

from services.campaign.domain.errors import SendNotFoundError
from services.campaign.domain.sends import HANDED_OVER, Counts, Send, SendState, counted
from services.campaign.models.sends import SendLine

PACE = timedelta(seconds=30)  # what rate_per_second is the mean of
COUNTS = text("""
SELECT activity_id, state, reason, sum(sends)::bigint AS sends FROM send_count
WHERE activity_id = ANY (CAST(:activities AS uuid[])) GROUP BY activity_id, state, reason HAVING sum(sends) <> 0
""")
# What began a moment ago is divided by that moment.
RATES = text("""
SELECT p.activity_id, sum(p.sends) / least(:whole, greatest(1, extract(epoch FROM :now - r.start_time)))
FROM send_pace p JOIN send_run r ON r.activity_id = p.activity_id
WHERE p.activity_id = ANY (CAST(:activities AS uuid[]))
  AND p.second >= greatest(:since, date_trunc('second', r.start_time)) GROUP BY p.activity_id, r.start_time
""")
RUNS = text("SELECT activity_id FROM send_run WHERE campaign_id = :campaign")
RESOLVE = text("""
UPDATE send SET state = :state, reason = :reason, due_time = CAST(:due_time AS timestamptz), update_time = :now,
    reply_text = CASE WHEN CAST(:reply_text AS text) <> '' THEN :reply_text ELSE reply_text END,
    handed_over_time = CASE WHEN CAST(:is_handed_over AS boolean) THEN coalesce(handed_over_time, :now) END
WHERE activity_id = :activity AND contact_id = :contact AND occurrence = :occurrence
""")
AGAIN = text("DELETE FROM sent_mail WHERE message = :message")
SAME = (
    *("occurrence", "address", "reason", "due_time", "attempts", "message", "version", "reply_code", "reply_text"),
    *("handed_over_time", "create_time", "update_time"),
)
_LINES = select(SendLine)
OLD_PACE = text("DELETE FROM send_pace WHERE second < :before")


async def counts(
    tx: Tx, activities: Sequence[UUID], *, now: datetime, known: ColumnElement[bool] | None = None
) -> dict[UUID, Counts]:
    """How many sends of each activity stand where; an activity without sends has zeros.

    `known` says whose are counted; None for everybody's. Of some alone no speed is told: it would tell of the others.
    """
    reasons: dict[UUID, dict[tuple[str, str], int]] = {activity: {} for activity in activities}
    if known is not None:
        line = SendLine
        kinds = (line.activity_id, line.state, line.reason)
        statement = select(*kinds, func.count()).where(line.activity_id.in_(activities), known)  # type: ignore[attr-defined]
        for activity, state, reason, number in await tx.execute(statement.group_by(*kinds)):
            reasons[activity][state, reason] = number
        return {activity: counted(by, rate=0.0) for activity, by in reasons.items()}
    for row in await tx.execute(COUNTS, {"activities": list(activities)}):
        reasons[row.activity_id][row.state, row.reason] = row.sends
    told = {"activities": list(activities), "since": now - PACE, "now": now, "whole": PACE.total_seconds()}
    rates = {row[0]: float(row[1]) for row in await tx.execute(RATES, told)}
    return {activity: counted(by, rate=rates.get(activity, 0.0)) for activity, by in reasons.items()}


async def forget_pace(tx: Tx, now: datetime) -> None:
    """Drop the figures that no rate is computed from any more."""
    await tx.execute(OLD_PACE, {"before": now - 10 * PACE})


async def get(tx: Tx, activity: UUID, contact: UUID, occurrence: int, *, lock: bool = False) -> Send:
    """One send; raises SendNotFoundError."""
    return await _one(
        tx,
        _LINES.where(
            SendLine.activity_id == activity, SendLine.contact_id == contact, SendLine.occurrence == occurrence
        ),
        is_locked=lock,
    )


async def of_message(tx: Tx, message: UUID, *, lock: bool = True) -> Send:
    """The send that this message is an attempt of, locked unless it is only read; raises SendNotFoundError."""
    return await _one(tx, _LINES.where(SendLine.message == message), is_locked=lock)


async def page(
    tx: Tx, activity: UUID | None, campaign: UUID | None, where: ColumnElement[bool] | None, paging: Paging
) -> tuple[list[Send], str]:
    """One page of the ledger of an activity, a campaign or all, the newest activity and contact first."""
    statement = _LINES if where is None else _LINES.where(where)
    if campaign is not None:
        statement = statement.where(SendLine.campaign_id == campaign)
    if activity is not None:
        statement = statement.where(SendLine.activity_id == activity)
    elif campaign is not None:  # the key begins with the activity; no index begins with the campaign
        ids = list(await tx.scalars(RUNS, {"campaign": campaign}))
        statement = statement.where(SendLine.activity_id.in_(ids))  # type: ignore[attr-defined]
    keys = [SendLine.activity_id, SendLine.contact_id, SendLine.occurrence]
    rows, token = await keyset_page(tx, statement, keys, paging, is_descending=True)
    return [_send(row) for row in rows], token


async def of_contacts(tx: Tx, campaign: UUID, contacts: Sequence[UUID]) -> list[Send]:
    """What became of these contacts in a campaign, the oldest activity first."""
    statement = _LINES.where(SendLine.campaign_id == campaign, SendLine.contact_id.in_(contacts))
    rows = await tx.execute(statement.order_by(SendLine.activity_id, SendLine.occurrence))
    return [_send(row) for row in rows.scalars()]


async def waiting_of(tx: Tx, contacts: Sequence[UUID], limit: int) -> list[Send]:
    """What waits for its turn for any of these contacts, the soonest first."""
    is_waiting = SendLine.state.in_((SendState.PLANNED.value, SendState.HELD.value))  # type: ignore[attr-defined]
    statement = _LINES.where(SendLine.contact_id.in_(contacts), is_waiting)  # type: ignore[attr-defined]
    rows = await tx.execute(statement.order_by(SendLine.due_time, SendLine.activity_id).limit(limit))
    return [_send(row) for row in rows.scalars()]


async def resolve(tx: Tx, send: Send, state: SendState, *, now: datetime, reason: str = "", text: str = "") -> Send:
    """Write what a report or a person says of a send that is locked; gives it as it is then."""
    told = {
        "activity": send.activity,
        "contact": send.contact,
        "occurrence": send.occurrence,
        "state": state.value,
        "reason": reason,
        "reply_text": text,
        "due_time": now if state == SendState.PLANNED else None,
        "is_handed_over": state in HANDED_OVER,
        "now": now,
    }
    await tx.execute(RESOLVE, told)
    if state == SendState.PLANNED:  # what is sent again is another mail
        await tx.execute(AGAIN, {"message": send.message})
    return await get(tx, send.activity, send.contact, send.occurrence)


async def _one(tx: Tx, statement: Any, *, is_locked: bool) -> Send:
    wanted = statement.with_for_update() if is_locked else statement
    line = (await tx.execute(wanted.execution_options(populate_existing=True))).scalar_one_or_none()
    if line is None:
        raise SendNotFoundError
    return _send(line)


def _send(line: SendLine) -> Send:
    return Send(
        activity=line.activity_id,
        contact=line.contact_id,
        campaign=line.campaign_id,
        subject=bytes(line.subject),
        state=SendState(line.state),
        **{name: getattr(line, name) for name in SAME},
    )
