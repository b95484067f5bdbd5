"""The audit log: appended, each entry linked to the one before, one writer at a time; listed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from chassis import audit, chain
from chassis.anchoring import find_head
from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, select, text

from services.contact.models import AuditEntry

LOCK = text("SELECT pg_advisory_xact_lock(7103, 0)")
FORGET = text("""UPDATE audit_entry SET reason = '', reason_salt = ''
WHERE resource = ANY (CAST(:resources AS text[])) AND reason_hash <> ''""")
FORGET_LIFTS = text("""UPDATE audit_entry SET reason = '', reason_salt = ''
WHERE resource IN (SELECT 'suppressions/' || id FROM suppression WHERE subject = ANY (:subjects))
AND reason_hash <> ''""")
ERASED = text("""SELECT DISTINCT 'contacts/' || contact FROM erasure, unnest(contacts) AS contact
WHERE erase_time IS NOT NULL
UNION SELECT 'suppressions/' || suppression.id FROM suppression
JOIN erased_subject ON erased_subject.subject = suppression.subject WHERE NOT erased_subject.is_shared""")


async def insert_audit_entry(tx: Tx, *, time: datetime, actor: str, action: str, resource: str, reason: str) -> None:
    """Append one entry to the chain."""
    await tx.execute(LOCK)
    head = await find_head(tx)
    salt, hashed = audit.new_reason(reason)
    told = audit.Entry(head.number + 1, time, actor, action, resource, reason, hashed, salt, b"")
    entry = AuditEntry(
        number=told.number,
        time=time,
        actor=actor,
        action=action,
        resource=resource,
        reason=reason,
        reason_hash=hashed,
        reason_salt=salt,
        previous_hash=head.digest,
        hash=chain.link(head.digest, audit.record_of(told)),
    )
    tx.add(entry)
    await tx.flush()


async def forget_reasons(tx: Tx, resources: Collection[str], subjects: Collection[bytes] = ()) -> int:
    """Delete why these were looked at, and these subjects' suppressions lifted; who did it, and when, stays."""
    found = await tx.execute(FORGET, {"resources": list(resources)})
    lifts = await tx.execute(FORGET_LIFTS, {"subjects": list(subjects)})
    return int(found.rowcount) + int(lifts.rowcount)  # type: ignore[attr-defined]


async def list_entries(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], paging: Paging, *, is_descending: bool
) -> tuple[list[AuditEntry], str]:
    """One page of the log."""
    statement = select(AuditEntry).where(*conditions)
    return await keyset_page(tx, statement, [AuditEntry.number], paging, is_descending=is_descending)


async def list_erased(tx: Tx) -> set[str]:
    """The contacts that are erased, and the suppressions of addresses that only they held."""
    return set((await tx.execute(ERASED)).scalars())


def entry_of(row: AuditEntry, *, is_erased: bool = False) -> audit.Entry:
    """A row as it is verified."""
    return audit.Entry(
        number=row.number,
        time=row.time,
        actor=row.actor,
        action=row.action,
        resource=row.resource,
        reason=row.reason,
        reason_hash=bytes(row.reason_hash),
        reason_salt=bytes(row.reason_salt),
        digest=bytes(row.hash),
        is_erased=is_erased,
        previous=bytes(row.previous_hash),
    )
