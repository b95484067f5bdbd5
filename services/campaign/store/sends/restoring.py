"""Ledgers in a database that was restored: which are older than that, and what is written when one is compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

from services.campaign.domain.restoring import Compared, Open

# Runs that nothing is claimed of, and everybody of whom is planned. The second column is the epoch of this moment.
TO_COMPARE = text("""
SELECT r.activity_id, r.campaign_id, now_in.epoch FROM send_run r, (SELECT outbox_current_epoch() AS epoch) now_in
WHERE r.state IN ('RUNNING', 'PAUSED') AND r.epoch <> now_in.epoch AND r.is_planned
ORDER BY r.activity_id
""")
STILL = text("""
SELECT count(*) FROM send_run WHERE state IN ('RUNNING', 'PAUSED') AND epoch <> (SELECT outbox_current_epoch())
""")
OPEN_STATES = "('PLANNED', 'HELD', 'CLAIMED', 'UNKNOWN')"
PAGE = text(f"""
SELECT contact_id, occurrence, subject, state, due_time, message FROM send
WHERE activity_id = :activity AND state IN {OPEN_STATES} AND (contact_id, occurrence) > (:contact, :occurrence)
ORDER BY contact_id, occurrence LIMIT :size
""")  # noqa: S608 - our own names of states
WRITE = text(f"""
UPDATE send s SET state = o.state, reason = o.reason, message = o.message, due_time = NULL,
    is_mail = o.state <> 'SUPPRESSED', handed_over_time = o.handed_over_time, update_time = :now
FROM unnest(CAST(:contacts AS uuid[]), CAST(:occurrences AS integer[]), CAST(:states AS text[]),
            CAST(:reasons AS text[]), CAST(:messages AS uuid[]), CAST(:moments AS timestamptz[]))
     AS o (contact_id, occurrence, state, reason, message, handed_over_time)
WHERE s.activity_id = :activity AND s.contact_id = o.contact_id AND s.occurrence = o.occurrence
  AND s.state IN {OPEN_STATES}
""")  # noqa: S608 - our own names of states
WHOLE = text("UPDATE send_run SET epoch = :epoch WHERE activity_id = :activity")
FIRST = (UUID(int=0), 0)


class Stale(NamedTuple):
    """An activity whose ledger is older than the database's restore, and the epoch that began with it."""

    activity: UUID
    campaign: UUID
    epoch: int


async def stale(tx: Tx) -> list[Stale]:
    """The activities to compare, those that are planned to their end."""
    return [Stale(*row) for row in await tx.execute(TO_COMPARE)]


async def count_stale(tx: Tx) -> int:
    """How many activities send nothing until they are compared, also those that are being planned."""
    return int(await tx.scalar(STILL) or 0)


async def open_lines(tx: Tx, activity: UUID, after: tuple[UUID, int], size: int) -> list[Open]:
    """At most so many lines that have no end, behind one of them."""
    told = {"activity": activity, "contact": after[0], "occurrence": after[1], "size": size}
    return [Open(row[0], row[1], bytes(row[2]), *row[3:]) for row in await tx.execute(PAGE, told)]


async def write_compared(tx: Tx, activity: UUID, compared: Sequence[Compared], *, now: datetime) -> None:
    """Write these ends; a line that has got one meanwhile keeps it."""
    told = {
        "contacts": [each.contact for each in compared],
        "occurrences": [each.occurrence for each in compared],
        "states": [each.state.value for each in compared],
        "reasons": [str(each.reason) for each in compared],
        "messages": [each.message for each in compared],
        "moments": [each.handed_over_time for each in compared],
    }
    await tx.execute(WRITE, told | {"activity": activity, "now": now})


async def note_whole(tx: Tx, found: Stale) -> None:
    """Let the activity be sent; one whose database went back once more meanwhile stays stale."""
    await tx.execute(WHOLE, {"epoch": found.epoch, "activity": found.activity})
