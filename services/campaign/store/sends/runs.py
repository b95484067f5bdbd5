"""Letting an activity be sent, pausing, going on, cancelling; and writing its audience into the ledger."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

from services.campaign.domain.sends import Planned, Reason

OPEN = text("""
INSERT INTO send_run (activity_id, campaign_id, state, rate, slot_time, traceparent, start_time, epoch)
VALUES (:activity, :campaign, 'RUNNING', :rate, :now, :traceparent, :now,
        coalesce((SELECT epoch FROM activity WHERE id = :activity), outbox_current_epoch()))
ON CONFLICT (activity_id) DO NOTHING
""")
PLANNED_ALL = text("UPDATE send_run SET is_planned = true WHERE activity_id = :activity")
MOVE_RUNS = text("""
UPDATE send_run SET state = :after WHERE campaign_id = :campaign AND state = ANY (CAST(:before AS text[]))
""")
RESUME = text("""
UPDATE send_run SET state = 'RUNNING', start_time = :now WHERE campaign_id = :campaign AND state = 'PAUSED'
""")
RUN_STATE = text("SELECT state FROM send_run WHERE activity_id = :activity FOR SHARE")

# The second record of an address is planned as suppressed, in one statement for the whole chunk: first among those who
# come together (the smallest contact id), then against those who are there already.
PLAN = text("""
WITH given AS (
    SELECT * FROM unnest(CAST(:contacts AS uuid[]), CAST(:subjects AS bytea[]), CAST(:addresses AS text[]),
                         CAST(:reasons AS text[])) AS g (contact_id, subject, address, reason)
), fresh AS (
    SELECT g.*, row_number() OVER (PARTITION BY g.subject, g.reason = '' ORDER BY g.contact_id) AS place
    FROM given g WHERE NOT EXISTS (
        SELECT FROM send s
        WHERE s.activity_id = :activity AND s.contact_id = g.contact_id AND s.occurrence = :occurrence)
), judged AS (
    SELECT f.contact_id, f.subject, f.address, CASE WHEN f.reason <> '' THEN f.reason WHEN f.place > 1 OR EXISTS (
        SELECT FROM send s
        WHERE s.activity_id = :activity AND s.subject = f.subject AND s.occurrence = :occurrence AND s.is_mail)
        THEN :same ELSE '' END AS reason
    FROM fresh f
)
INSERT INTO send (activity_id, contact_id, occurrence, campaign_id, subject, address, state, reason, is_mail, due_time,
                  create_time, update_time)
SELECT :activity, contact_id, :occurrence, :campaign, subject, address,
       CASE WHEN reason = '' THEN 'PLANNED' ELSE 'SUPPRESSED' END, reason, reason = '',
       CASE WHEN reason = '' THEN CAST(:now AS timestamptz) END, :now, :now
FROM judged ORDER BY contact_id
ON CONFLICT (activity_id, contact_id, occurrence) DO NOTHING
RETURNING contact_id, subject, address, reason
""")
CANCEL = text("""
WITH waiting AS (
    SELECT activity_id, contact_id, occurrence FROM send
    WHERE activity_id = :activity AND due_time IS NOT NULL LIMIT :size FOR UPDATE SKIP LOCKED
)
UPDATE send s SET state = 'CANCELLED', reason = '', due_time = NULL, update_time = :now FROM waiting w
WHERE s.activity_id = w.activity_id AND s.contact_id = w.contact_id AND s.occurrence = w.occurrence
RETURNING s.contact_id, s.subject, s.address
""")
STILL_WAITING = text("""
SELECT r.activity_id FROM send_run r WHERE r.state = 'CANCELLED'
    AND EXISTS (SELECT FROM send s WHERE s.activity_id = r.activity_id AND s.due_time IS NOT NULL) LIMIT 1
""")
FINISHED = text("""
UPDATE send_run r SET state = 'DONE' WHERE r.state = 'RUNNING' AND r.is_planned AND coalesce((
    SELECT sum(c.sends) FROM send_count c
    WHERE c.activity_id = r.activity_id AND c.state IN ('PLANNED', 'HELD', 'CLAIMED')), 0) = 0
