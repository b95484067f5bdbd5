"""Erasing a person here: every touch that is hers alone, and whatever names her."""

from uuid import UUID

import identity
from chassis import erasures, inbox
from chassis.db import Tx
from chassis.erasures import Erased

from services.interaction import store


async def erase_person(tx: Tx, erased: Erased, *, consumer: str, stream: str) -> list[UUID]:
    """Delete what is hers; gives the subjects that may have lost touches. Doing it again deletes what came since."""
    await inbox.raise_versions(tx, consumer, stream)  # batches that were prepared looked up what is deleted here
    doubted = (await store.list_named(tx, erased.ids) | set(erased.others)) - set(erased.hers)
    touches = [*await store.list_alone(tx, erased), *await _hers_among(tx, doubted, erased)]
    counts = await store.delete_of_person(tx, erased, touches)
    await store.bury(tx, erased)
    spans = [span for span in identity.alone(erased.links, erased.ids) if span.subject in erased.shared]
    await erasures.keep_spans(tx, erased, spans)
    await erasures.keep(tx, erased, counts | {"contact": len(erased.contacts)})
    return sorted({*erased.hers, *doubted})


async def _hers_among(tx: Tx, subjects: set[UUID], erased: Erased) -> list[tuple[UUID, UUID]]:
    """Of touches under subjects of several people those that name her, or belong to nobody but her.

    Whose they are the erasure itself tells; only one from before it did so is judged by what we have heard of links.
    """
    if not subjects:
        return []
    links = await store.list_links_for(tx, subjects)
    resolver = identity.resolve(identity.as_told(links, erased.links, erased.ids) if erased.links else links)
    hers = {resolver.person(contact) for contact in erased.contacts} | set(erased.contacts)
    found = []
    for one in await store.list_doubtful(tx, subjects, erased):
        facts = identity.TouchFacts(
            subject=one.subject.bytes,
            occurred_time=one.occurred_time,
            contact=one.contact,
            touch=identity.touch_name(one.subject.bytes, one.touch.bytes),
        )
        owners = resolver.owner_of(facts).contacts
        if one.contact in erased.contacts or (owners and hers.issuperset(owners)):
            found.append((one.subject, one.touch))
    return found
