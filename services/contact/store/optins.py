"""Requests to confirm a consent."""

from uuid import UUID

from chassis.db import Tx
from sqlalchemy import select, text
from sqlmodel import col

from services.contact.domain.errors import OptInNotFoundError
from services.contact.domain.optins import OptInState
from services.contact.models import OPT_IN, OptIn

# Whoever asks for one address takes its bucket, so that two calls at once do not make two requests.
LOCK = text("SELECT pg_advisory_xact_lock(7104, :bucket)")


async def lock_address(tx: Tx, subject: bytes) -> None:
    """Until the end of this transaction nobody else asks this address."""
    await tx.execute(LOCK, {"bucket": int.from_bytes(subject[:2], "big")})


async def find_waiting(tx: Tx, subject: bytes, purpose: str, topic: str) -> OptIn | None:
    """The request that was not answered yet, locked; it may have run out."""
    statement = select(OptIn).where(
        col(OptIn.subject) == subject,
        col(OptIn.purpose) == purpose,
        col(OptIn.topic) == topic,
        col(OptIn.state) == OptInState.WAITING,
    )
    found: OptIn | None = await tx.scalar(statement.with_for_update())
    return found


async def get_opt_in(tx: Tx, opt_in_id: UUID, *, lock: bool = False) -> OptIn:
    """One request."""
    found = await tx.get(OptIn, opt_in_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise OptInNotFoundError(opt_in=OPT_IN.format(opt_in_id))
    return found
