"""How a row is run: touches are recorded, a fault strikes at a seeded moment, and afterwards everything is compared."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
from chassis.errors import AlreadyExists, Unavailable
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.chassis.ground import Lag
from tests.faults.checker import Verdict, check, written
from tests.faults.load import RATE, SOURCE, Load, Person
from tests.flows.system import Engines, System, eventually

PEOPLE = 12
WARM = 1.0
AFTER = 1.5
TRIES = 3  # for a fault that found nothing in the air, which shows nothing
Inject = Callable[["Bench", Load], Awaitable[None]]


@dataclass
class Bench:
    """What the rows work on, and what one of them says beyond the comparison of touches."""

    engines: Engines
    system: System
    contact: contact_pb2_grpc.ContactServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub
    rate: int = RATE  # touches a second
    extra: object = None  # what only the rows of one stage have
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    lag: float = 0.0  # the longest that this process itself stood still in the row

    def note(self, text: str) -> None:
        """A figure that is printed under the row."""
        self.notes.append(text)

    def expect(self, is_kept: bool, promise: str) -> None:
        """A promise of the row; one that is not kept is a violation."""
        (self.notes if is_kept else self.broken).append(promise)


async def nothing(_bench: Bench, _load: Load) -> None:
    """No fault, or nothing more to look at."""


@dataclass(frozen=True)
class Row:
    """One fault; `repeats` how often, each time at a moment of its own.

    `after` looks at more when everything is visible. A row that is not `is_quick` takes too long for every run of the
    tests.
    """

    name: str
    inject: Inject
    repeats: int = 1
    load: type[Load] = Load
    after: Inject = nothing
    is_quick: bool = True


@dataclass
class Outcome:
    """A row that was run: what was in the air when the fault struck, and what came of it."""

    row: str
    unacknowledged: int
    not_yet_visible: int
    refusals: int
    slowest: float
    per_second: float
    verdict: Verdict
    notes: list[str]
    broken: list[str]

    @property
    def is_idle(self) -> bool:
        """Whether the fault found nothing that it could have lost."""
        return not (self.unacknowledged or self.not_yet_visible)

    @property
    def violations(self) -> int:
        return self.verdict.faults + len(self.broken)


async def run_row(bench: Bench, row: Row, number: int, seed: int) -> list[Outcome]:
    """Inject a fault, again while it found nothing in the air: the outcome of every try."""
    outcomes: list[Outcome] = []
    while len(outcomes) < TRIES:
        outcomes.append(await _try(bench, row, f"{number}.{len(outcomes)}", seed))
        if outcomes[-1].violations or not outcomes[-1].is_idle:
            break
    return outcomes


async def _try(bench: Bench, row: Row, number: str, seed: int) -> Outcome:
    """Load, a fault at a seeded moment, a little more load, then the comparison."""
    rng = random.Random(f"{seed}/{row.name}/{number}")
    people = await people_of(bench, f"{row.name}-{number}")
    load = row.load(bench.interaction, people, f"{row.name}/{number}", rng, bench.rate)
    bench.notes, bench.broken = [], []
    base, stop = await asyncio.to_thread(written, bench.system), asyncio.Event()
    begun = time.monotonic()
    async with Lag() as lag:
        running = asyncio.create_task(load.run(stop))
        await asyncio.sleep(WARM + rng.uniform(0.0, 1.5))
        await _something_in_the_air(load)
        unacknowledged, acknowledged = len(load.waiting), len(load.ledger.entries)
        await _struck(bench, row.inject, load)
        not_yet_visible = acknowledged - (await asyncio.to_thread(_written_now, bench.system) - base)
        await asyncio.sleep(AFTER)
        stop.set()
        await running
    bench.lag = lag.worst
    reached = len(load.ledger.entries) / (time.monotonic() - begun)
    await asyncio.to_thread(bench.system.wait_until_ready)
    verdict = await check(bench.interaction, bench.system, load)
    await _struck(bench, row.after, load)
    told = (load.refusals, load.slowest, reached, verdict, bench.notes, bench.broken)
    return Outcome(row.name, unacknowledged, max(0, not_yet_visible), *told)


async def _struck(bench: Bench, inject: Inject, load: Load) -> None:
    """Inject; what did not happen in time is a promise that was not kept, and the rows after this one still run."""
    try:
        await inject(bench, load)
    except AssertionError as error:
        bench.expect(False, f"{error}")


async def _something_in_the_air(load: Load) -> None:
    """Return at the next moment at which a call is unanswered, so that the fault finds something to lose."""
    for _ in range(2000):
        if load.waiting:
            return
        await asyncio.sleep(0.001)


def _written_now(system: System) -> int:
    """As `written`, where PostgreSQL itself may be coming back."""

    def once() -> int:
        try:
            return written(system)
        except psycopg.OperationalError:
            return -1

    return eventually(lambda: (found := once()) >= 0 and (found, True))[0]


async def people_of(bench: Bench, row: str) -> list[Person]:
    """New contacts for a row, so that its timelines hold nothing else."""
    people = []
    for number in range(PEOPLE):
        email = f"{re.sub('[^a-z0-9.]+', '-', row.lower())}.{number}@faults.example"
        contact = contact_pb2.Contact(display_name=f"Fault {number}")
        contact.identifiers.add(kind="email", value=email)
        request = contact_pb2.CreateContactRequest(contact=contact, request_id=str(uuid4()))
        people.append(Person((await _create(bench, request)).name, email))
    return people


async def _create(bench: Bench, request: contact_pb2.CreateContactRequest) -> contact_pb2.Contact:
    """As any caller does: again with the same request_id while the service that was just killed comes back."""
    for _ in range(100):
        with suppress(Unavailable):
            return await bench.contact.CreateContact(request)
        await asyncio.sleep(0.2)
    raise AssertionError("contact did not come back within 20 s")


@asynccontextmanager
async def open_bench(engines: Engines, system: System | None = None, extra: object = None) -> AsyncIterator[Bench]:
    """A system on these engines, its callers, and the load's source."""
    system = await asyncio.to_thread((system or engines.system()).start)
    try:
        async with (
            system.channel("contact", client="faults") as contact,
            system.channel("interaction", client="faults") as interaction,
        ):
            stubs = (
                contact_pb2_grpc.ContactServiceStub(contact),
                interaction_pb2_grpc.InteractionServiceStub(interaction),
            )
            source = pb.Source(name=f"sources/{SOURCE}", client="faults", identifier_kind="email")
            with suppress(AlreadyExists):
                await stubs[1].RegisterSource(pb.RegisterSourceRequest(source=source))
            yield Bench(engines, system, *stubs, extra=extra)
    finally:
        await asyncio.to_thread(system.stop)
