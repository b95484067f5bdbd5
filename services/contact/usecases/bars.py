"""What bars what is otherwise done with a person: a restriction bars the use of her data, a hold bars deleting it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.db import Tx
from chassis.resources import check_etag
from identity import Subjects

from services.contact.domain import contacts as rules
from services.contact.domain.contacts import State, Viewer
from services.contact.domain.errors import MergeConflictError
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
    """From now on nothing is sent to her and no rule looks at her; or nothing of her is deleted, whoever asks.

    A hold may be laid on who was merged into another, too: it lies on that contact, and holds the whole person while
    they are one.
    """
    contact, person = await _lock(tx, bar, contact_id, etag, viewer)
    if not _lies(contact, bar):
        await _say(tx, contact, bar, (now, reason, viewer.user), now)
        await _tell(tx, person, contact, now)
        await _note(tx, contact, bar.laid, reason, viewer, now)
    return person


async def lift(
    tx: Tx, bar: Bar, contact_id: UUID, *, reason: str, etag: str, subjects: Subjects, viewer: Viewer, now: datetime
) -> Contact:
    """What it barred may be done again; what waited for a hold goes on, an erasure among it.

    Asked for who stands for the person, every hold of those merged there is lifted; for one of those, only its own.
    """
    contact, person = await _lock(tx, bar, contact_id, etag, viewer)
    members = [contact] if contact is not person or bar is not HOLD else await _list_merged(tx, person)
    for each in members:
        if _lies(each, bar):
            await _say(tx, each, bar, (None, "", ""), now)
            await _tell(tx, person, each, now)
            await _note(tx, each, bar.lifted, reason, viewer, now)
    for each in members if bar is HOLD else ():
        await resume_erasure(tx, each, subjects=subjects, now=now)
    return person


async def _list_merged(tx: Tx, person: Contact) -> list[Contact]:
    """Everybody who is this person, locked, who stands for it first."""
    members = (await store.list_members(tx, [person.id]))[person.id]
    found = await store.lock_contacts(tx, members)
    return sorted(found.values(), key=lambda each: (each.id != person.id, each.id))


def _lies(contact: Contact, bar: Bar) -> bool:
    return getattr(contact, bar.columns[0]) is not None


async def _say(tx: Tx, contact: Contact, bar: Bar, values: tuple[datetime | None, str, str], now: datetime) -> None:
    for column, value in zip(bar.columns, values, strict=True):
        setattr(contact, column, value)
    revise(tx, contact, now)
    await tx.flush()


async def _tell(tx: Tx, person: Contact, contact: Contact, now: datetime) -> None:
    """Say that the person is held otherwise than before, where the hold lies on somebody merged there."""
    if person is not contact:
        revise(tx, person, now)
        await tx.flush()


async def _lock(tx: Tx, bar: Bar, contact_id: UUID, etag: str, viewer: Viewer) -> tuple[Contact, Contact]:
    """The contact that is meant, and the one that stands for the person, of which the caller knows the etag."""
    root = contact_id
    if bar is HOLD:
        await store.get_contact(tx, contact_id)
        root = (await store.list_survivors(tx, [contact_id]))[contact_id]
    found = await store.lock_contacts(tx, [contact_id, root])
    contact, person = found[contact_id], found[root]
    check_known(person, viewer)
    check_etag(person, etag)
    if bar is not HOLD or person.state != State.DELETED:  # whoever is deleted goes after 30 days, unless held
        rules.check_active(person.state, person.name)
    check_sees(person, viewer)
    if contact.state == State.MERGED and (await store.list_survivors(tx, [contact_id]))[contact_id] != root:
        raise MergeConflictError(contact=contact.name)
    return contact, person


async def _note(  # noqa: PLR0917 - one entry
    tx: Tx, contact: Contact, action: str, reason: str, viewer: Viewer, now: datetime
) -> None:
    await audit.insert_audit_entry(tx, time=now, actor=viewer.user, action=action, resource=contact.name, reason=reason)
