"""Erasing whoever was deleted too long ago to come back, as her own request would, except that nothing is suppressed.

Nobody asked to be forgotten: a table that holds the address again is taken, and no address is suppressed by it. What
was refused stays refused, by the address's hash; what was granted ends, for the proof of it is gone.
"""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from identity import Subjects

from services.contact.domain.erasures import ErasureState
from services.contact.models import Erasure
from services.contact.store import audit
from services.contact.store import contacts as contact_store
from services.contact.store import erasures as store
from services.contact.usecases.erasures import begin_erasure, lock_person, resume_erasure

ACTOR = "services/contact"


async def purge_deleted(
    tx: Tx, contact_id: UUID, *, before: datetime, subjects: Subjects, now: datetime
) -> Erasure | None:
    """Erase a contact that was deleted before a moment, with everybody merged into it: none of them can come back.

    Gives nothing where it came back meanwhile, or a legal hold lies on one of them. Fails with `MERGE_CONFLICT`.
    """
    contacts = await lock_person(tx, await contact_store.get_contact(tx, contact_id))
    person = contacts[contact_id]
    if person.delete_time is None or person.delete_time >= before or any(each.hold_time for each in contacts.values()):
        return None
    if await store.find_erasure_of(tx, contact_id) is not None:  # it waited for a hold that went with who was un-merged
        return await resume_erasure(tx, person, subjects=subjects, now=now)
    erasure = Erasure(
        id=uuid7(now),
        contact_id=contact_id,
        contacts=sorted(contacts),
        state=ErasureState.HELD,
        request_time=now,
        delete_time=person.delete_time,
    )
    tx.add(erasure)
    await tx.flush()
    await audit.insert_audit_entry(
        tx, time=now, actor=ACTOR, action="contact.purge", resource=person.name, reason=erasure.name
    )
    await begin_erasure(tx, erasure, contacts, subjects=subjects, now=now)
    return erasure
