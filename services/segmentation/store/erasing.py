"""Deleting what is kept of an erased person: her attributes, her links, her touches, her places in segments."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.erasures import Erased
from sqlalchemy import text

from services.segmentation.store.people import EXCLUSIVE

STEPS = {
    "touch": """DELETE FROM touch WHERE occurred_time < :time
        AND (person_id = ANY (:contacts) OR contact_id = ANY (:contacts)
             OR subject_id = ANY (:hers) AND person_id = '00000000-0000-0000-0000-000000000000')""",
    "link": "DELETE FROM link WHERE contact_id = ANY (:contacts) OR survivor_id = ANY (:contacts)",
    "purchase": "DELETE FROM purchase WHERE contact_id = ANY (:contacts)",
    "candidate": "DELETE FROM candidate WHERE contact_id = ANY (:contacts)",
    "timer": "DELETE FROM timer WHERE contact_id = ANY (:contacts)",
}
PERSON = text("""
INSERT INTO person AS kept (contact_id, person_id, state, account_id, display_name, attributes, epoch, revision)
VALUES (:contact, :contact, 'ERASED', NULL, '', '{}', :epoch, :revision) ON CONFLICT (contact_id) DO UPDATE
SET person_id = EXCLUDED.person_id, state = EXCLUDED.state, account_id = NULL, display_name = '', attributes = '{}',
    epoch = EXCLUDED.epoch, revision = EXCLUDED.revision
WHERE (EXCLUDED.epoch, EXCLUDED.revision) >= (kept.epoch, kept.revision)
""")
LISTS = text("""
SELECT DISTINCT m.segment_id FROM membership m JOIN segment s ON s.id = m.segment_id
WHERE m.contact_id = ANY (:contacts) AND s.kind <> 'RULE' ORDER BY m.segment_id
""")


async def lock_links(tx: Tx) -> None:
    """Nobody else writes links or touches until this transaction ends."""
    await tx.execute(text(EXCLUSIVE))


async def list_lists(tx: Tx, contacts: Sequence[UUID]) -> list[UUID]:
    """The lists that hold one of these contacts."""
    return list((await tx.execute(LISTS, {"contacts": list(contacts)})).scalars())


async def delete(tx: Tx, erased: Erased) -> dict[str, int]:
    """Delete all but her id; gives how many rows of each table."""
    told = {"contacts": erased.ids, "hers": erased.hers, "time": erased.time}
    counts = {}
    for table, statement in STEPS.items():
        names = {name: told[name] for name in told if f":{name}" in statement}
        counts[table] = (await tx.execute(text(statement), names)).rowcount  # type: ignore[attr-defined]
    for contact, revision in erased.contacts.items():
        await tx.execute(PERSON, {"contact": contact, "epoch": erased.epoch, "revision": revision})
    return counts | {"person": len(erased.contacts)}
