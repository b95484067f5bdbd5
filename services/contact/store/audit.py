"""The audit log: appended, each entry hashed over the one before, one writer at a time."""

import hashlib
import json
from datetime import datetime

from chassis.db import Tx
from sqlalchemy import select, text
from sqlmodel import col

from services.contact.models import AuditEntry

LOCK = text("SELECT pg_advisory_xact_lock(7103, 0)")
FIRST = bytes(32)


async def insert_audit_entry(tx: Tx, *, time: datetime, actor: str, action: str, resource: str, reason: str) -> None:
    """Append one entry to the chain."""
    await tx.execute(LOCK)
    last: AuditEntry | None = await tx.scalar(select(AuditEntry).order_by(col(AuditEntry.number).desc()).limit(1))
    entry = AuditEntry(
        number=last.number + 1 if last else 1,
        time=time,
        actor=actor,
        action=action,
        resource=resource,
        reason=reason,
        previous_hash=last.hash if last else FIRST,
        hash=b"",
    )
    entry.hash = chain_hash(entry)
    tx.add(entry)
    await tx.flush()


def chain_hash(entry: AuditEntry) -> bytes:
    """The hash of an entry over its content and the entry before."""
    told = [entry.number, entry.time.isoformat(), entry.actor, entry.action, entry.resource, entry.reason]
    return hashlib.sha256(entry.previous_hash + json.dumps(told).encode()).digest()
