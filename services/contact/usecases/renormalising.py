"""Making the aliases of every identifier that is kept, a portion at a time, so that a version can be put in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from identity import Form, Subjects

from services.contact.domain.identifiers import forms_of
from services.contact.models import ConsentEvent, IdentityLink, Suppression
from services.contact.store import contacts as contact_store
from services.contact.store import forms as store
from services.contact.store import links as link_store
from services.contact.usecases.changes import revise
from services.contact.usecases.forms import alias_links, join_forms

SOURCES: tuple[Any, ...] = (IdentityLink, ConsentEvent, Suppression)
PORTION = 200


@dataclass(frozen=True)
class Portion:
    """What was done: of which table, how many rows were looked at, how many aliases they got."""

    source: str
    rows: int
    aliases: int


async def renormalise(
    tx: Tx, subjects: Subjects, *, until: datetime, now: datetime, most: int = PORTION
) -> Portion | None:
    """Give the next identifiers that were written up to a moment their aliases for the newest version.

    None when all have them. Where it stopped is written down in the same transaction, so it goes on from there.
    """
    for kind in SOURCES if subjects.has_several else ():
        progress = await store.lock_progress(tx, subjects.newest, kind.__tablename__, now)
        rows = await store.list_next(tx, kind, progress.last_id, until, most)
        if not rows:
            continue
        aliases = await _give(tx, kind, rows, subjects, now)
        progress.last_id, progress.update_time = rows[-1].id, now
        progress.seen, progress.aliases = progress.seen + len(rows), progress.aliases + aliases
        tx.add(progress)
        return Portion(kind.__tablename__, len(rows), aliases)
    return None


async def _give(tx: Tx, kind: Any, rows: Sequence[Any], subjects: Subjects, now: datetime) -> int:
    forms = {row.id: forms_of(row.identifier_kind, row.value, subjects) for row in rows}
    families = [each for each in forms.values() if each]
    if not families:
        return 0
    made = 0
    if kind is IdentityLink:
        await link_store.lock_subjects(tx, {form.subject for family in families for form in family})
        made = await _give_links(tx, [link for link in rows if forms[link.id]], forms, now)
    return made + await join_forms(tx, families, now=now)


async def _give_links(tx: Tx, links: Sequence[IdentityLink], forms: dict[UUID, tuple[Form, ...]], now: datetime) -> int:
    current = await store.reread_links(tx, [link.id for link in links])  # as they are since nobody else writes them
    made, met = await alias_links(tx, current, lambda link: forms[link.id], now=now)
    people = set((await contact_store.list_survivors(tx, met)).values())
    for contact in (await contact_store.lock_contacts(tx, people)).values():
        revise(tx, contact, now)  # so that the search for duplicates looks at both
    return made
