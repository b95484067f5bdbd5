"""Claiming under a lease, settling, putting back, releasing: what a sender does with the ledger, a batch at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

from services.campaign.domain.sends import Batch, Claimed, SendState, Settled

SLICE = 0.2  # of a second: how much of a throttled activity one claim may take
CLAIMED = ("contact", "occurrence", "subject", "address", "attempts", "message", "was_held")
READY = text("""
SELECT r.activity_id, r.slot_time FROM send_run r
WHERE r.state = 'RUNNING' AND r.epoch = (SELECT outbox_current_epoch()) AND EXISTS (
    SELECT FROM send s WHERE s.activity_id = r.activity_id AND s.due_time <= :now)
ORDER BY r.slot_time, r.activity_id
""")
SLOT = text("""
SELECT campaign_id, rate, traceparent FROM send_run
WHERE activity_id = :activity AND state = 'RUNNING' AND slot_time <= :now AND epoch = (SELECT outbox_current_epoch())
FOR NO KEY UPDATE
""")
LOOK = text("""
SELECT campaign_id, rate, traceparent FROM send_run
WHERE activity_id = :activity AND state = 'RUNNING' AND slot_time <= :now AND epoch = (SELECT outbox_current_epoch())
""")
TAKE_SLOT = text("""
UPDATE send_run SET
    slot_time = greatest(slot_time, CAST(:now AS timestamptz) - interval '1 second') + CAST(:cost AS interval)
WHERE activity_id = :activity
""")
TAKE = text("""
WITH due AS (
    SELECT activity_id, contact_id, occurrence FROM send
    WHERE activity_id = :activity AND due_time <= :now ORDER BY due_time LIMIT :size FOR UPDATE SKIP LOCKED
), picked AS (
    SELECT due.*, row_number() OVER () AS place FROM due
)
UPDATE send s SET
    state = 'CLAIMED', due_time = NULL, batch_id = :batch, message = m.message, update_time = :now
FROM picked p JOIN unnest(CAST(:messages AS uuid[])) WITH ORDINALITY AS m (message, place) USING (place)
WHERE s.activity_id = p.activity_id AND s.contact_id = p.contact_id AND s.occurrence = p.occurrence
RETURNING s.contact_id, s.occurrence, s.subject, s.address, s.attempts, s.message, s.reason
""")
LEASE = text(
    "INSERT INTO send_batch (id, activity_id, owner, lease_time) VALUES (:batch, :activity, :owner, :lease_time)"
)
RENEW = text("UPDATE send_batch SET lease_time = :lease_time WHERE id = ANY (CAST(:batches AS uuid[]))")
BEGIN = text("""
UPDATE send_batch b SET data_begun = true, lease_time = :lease_time FROM send_run r
WHERE b.id = :batch AND b.owner = :owner AND r.activity_id = b.activity_id AND r.state = 'RUNNING'
  AND r.epoch = (SELECT outbox_current_epoch())
""")
END_BATCH = text("DELETE FROM send_batch WHERE id = :batch")

# Mails are kept in the same statement. Only who was erased meanwhile has an empty address: of her nothing is kept.
# UNKNOWN comes twice where a commit's answer was lost.
SETTLE = text("""
WITH moved AS (
    UPDATE send s SET
        state = o.state, reason = o.reason, is_mail = o.state <> 'SUPPRESSED', due_time = o.due_time,
        attempts = o.attempts, version = o.version, reply_code = o.reply_code, reply_text = o.reply_text,
        handed_over_time = CASE WHEN o.state = 'HANDED_OVER' THEN CAST(:now AS timestamptz) END, update_time = :now
    FROM unnest(CAST(:messages AS uuid[]), CAST(:states AS text[]),
                CAST(:reasons AS text[]), CAST(:due_times AS timestamptz[]), CAST(:attempts AS smallint[]),
                CAST(:versions AS integer[]), CAST(:codes AS smallint[]), CAST(:texts AS text[]),
                CAST(:mails AS bytea[]))
         AS o (message, state, reason, due_time, attempts, version, reply_code, reply_text, mail)
    WHERE s.activity_id = :activity AND s.message = o.message AND s.state IN ('CLAIMED', 'UNKNOWN')
    RETURNING s.message, s.state, s.address, o.mail
), kept AS (
    INSERT INTO sent_mail (message, mail) SELECT message, mail FROM moved WHERE mail <> '' AND address <> ''
    ON CONFLICT DO NOTHING
)
SELECT message, state FROM moved
""")
PACED = text("""
INSERT INTO send_pace AS kept (activity_id, second, shard, sends)
VALUES (:activity, date_trunc('second', CAST(:now AS timestamptz)), pg_backend_pid() % 64, :sends)
ON CONFLICT (activity_id, second, shard) DO UPDATE SET sends = kept.sends + EXCLUDED.sends
""")
OVER = text("""
SELECT id, data_begun FROM send_batch WHERE lease_time < :now
ORDER BY lease_time LIMIT 1 FOR UPDATE SKIP LOCKED
""")
PUT_BACK = text("""
UPDATE send SET state = CASE WHEN reason IN ('', 'RETRY') THEN 'PLANNED' ELSE 'HELD' END, due_time = :now,
    update_time = :now
