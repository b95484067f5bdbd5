"""Erasing a person here: she leaves every segment, and nothing is kept that a rule could look at."""

from datetime import datetime

import identity
from chassis import erasures
from chassis.db import Tx
from chassis.erasures import Erased

from services.segmentation.domain import rules
from services.segmentation.store import erasing as store
from services.segmentation.store.people import NOBODY
from services.segmentation.store.segments import insert_change
from services.segmentation.usecases.projecting import take_touches
from services.segmentation.usecases.segments import remove_members


async def erase_person(tx: Tx, erased: Erased, *, now: datetime) -> None:
    """Delete what is hers; segments with a rule lose her when they are evaluated next, which this asks for."""
    await store.lock_links(tx)
    members = 0
    for segment in await store.list_lists(tx, erased.ids):
        before = await remove_members(tx, segment, erased.ids, now=now)
        members += bool(before)
    taken = await take_touches(await tx.driver(), erased) if erased.shared and erased.links else []
    spans = [span for span in identity.alone(erased.links, erased.ids) if span.subject in erased.shared]
    await erasures.keep_spans(tx, erased, spans)
    counts = await store.delete(tx, erased) | {"membership": members}
    counts["touch"] = counts.get("touch", 0) + len(taken)
    for contact in sorted({*erased.ids, *(row["person_id"] for row in taken)} - {NOBODY}):
        await insert_change(tx, contact, rules.ANYTHING)
    await erasures.keep(tx, erased, counts)
