"""What bars what is otherwise done with a person: a restriction bars the use of her data, a hold bars deleting it."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.resources import check_etag
from identity import Subjects

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import Viewer
from services.contact.models import Contact
from services.contact.store import audit
from services.contact.store import contacts as store
from services.contact.usecases.changes import check_known, check_sees, revise
from services.contact.usecases.erasures import resume_erasure


async def restrict_contact(
    tx: Tx, contact_id: UUID, *, reason: str, etag: str, viewer: Viewer, now: datetime
) -> Contact:
    """From now on nothing is sent to her, and no rule looks at her."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if contact.restrict_time is None:
        contact.restrict_time, contact.restrict_reason, contact.restrict_actor = now, reason, viewer.user
        revise(tx, contact, now)
        await _note(tx, contact, "contact.restrict", reason, viewer, now)
    return contact


async def lift_restriction(tx: Tx, contact_id: UUID, *, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """What her consent allows may be done again."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if contact.restrict_time is not None:
        contact.restrict_time, contact.restrict_reason, contact.restrict_actor = None, "", ""
        revise(tx, contact, now)
        await _note(tx, contact, "contact.lift_restriction", "", viewer, now)
    return contact


async def hold_contact(tx: Tx, contact_id: UUID, *, reason: str, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """From now on nothing of her is deleted, whoever asks."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if contact.hold_time is None:
        contact.hold_time, contact.hold_reason, contact.hold_actor = now, reason, viewer.user
        revise(tx, contact, now)
        await _note(tx, contact, "contact.hold", reason, viewer, now)
    return contact


async def release_contact(
    tx: Tx, contact_id: UUID, *, etag: str, subjects: Subjects, viewer: Viewer, now: datetime
) -> Contact:
    """What waited for the hold goes on, an erasure among it."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if contact.hold_time is not None:
        contact.hold_time, contact.hold_reason, contact.hold_actor = None, "", ""
        revise(tx, contact, now)
        await _note(tx, contact, "contact.release", "", viewer, now)
        await tx.flush()
        await resume_erasure(tx, contact, subjects=subjects, now=now)
    return contact


async def _lock(tx: Tx, contact_id: UUID, etag: str, viewer: Viewer) -> Contact:
    contact = await store.lock_contact(tx, contact_id)
    check_known(contact, viewer)
    check_etag(contact, etag)
    rules.check_active(contact.state, contact.name)
    check_sees(contact, viewer)
    return contact


async def _note(  # noqa: PLR0917 - one entry
    tx: Tx, contact: Contact, action: str, reason: str, viewer: Viewer, now: datetime
) -> None:
    await audit.insert_audit_entry(tx, time=now, actor=viewer.user, action=action, resource=contact.name, reason=reason)