WHERE batch_id = :batch AND state = 'CLAIMED'
""")
FORGET = text("""
UPDATE send SET state = 'UNKNOWN', reason = '', update_time = :now WHERE batch_id = :batch AND state = 'CLAIMED'
""")
RELEASE = text("""
UPDATE send SET due_time = :now, update_time = :now
WHERE state = 'HELD' AND reason = ANY (CAST(:reasons AS text[])) AND due_time > :now
  AND (CAST(:contacts AS uuid[]) IS NULL OR contact_id = ANY (CAST(:contacts AS uuid[])))
""")


async def ready(tx: Tx, now: datetime) -> list[tuple[UUID, datetime]]:
    """The activities with sends that are due, and when the next of each may be claimed: a throttle can put that off."""
    return [(row.activity_id, row.slot_time) for row in await tx.execute(READY, {"now": now})]


async def claim(
    tx: Tx, activity: UUID, batch: UUID, messages: Sequence[UUID], *, owner: str, lease: timedelta, now: datetime
) -> Batch | None:
    """Take at most as many due sends as there are fresh message ids, under a lease; None when there is nothing to take.

    A throttled activity gives a fifth of a second's worth at most, and then waits for as long as that takes.
    """
    told: dict[str, Any] = {"activity": activity, "now": now}
    run = (await tx.execute(LOOK, told)).one_or_none()
    if run is not None and run.rate:
        run = (await tx.execute(SLOT, told)).one_or_none()
    if run is None:
        return None
    size = min(len(messages), max(1, int(run.rate * SLICE))) if run.rate else len(messages)
    rows = await tx.execute(TAKE, told | {"size": size, "batch": batch, "messages": list(messages[:size])})
    sends = tuple(Claimed(**dict(zip(CLAIMED, row, strict=True))) for row in rows)
    if not sends:
        return None
    await tx.execute(LEASE, told | {"batch": batch, "owner": owner, "lease_time": now + lease})
    if run.rate:
        await tx.execute(TAKE_SLOT, told | {"cost": timedelta(seconds=len(sends) / run.rate)})
    return Batch(id=batch, activity=activity, campaign=run.campaign_id, traceparent=run.traceparent, sends=sends)


async def begin(tx: Tx, batch: UUID, *, owner: str, lease: timedelta, now: datetime) -> bool:
    """Note that DATA may leave from now on. False: the lease is lost or the campaign paused."""
    told = {"batch": batch, "owner": owner, "lease_time": now + lease}
    return bool((await tx.execute(BEGIN, told)).rowcount)


async def renew(tx: Tx, batches: Sequence[UUID], *, lease: timedelta, now: datetime) -> None:
    """Keep these batches for longer; one that was lost stays lost."""
    await tx.execute(RENEW, {"batches": list(batches), "lease_time": now + lease})


async def settle(
    tx: Tx, activity: UUID, settled: Sequence[Settled], *, now: datetime, batch: UUID | None = None
) -> dict[UUID, SendState]:
    """Write what became of claimed sends; gives the state of those that were still ours, by message.

    A send that a report or a person has settled meanwhile stays as it is, and is missing in the answer. `batch` is
    given back with it, when these are its last.
    """
    if batch is not None:
        await end_batch(tx, batch)
    rows = await tx.execute(SETTLE, {"activity": activity, "now": now} | _columns(settled))
    moved = {row[0]: SendState(row[1]) for row in rows}
    handed_over = sum(state == SendState.HANDED_OVER for state in moved.values())
    if handed_over:
        await tx.execute(PACED, {"activity": activity, "now": now, "sends": handed_over})
    return moved


def _columns(settled: Sequence[Settled]) -> dict[str, list[Any]]:
    return {
        "messages": [each.message for each in settled],
        "states": [each.state.value for each in settled],
        "reasons": [str(each.reason) for each in settled],
        "due_times": [each.due_time for each in settled],
        "attempts": [each.attempts for each in settled],
        "versions": [each.version for each in settled],
        "codes": [each.reply_code for each in settled],
        "texts": [each.reply_text for each in settled],
        "mails": [each.mail for each in settled],
    }


async def end_batch(tx: Tx, batch: UUID) -> None:
    """Give a lease back."""
    await tx.execute(END_BATCH, {"batch": batch})


async def put_back(tx: Tx, batch: UUID, *, data_begun: bool, now: datetime) -> int:
    """Undo a claim: its sends are planned or held as before if no DATA left, else are UNKNOWN; gives their number."""
    await end_batch(tx, batch)
    return (await tx.execute(FORGET if data_begun else PUT_BACK, {"batch": batch, "now": now})).rowcount


async def expire(tx: Tx, *, now: datetime) -> UUID | None:
    """Put back one batch whose lease is over; gives its id, None when there is none. Two at once are harmless."""
    over = (await tx.execute(OVER, {"now": now})).one_or_none()
    if over is None:
        return None
    await put_back(tx, over.id, data_begun=over.data_begun, now=now)
    return UUID(str(over.id))


async def release(tx: Tx, reasons: Iterable[str], *, now: datetime, contacts: Sequence[UUID] | None = None) -> int:
    """Look at once at what is held for these reasons (of these contacts only, if given); gives their number."""
    told = {"reasons": list(reasons), "contacts": None if contacts is None else list(contacts), "now": now}
    return (await tx.execute(RELEASE, told)).rowcount
