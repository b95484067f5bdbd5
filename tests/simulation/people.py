"""Who records touches in a simulation, and the account of what was acknowledged."""

import asyncio
import random
from dataclasses import dataclass, field
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from tests.simulation.ground import PEOPLE, email
from tests.simulation.world import CLIENT, World

CALLS = (2, 4)  # at least and at most, of each person
TOGETHER = 3
TYPES = ("web.visited", "email.opened", "email.clicked", "form.submitted", "call.logged")
PAUSE = 0.15
TRIES = 60


@dataclass
class Entry:
    """A touch that was said: when first, when it was acknowledged, and what came first under its id."""

    number: int
    person: int
    said: pb.Touch
    key: tuple[UUID, UUID]
    first_sent: float = -1.0
    acknowledged: float = -1.0
    has_rival: bool = False  # another content under the same id was recorded, later


@dataclass
class Account:
    """The ledger of a seed."""

    entries: list[Entry] = field(default_factory=list)
    poison: int = 0

    def acknowledged(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.acknowledged >= 0]


class People:
    """Several at once, each with one call after the other: again until acknowledged, sometimes once more later."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.account = world, account
        self._numbers = iter(range(10_000))

    async def live(self) -> None:
        """Until everybody has been acknowledged everything."""
        await asyncio.gather(*(self._live(person) for person in range(PEOPLE)))

    async def _live(self, person: int) -> None:
        chance = self.world.chance(f"person {person}")
        for _ in range(chance.randint(*CALLS)):
            await asyncio.sleep(chance.uniform(0.0, 0.8))
            entries = [self._entry(person, chance) for _ in range(chance.randint(1, TOGETHER))]
            await self._until_acknowledged(entries, chance)
            if chance.random() < 0.3:
                await self._once_more(entries, chance)

    def _entry(self, person: int, chance: random.Random) -> Entry:
        number = next(self._numbers)
        said = pb.Touch(type=chance.choice(TYPES), source=f"sources/{CLIENT}", source_event_id=f"e{number}")
        said.identifier.kind, said.identifier.value = "email", email(person)
        ago_us = chance.randrange(1, 8 * 86_400_000_000)
        said.occurred_time.CopyFrom(_timestamp(int(self.world.loop.wall() * 1e6) - ago_us))
        subject = UUID(bytes=self.world.ground.subjects.of("email", email(person)))
        entry = Entry(number, person, said, (subject, UUID(bytes=ids.touch_id(CLIENT, said.source_event_id))))
        self.account.entries.append(entry)
        return entry

    async def _until_acknowledged(self, entries: list[Entry], chance: random.Random) -> None:
        for _ in range(TRIES):
            entries = await self._try(entries, chance)
            if not entries:
                return
            await asyncio.sleep(chance.uniform(0.5, 1.0) * PAUSE)

    async def _try(self, entries: list[Entry], chance: random.Random) -> list[Entry]:
        """Send once; what must be sent again."""
        now = self.world.loop.now
        for entry in entries:
            entry.first_sent = now if entry.first_sent < 0 else entry.first_sent
        found = await self._say([entry.said for entry in entries], chance)
        again = []
        for entry, is_fine in zip(entries, found, strict=True):
            if is_fine:
                entry.acknowledged = self.world.loop.now
            else:
                again.append(entry)
        told = " ".join(f"e{e.number}:{'ok' if fine else 'no'}" for e, fine in zip(entries, found, strict=True))
        self.world.note(f"person {entries[0].person} is answered {told}")
        return again

    async def _say(self, touches: list[pb.Touch], chance: random.Random) -> list[bool]:
        door = chance.choice([name for name in self.world.roles if name.startswith("door")])
        answer = await self.world.call(door, pb.RecordTouchesRequest(touches=touches))
        return [False] * len(touches) if answer is None else [not result.status.code for result in answer.results]

    async def _once_more(self, entries: list[Entry], chance: random.Random) -> None:
        """A source that repeats itself, also in other words: the first words count."""
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        touches = [entry.said for entry in entries]
        if chance.random() < 0.4:
            rival = pb.Touch()
            rival.CopyFrom(touches[0])
            rival.type = "note.logged"
            touches[0] = rival
            for _ in range(TRIES):
                if (await self._say([rival], chance))[0]:
                    entries[0].has_rival = True
                    return
                await asyncio.sleep(PAUSE)
        await self._say(touches, chance)


def _timestamp(us: int) -> Timestamp:
    return Timestamp(seconds=us // 1_000_000, nanos=us % 1_000_000 * 1000)
