"""Pins: the few touches that whoever opens a contact should see first."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.db import Tx

from services.interaction import store
from services.interaction.domain.errors import TooManyPinsError, TouchNotFoundError
from services.interaction.domain.threads import Found
from services.interaction.domain.timeline import Person
from services.interaction.usecases.reading import owns

MOST_PINS = 5


class Pin(NamedTuple):
    """A pinned touch, and who pinned it."""

    found: Found
    user: str
    create_time: datetime


async def list_pins(tx: Tx, person: Person) -> list[Pin]:
    """What is pinned for a person, the newest pin first; what left the timeline is pinned no more."""
    rows = await store.list_pins(tx, person.members)
    found = {(one.subject, one.touch): one for one in await store.list_touches(tx, [(row[0], row[1]) for row in rows])}
    pins = [Pin(found[row[0], row[1]], row[2], row[3]) for row in rows if (row[0], row[1]) in found]
    return [pin for pin in pins if owns(person, pin.found)]


async def pin_touch(tx: Tx, person: Person, key: tuple[UUID, UUID], name: str, *, user: str, now: datetime) -> None:
    """Pin a touch of the person's; pinning it again changes nothing."""
    found = await store.list_touches(tx, [key])
    if not found or person.contact is None or not owns(person, found[0]):
        raise TouchNotFoundError(touch=name)
    await store.lock_pins(tx, person.contact)
    pins = await list_pins(tx, person)
    if any((pin.found.subject, pin.found.touch) == key for pin in pins):
        return
    if len(pins) >= MOST_PINS:
        raise TooManyPinsError(limit=MOST_PINS)
    await store.insert_pin(tx, person.contact, key, user, now)


async def unpin_touch(tx: Tx, person: Person, key: tuple[UUID, UUID]) -> None:
    """Take a pin off; one that is not there changes nothing."""
    await store.delete_pin(tx, person.members, key)
