"""Exporting a person: who may, and that it is written down before anything is read."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from services.contact.domain.contacts import Viewer
from services.contact.models import Contact
from services.contact.store import audit
from services.contact.store import contacts as store
from services.contact.usecases.changes import check_sees, survivor_of


async def begin_export(
    tx: Tx, contact_id: UUID, *, reason: str, viewer: Viewer, now: datetime
) -> tuple[Contact, list[UUID]]:
    """The person whose data is exported, and who was merged into her."""
    await store.get_contact(tx, contact_id)
    person = await survivor_of(tx, contact_id)
    check_sees(person, viewer)
    members = (await store.list_members(tx, [person.id]))[person.id]
    await audit.insert_audit_entry(
        tx, time=now, actor=viewer.user, action="contact.export", resource=person.name, reason=reason
    )
    return person, [member for member in members if member != person.id]
