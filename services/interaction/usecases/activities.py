"""Whose touches an owner should look at today, and what a colleague has to do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import identity
from chassis.db import Tx

from services.interaction import store
from services.interaction.domain.activities import Activity, Glimpse, ranked
from services.interaction.domain.timeline import people_of


@dataclass(frozen=True)
class Standing:
    """How one contact stands: its responses since a moment, the newest first, and when anything happened last."""

    responses: tuple[Glimpse, ...] = ()
    last_time: datetime | None = None


async def list_activities(tx: Tx, owner: str, since: datetime, hidden: Sequence[str]) -> list[Activity]:
    """What an owner's contacts did since a moment, who wants a colleague most first."""
    found = await store.list_activity(tx, owner, since, hidden)
    if not found:
        return []
    by_person = _by_person(await _resolver(tx, found), found)
    looked = await store.list_contacts(tx, by_person.keys())
    return ranked((person, found) for person, found in by_person.items() if _owns(looked.get(person), owner))


async def get_standings(tx: Tx, contacts: Sequence[UUID], since: datetime, hidden: Sequence[str]) -> list[Standing]:
    """How each contact stands, in the order asked; who was merged stands as the survivor."""
    responses, last = await store.list_standing(tx, contacts, since, hidden)
    resolver = await _resolver(tx, [*responses, *last])
    answered, seen = _by_person(resolver, responses), _by_person(resolver, last)
    found = []
    for contact in contacts:
        person = resolver.person(contact)
        mine = sorted(answered.get(person, ()), key=lambda one: one.occurred_time, reverse=True)
        found.append(Standing(tuple(mine), max((one.occurred_time for one in seen.get(person, ())), default=None)))
    return found


async def _resolver(tx: Tx, found: Sequence[Glimpse]) -> identity.Resolver:
    return identity.resolve(await store.list_links_for(tx, {one.subject for one in found}))


def _by_person(resolver: identity.Resolver, found: Sequence[Glimpse]) -> dict[UUID, list[Glimpse]]:
    """Touches by whose they are."""
    by_person: dict[UUID, list[Glimpse]] = defaultdict(list)
    for one in found:
        for person in people_of(resolver, one):
            by_person[person].append(one)
    return by_person


def _owns(looked: store.Looked | None, owner: str) -> bool:
    return looked is not None and looked.is_there and looked.owner == owner
