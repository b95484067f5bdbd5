"""The drawn lives of contact's tests, heard by interaction: their facts by its consumer, their touches by its door.

What contact says of a round is heard in any order and partly twice; touches come late, come again, and name people who
were merged or erased since.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import erasing
import identity
from chassis.db import Tx
from chassis.outbox import OutboxEvent
from touchline.interaction.v1 import interaction_pb2 as pb

from services.contact import events as contact_events
from services.interaction import events
from services.interaction.domain import ids
from tests.contact.lives import START, Life, Row, Town
from tests.contact.oracle import LATEST_PAST, Touched
from tests.interaction.world import EPOCH, World

TYPES = ["email.opened", "email.clicked", "web.visited", "note.logged"]
STREAMS = frozenset((events.CONTACTS, erasing.STREAM))
AGAIN = 0.2  # of contact's facts
MOST_TOUCHES = 4  # of a life in a round


class Heard(list[OutboxEvent]):
    """Everything that contact puts into its outbox, as its relay would send it."""

    def encode(self, fact: Any) -> list[OutboxEvent]:
        said = contact_events.encode(fact)
        made = [said] if isinstance(said, OutboxEvent) else list(said)
        self += made
        return made


class HeardLife(Life):
    """A life with many touches, each under the name that interaction gives it."""

    def __init__(self, town: Town, seed: int) -> None:
        super().__init__(town, seed)
        self.came: dict[int, list[int]] = {}  # at which places of the life each touch came
        self.coming: list[int] = []
        self.moments: list[int] = []  # when each of its steps began

    async def step(self) -> list[Row]:
        """The next thing; then touches, some of which came before."""
        self.moments.append(self._now())
        rows = await super().step()
        for _ in range(self.draw.randint(0, MOST_TOUCHES)):
            if self.touches and self.draw.random() < 0.25:
                self._comes(self.draw.randrange(len(self.touches)), len(self.oracle.done))
                self.oracle.do("touch")
            else:
                await self.touch()
        return rows

    async def touch(self) -> None:
        await super().touch()
        self._comes(len(self.touches) - 1, self.touches[-1].place)

    def _comes(self, number: int, place: int) -> None:
        self.came.setdefault(number, []).append(place)
        self.coming.append(number)

    def today(self) -> int:
        """The second in which this step of the life began, or one before."""
        return self.draw.choice(self.moments)

    def leaving(self) -> list[str]:
        """Often somebody who gave an address to another: what comes late of it tells most."""
        shared = [each.subject for each in self.oracle.held() if each.since and each.subject in self.moving]
        roots = self.oracle.roots()
        givers = [who for who in roots if any(one.until and one.subject in shared for one in self.held_by(who))]
        return [self.draw.choice(givers)] if givers and self.draw.random() < 0.8 else super().leaving()

    def erased_at(self) -> int:
        return self._now()

    def _now(self) -> int:
        return LATEST_PAST + int((self.town.now - START).total_seconds())

    def at(self, day: int) -> datetime:
        """A day is a third of one: so addresses change hands at noon, too, and things happen before and after."""
        if day <= LATEST_PAST:
            return START - timedelta(hours=8 * (LATEST_PAST + 1 - day))
        return START + timedelta(seconds=day - LATEST_PAST)

    def event(self, number: int) -> str:
        """What the source calls it."""
        return f"{self.seed}-{number}"

    def touch_name(self, number: int) -> str:
        subject = self.known(self.touches[number].subject).subject
        return identity.touch_name(subject, ids.touch_id("mail", self.event(number)))

    def kind(self, number: int) -> str:
        """Of which type it is."""
        return TYPES[number % len(TYPES)]

    def said(self, number: int) -> pb.Touch:
        """The touch as its source says it."""
        touch = self.touches[number]
        said = pb.Touch(type=self.kind(number), source="sources/mail", source_event_id=self.event(number))
        said.identifier.kind, said.identifier.value = "email", self.mail(touch.subject)
        said.occurred_time.FromDatetime(self.at(touch.at))
        if touch.contact:
            said.contact = f"contacts/{self.ids[touch.contact]}"
        return said

    def kept(self) -> list[Touched]:
        """What is kept of this life's touches, newest first."""
        found = (self.oracle.delivered(self.touches[number], places, self.rank) for number, places in self.came.items())
        return sorted(filter(None, found), key=self._order, reverse=True)

    def rank(self, who: str) -> UUID:
        """Who stands first of several."""
        return self.ids[who]

    def _order(self, touch: Touched) -> tuple[datetime, bytes]:
        return self.at(touch.at), ids.touch_id("mail", self.event(touch.number))


class HeardTown(Town):
    """Lives whose facts and touches interaction hears, round by round."""

    def __init__(self, tx: Tx, seeds: list[int], world: World, heard: Heard) -> None:
        super().__init__(tx, seeds, HeardLife)
        self.world, self.heard, self.subjects = world, heard, world.subjects
        self.before: list[OutboxEvent] = []
        self.numbers = Counter[str]()

    async def hear(self) -> None:
        """Let interaction apply what contact said since, and then write the touches that came since."""
        draw = self.lives[0].draw
        said = [each for each in self.heard if each.stream in STREAMS]
        self.heard.clear()
        told = said + [each for each in self.before if draw.random() < AGAIN]
        draw.shuffle(told)
        for each in told:
            self._say(each)
        self.before = said
        await self.world.settled()
        touches = [life.said(number) for life in self.heard_lives() for number in life.coming]
        for life in self.heard_lives():
            life.coming.clear()
        if touches:
            await self.world.accept(*touches)

    def heard_lives(self) -> list[HeardLife]:
        return [life for life in self.lives if isinstance(life, HeardLife)]

    def _say(self, event: OutboxEvent) -> None:
        self.numbers[event.stream] += 1
        headers = [("ce_sequence", f"{EPOCH}.{self.numbers[event.stream]}".encode()), ("ce_type", b"ContactEvent")]
        self.world.broker.append(event.stream, 0, b"", event.data, headers)
