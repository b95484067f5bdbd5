"""Whose touches an owner should look at today, and what a colleague has to do."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import identity
from chassis.db import Tx

from services.interaction import store
from services.interaction.domain import ids
from services.interaction.domain.activities import Activity, Glimpse, ranked


async def list_activities(tx: Tx, owner: str, since: datetime, hidden: Sequence[str]) -> list[Activity]:
    """What an owner's contacts did since a moment, who wants a colleague most first."""
    found = await store.list_activity(tx, owner, since, hidden)
    if not found:
        return []
    resolver = identity.resolve(await store.list_links_for(tx, {one.subject for one in found}))
    by_person: dict[UUID, list[Glimpse]] = defaultdict(list)
    for one in found:
        name = ids.touch_name(one.subject.bytes, one.touch.bytes)
        facts = identity.TouchFacts(one.subject.bytes, one.occurred_time, one.contact, name)
        for person in {resolver.person(contact) for contact in resolver.owner_of(facts).contacts}:
            by_person[person].append(one)
    looked = await store.list_contacts(tx, by_person.keys())
    return ranked((person, found) for person, found in by_person.items() if _owns(looked.get(person), owner))


def _owns(looked: store.Looked | None, owner: str) -> bool:
    return looked is not None and looked.is_there and looked.owner == owner
