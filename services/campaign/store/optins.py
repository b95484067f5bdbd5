"""Mails that ask for a confirmation, on their way: written by the consumer, claimed by whoever sends."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import select, text
from sqlmodel import col

from services.campaign.domain.optins import AT_ONCE, LEASE, OptInMail, OptInMailState
from services.campaign.domain.senders import SenderState
from services.campaign.models import Sender

KEEP = """
INSERT INTO opt_in_mail (opt_in_id, number, message, expire_time, due_time)
VALUES (%(opt_in_id)s, %(number)s, %(message)s, %(expire_time)s, now()) ON CONFLICT DO NOTHING
"""
CLAIM = text("""
UPDATE opt_in_mail SET due_time = :until WHERE (opt_in_id, number) IN (
    SELECT opt_in_id, number FROM opt_in_mail WHERE state = 'WAITING' AND due_time <= :now
    ORDER BY due_time LIMIT :most FOR UPDATE SKIP LOCKED
) RETURNING opt_in_id, number, message, expire_time
""")
SETTLE = text("""
UPDATE opt_in_mail SET state = :state, reason = :reason, due_time = :due_time
WHERE opt_in_id = :opt_in_id AND number = :number AND state = 'WAITING' RETURNING number
""")


async def claim(tx: Tx, now: datetime) -> list[OptInMail]:
    """The mails whose turn it is, at most 20; nobody else is given them for a minute."""
    rows = await tx.execute(CLAIM, {"now": now, "until": now + LEASE, "most": AT_ONCE})
    return [OptInMail(*row) for row in rows]


async def settle(
    tx: Tx, mail: OptInMail, state: OptInMailState, reason: str = "", *, due_time: datetime | None = None
) -> bool:
    """Note what became of a mail; False where somebody else has."""
    told = {"state": state.value, "reason": reason, "due_time": due_time or mail.expire_time}
    found = await tx.execute(SETTLE, told | {"opt_in_id": mail.opt_in, "number": mail.number})
    return found.scalar_one_or_none() is not None


async def find_sender(tx: Tx, sender_id: UUID | None) -> Sender | None:
    """The sender that was asked for, or the oldest one; only if it is verified."""
    statement = select(Sender).where(col(Sender.state) == SenderState.VERIFIED).order_by(col(Sender.id)).limit(1)
    if sender_id is not None:
        statement = statement.where(col(Sender.id) == sender_id)
    found: Sender | None = await tx.scalar(statement)
    return found
