"""Mails as they went out, by message. They are kept as the ledger settles."""

from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

FIND = text("SELECT mail FROM sent_mail WHERE message = :message")


async def find(tx: Tx, message: UUID) -> bytes | None:
    """A mail as it went out, packed; None where it is not kept."""
    found: bytes | None = await tx.scalar(FIND, {"message": message})
    return found
