"""What bars what is otherwise done with a person: a restriction bars the use of her data, a hold bars deleting it."""

from datetime import datetime
from typing import NamedTuple
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


class Bar(NamedTuple):
    """A kind of bar: the columns of a contact that say it, and what the audit log calls laying and lifting it."""

    columns: tuple[str, str, str]  # since when, why, who laid it
    laid: str
    lifted: str


RESTRICTION = Bar(
    ("restrict_time", "restrict_reason", "restrict_actor"), "contact.restrict", "contact.lift_restriction"
)
HOLD = Bar(("hold_time", "hold_reason", "hold_actor"), "contact.hold", "contact.release")


async def lay(tx: Tx, bar: Bar, contact_id: UUID, *, reason: str, etag: str, viewer: Viewer, now: datetime) -> Contact:
    """From now on nothing is sent to her and no rule looks at her; or nothing of her is deleted, whoever asks."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if not _lies(contact, bar):
        await _say(tx, contact, bar, (now, reason, viewer.user), now)
        await _note(tx, contact, bar.laid, reason, viewer, now)
    return contact


async def lift(
    tx: Tx, bar: Bar, contact_id: UUID, *, reason: str, etag: str, subjects: Subjects, viewer: Viewer, now: datetime
) -> Contact:
    """What it barred may be done again; what waited for a hold goes on, an erasure among it."""
    contact = await _lock(tx, contact_id, etag, viewer)
    if _lies(contact, bar):
        await _say(tx, contact, bar, (None, "", ""), now)
        await _note(tx, contact, bar.lifted, reason, viewer, now)
        if bar is HOLD:
            await resume_erasure(tx, contact, subjects=subjects, now=now)
    return contact


def _lies(contact: Contact, bar: Bar) -> bool:
    return getattr(contact, bar.columns[0]) is not None


async def _say(tx: Tx, contact: Contact, bar: Bar, values: tuple[datetime | None, str, str], now: datetime) -> None:
    for column, value in zip(bar.columns, values, strict=True):
        setattr(contact, column, value)
    revise(tx, contact, now)
    await tx.flush()


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
