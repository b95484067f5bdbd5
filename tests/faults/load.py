"""A caller who records touches at a steady rate, half of them one a call, and writes down what was acknowledged."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import identity
from chassis.config import Settings
from chassis.errors import DomainError
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.flows.ledger import Entry, Ledger

SOURCE = "faults"
TYPES = ("web.visited", "email.opened", "email.clicked", "form.submitted", "call.logged")
RATE, QUICK_RATE = 500, 100
BATCH = 25
DEADLINE = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


@dataclass(frozen=True)
class Person:
    """A contact and the address under which things happen to it."""

    contact: str
    email: str


@dataclass
class Load:
    """Records touches of some people until told to stop; what is refused for now is sent again."""

    most_waiting: ClassVar[int] = 5_000  # touches; a caller whose own queue is full takes no more on

    interaction: interaction_pb2_grpc.InteractionServiceStub
    people: Sequence[Person]
    row: str
    rng: random.Random
    rate: int = RATE  # touches a second
    ledger: Ledger = field(default_factory=Ledger)
    sent: dict[str, Entry] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    slowest: float = 0.0
    refusals: int = 0
    took: list[float] = field(default_factory=list)  # seconds of each call, also of those that were refused

    def subjects(self, settings: Settings) -> dict[UUID, str]:
        """Under what the people's touches are written, and whose that is."""
        made = identity.Subjects(settings.identity_key(), settings.region)
        return {UUID(bytes=made.of("email", person.email)): person.contact for person in self.people}

    async def run(self, stop: asyncio.Event) -> None:
        """Send at the rate until `stop`, then until everything is acknowledged."""
        tasks: set[asyncio.Task[None]] = set()
        begun, turn = time.monotonic(), 0
        while not stop.is_set():
            for part in self._parts() if len(self.waiting) < self.most_waiting else []:
                task = asyncio.create_task(self._until_acknowledged(part))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            turn += 1
            await asyncio.sleep(max(0.0, begun + turn * 2 * BATCH / self.rate - time.monotonic()))
        await asyncio.gather(*tasks)

    def _parts(self) -> list[list[Entry]]:
        """What one turn sends: as many one a call as together in one."""
        return [*([self._touch()] for _ in range(BATCH)), [self._touch() for _ in range(BATCH)]]

    def _touch(self) -> Entry:
        person = self.rng.choice(self.people)
        touch = pb.Touch(type=self.rng.choice(TYPES), source=f"sources/{SOURCE}")
        touch.source_event_id = f"{self.row}/{len(self.sent)}"
        touch.identifier.kind, touch.identifier.value = "email", person.email
        touch.occurred_time.FromDatetime(datetime.now(UTC))
        entry = Entry(touch, frozenset({person.contact}))
        self.sent[touch.source_event_id] = entry
        self.waiting.add(touch.source_event_id)
        return entry

    async def _until_acknowledged(self, entries: list[Entry]) -> None:
        begun, pause = time.monotonic(), FIRST_PAUSE
        while entries := await self._try(entries):
            self.refusals += len(entries)
            await asyncio.sleep(self.rng.uniform(0.5, 1.0) * pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self.slowest = max(self.slowest, time.monotonic() - begun)

    async def _try(self, entries: list[Entry]) -> list[Entry]:
        """Send once; what must be sent again."""
        request = pb.RecordTouchesRequest(touches=[entry.touch for entry in entries])
        begun = time.monotonic()
        try:
            answer = await self.interaction.RecordTouches(request, timeout=DEADLINE)
        except DomainError:
            return entries
        finally:
            self.took.append(time.monotonic() - begun)
        again = []
        for entry, result in zip(entries, answer.results, strict=True):
            if result.status.code == 0:
                self.ledger.acknowledged(entry, result.name)
                self.waiting.discard(entry.touch.source_event_id)
            else:
                again.append(entry)
        return again