RETURNING r.activity_id, r.campaign_id
""")
REOPEN = text("UPDATE send_run SET state = :after WHERE activity_id = :activity AND state = 'DONE'")
FINISHING = text("""
SELECT DISTINCT r.campaign_id FROM campaign c JOIN send_run r ON r.campaign_id = c.id
WHERE c.state = 'RUNNING' AND r.state = 'DONE'
""")


async def open_run(tx: Tx, activity: UUID, campaign: UUID, *, rate: int, traceparent: str, now: datetime) -> None:
    """Let an activity be sent, at most `rate` mails a second (0: as fast as the server takes them).

    `traceparent` is the launch's, so that its spans join. Doing it again changes nothing. One that is older than a
    restore of the database waits until its ledger was compared (`restoring`): it may have been sent by then.
    """
    told = {"activity": activity, "campaign": campaign, "rate": rate, "traceparent": traceparent, "now": now}
    await tx.execute(OPEN, told)


async def end_planning(tx: Tx, activity: UUID) -> None:
    """Say that everyone is planned: from now on the activity is done when nothing is left to do."""
    await tx.execute(PLANNED_ALL, {"activity": activity})


async def pause(tx: Tx, campaign: UUID) -> None:
    """Take nothing more of a campaign. What is on its way to the mail server is not called back."""
    await _move_runs(tx, campaign, ["RUNNING"], "PAUSED")


async def resume(tx: Tx, campaign: UUID, *, now: datetime) -> None:
    """Go on with a paused campaign."""
    await tx.execute(RESUME, {"campaign": campaign, "now": now})


async def cancel(tx: Tx, campaign: UUID) -> None:
    """Send nothing more of a campaign, for good, whoever comes back to an activity that was done.

    What is on its way to the mail server is not called back.
    """
    await _move_runs(tx, campaign, ["RUNNING", "PAUSED", "DONE"], "CANCELLED")


async def still_waiting(tx: Tx) -> UUID | None:
    """A cancelled activity with sends that are planned or held still, or came back to it; None when there is none."""
    found: UUID | None = await tx.scalar(STILL_WAITING)
    return found


async def cancel_waiting(tx: Tx, activity: UUID, size: int, *, now: datetime) -> list[Planned]:
    """Cancel at most so many sends of a cancelled activity that are planned or held; gives them."""
    rows = await tx.execute(CANCEL, {"activity": activity, "size": size, "now": now})
    return [Planned(contact=row[0], subject=row[1], address=row[2]) for row in rows]


async def finish(tx: Tx) -> list[tuple[UUID, UUID]]:
    """Mark the activities of which nothing is left to send as done; gives them as (activity, campaign)."""
    return [(row.activity_id, row.campaign_id) for row in await tx.execute(FINISHED)]


async def finishing(tx: Tx) -> list[UUID]:
    """Running campaigns with an activity that is done."""
    return list(await tx.scalars(FINISHING))


async def reopen(tx: Tx, activity: UUID, *, is_paused: bool) -> None:
    """Let an activity that was done be sent again, once its campaign goes on: somebody came back into it."""
    await tx.execute(REOPEN, {"activity": activity, "after": "PAUSED" if is_paused else "RUNNING"})


async def run_state(tx: Tx, activity: UUID) -> str:
    """RUNNING, PAUSED, CANCELLED or DONE, and stays so until the transaction ends; empty if never launched."""
    return str(await tx.scalar(RUN_STATE, {"activity": activity}) or "")


async def plan(
    tx: Tx, activity: UUID, campaign: UUID, occurrence: int, people: Sequence[Planned], *, now: datetime
) -> list[Planned]:
    """Write a chunk of an audience into the ledger (at most 10,000 at once); gives those who were not in it before.

    Whoever comes with a reason is suppressed for it; the second record of an address is suppressed as SAME_ADDRESS,
    within the chunk and against earlier ones. Planning somebody again changes nothing. A cancelled activity takes
    nobody. One planner at a time for an activity: the caller holds a lock on it.
    """
    if not people or await run_state(tx, activity) in {"CANCELLED", ""}:
        return []
    told = {
        "activity": activity,
        "campaign": campaign,
        "occurrence": occurrence,
        "now": now,
        "same": Reason.SAME_ADDRESS.value,
        "contacts": [person.contact for person in people],
        "subjects": [person.subject for person in people],
        "addresses": [person.address for person in people],
        "reasons": [str(person.reason) for person in people],
    }
    rows = await tx.execute(PLAN, told)
    return [Planned(contact=row[0], subject=row[1], address=row[2], reason=row[3]) for row in rows]


async def _move_runs(tx: Tx, campaign: UUID, before: Sequence[str], after: str) -> None:
    await tx.execute(MOVE_RUNS, {"campaign": campaign, "before": list(before), "after": after})
