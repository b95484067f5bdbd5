"""The people of the flow and what befalls them: merged, un-merged, sharing an address, handing over a number.

Each knows under which identifiers touches of theirs arrive, so a touch knows its owners before it is sent.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from touchline.interaction.v1 import interaction_pb2 as pb

from tests.flows.ledger import Entry

EMAIL, PHONE, CRM, COOKIE = "flow-email", "flow-phone", "flow-crm", "flow-cookie"
KINDS = {EMAIL: "email", PHONE: "phone", CRM: "crm:hubspot", COOKIE: "cookie"}
DAYS = 60


@dataclass
class Actor:
    """A contact and the identifiers under which things happen to it."""

    contact: str
    identifiers: dict[str, str]


@dataclass
class Cast:
    """Everybody, in the groups that the flow treats differently."""

    plain: list[Actor]
    merged: list[tuple[Actor, Actor]]
    unmerged: list[tuple[Actor, Actor]]
    sharing: list[tuple[Actor, Actor]]
    handing_over: list[tuple[Actor, Actor]]
    change_time: datetime

    def everybody(self) -> list[Actor]:
        pairs = [*self.merged, *self.unmerged, *self.sharing, *self.handing_over]
        return [*self.plain, *(actor for pair in pairs for actor in pair)]

    def timelines(self) -> list[str]:
        """The contacts whose timelines are compared: who was merged away is read through the survivor."""
        gone = {duplicate.contact for _, duplicate in self.merged}
        return [actor.contact for actor in self.everybody() if actor.contact not in gone]


def divide(actors: list[Actor], pairs: int) -> Cast:
    """Give everybody a part: four groups of pairs, the rest plain."""
    groups = []
    for number in range(4):
        first = number * 2 * pairs
        group = actors[first : first + 2 * pairs]
        groups.append(list(zip(group[::2], group[1::2], strict=True)))
    changed = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS / 2)
    return Cast(actors[8 * pairs :], *groups, change_time=changed)


class Playwright:
    """Writes touches with their owners."""

    def __init__(self, cast: Cast, types: list[str], seed: int) -> None:
        self.cast, self.types = cast, types
        self.rng = random.Random(seed)
        self.number = 0

    def touches(self, count: int) -> Iterator[Entry]:
        """So many touches of everybody and of strangers, every type in turn."""
        scenes = [self.of_plain] * 6 + [
            self.of_merged,
            self.of_unmerged,
            self.of_sharing,
            self.of_number,
            self.of_stranger,
        ]
        for _ in range(count):
            yield self.rng.choice(scenes)()

    def of_plain(self) -> Entry:
        actor = self.rng.choice(self.cast.plain)
        touch = self.touch(actor)
        if self.rng.random() < 0.3:
            touch.contact = actor.contact
        return Entry(touch, frozenset({actor.contact}))

    def of_merged(self) -> Entry:
        survivor, duplicate = self.rng.choice(self.cast.merged)
        actor = self.rng.choice((survivor, duplicate))
        touch = self.touch(actor)
        if self.rng.random() < 0.3:
            touch.contact = actor.contact
        return Entry(touch, frozenset({survivor.contact}))

    def of_unmerged(self) -> Entry:
        actor = self.rng.choice(self.rng.choice(self.cast.unmerged))
        touch = self.touch(actor)
        if self.rng.random() < 0.3:
            touch.contact = actor.contact
        return Entry(touch, frozenset({actor.contact}))

    def of_sharing(self) -> Entry:
        holder, other = self.rng.choice(self.cast.sharing)
        touch = self.touch(holder, EMAIL)
        if self.rng.random() < 0.4:
            meant = self.rng.choice((holder, other))
            touch.contact = meant.contact
            return Entry(touch, frozenset({meant.contact}))
        return Entry(touch, frozenset({holder.contact, other.contact}), is_shared=True)

    def of_number(self) -> Entry:
        before, after = self.rng.choice(self.cast.handing_over)
        touch = self.touch(before, PHONE)
        moment = touch.occurred_time.ToDatetime(tzinfo=UTC)
        return Entry(touch, frozenset({(before if moment < self.cast.change_time else after).contact}))

    def of_stranger(self) -> Entry:
        """Somebody nobody knows; sometimes a source says all the same whom it was meant for."""
        touch = self.touch(Actor("", {COOKIE: f"browser-{self.rng.randrange(200)}"}), COOKIE)
        if self.rng.random() < 0.5:
            meant = self.rng.choice(self.cast.plain)
            touch.contact = meant.contact
            return Entry(touch, frozenset({meant.contact}))
        return Entry(touch, frozenset())

    def touch(self, actor: Actor, source: str = "") -> pb.Touch:
        """A touch of somebody under one of the actor's identifiers, at some moment of the last weeks."""
        source = source or self.rng.choice(sorted(actor.identifiers))
        self.number += 1
        touch = pb.Touch(type=self.types[self.number % len(self.types)], source=f"sources/{source}")
        touch.source_event_id = f"flow-{self.number}"
        touch.identifier.kind, touch.identifier.value = KINDS[source], actor.identifiers[source]
        age = timedelta(seconds=self.rng.uniform(60, DAYS * 86_400))
        touch.occurred_time.FromDatetime(datetime.now(UTC) - age)
        touch.names.message = f"Subject {self.number % 17}"
        if self.rng.random() < 0.4:
            self.about_message(touch)
        return touch

    def about_message(self, touch: pb.Touch) -> None:
        """Make it one of several touches about a message, ours or another system's; some come days too late for it."""
        slot = self.rng.randrange(400)
        made = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2 + slot % 50)
        touch.message = f"{touch.identifier.value}-{slot}"
        if slot % 2:
            number = uuid.uuid5(uuid.NAMESPACE_OID, touch.message).int & (1 << 80) - 1
            number |= int(made.timestamp() * 1000) << 80
            number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
            touch.message = str(uuid.UUID(int=number))
        else:
            touch.message_time.FromDatetime(made)
        hours = self.rng.choice((0.1, 1, 3, 20, 23, 40, 24 * 40))
        moment = made + timedelta(hours=hours, microseconds=self.rng.randrange(1_000_000))
        touch.occurred_time.FromDatetime(min(moment, datetime.now(UTC)))
