"""The rows: what is done to which process at a seeded moment while touches are recorded."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from chassis.errors import AlreadyExists, Unavailable
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.chassis.test_rpc_away import frozen
from tests.faults.checker import Verdict, check, written
from tests.faults.engines import kill_kafka, kill_postgres
from tests.faults.load import SOURCE, Load, Person
from tests.flows.system import Engines, System, eventually

PEOPLE = 12
WARM = 1.0
AFTER = 1.5
TRIES = 3  # for a fault that found nothing in the air, which shows nothing
Inject = Callable[["Bench"], Awaitable[None]]


@dataclass
class Bench:
    """What the rows work on."""

    engines: Engines
    system: System
    contact: contact_pb2_grpc.ContactServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub


@dataclass(frozen=True)
class Row:
    """One fault; `repeats` how often, each time at a moment of its own."""

    name: str
    inject: Inject
    repeats: int = 1


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

    @property
    def is_idle(self) -> bool:
        """Whether the fault found nothing that it could have lost."""
        return not (self.unacknowledged or self.not_yet_visible)


def rows(system: System, scale: float) -> Iterator[Row]:
    """Every process killed, then the engines; full size ten times each, and with the long outages."""
    repeats, away = (10, 600.0) if scale >= 1 else (1, 3.0)
    for role in sorted(system.roles()):
        yield Row(f"kill {role}", _kill(role), repeats)
    yield Row("freeze interaction.consume", _freeze_consumer(2.0 if scale < 1 else 15.0), repeats)
    yield Row("kill PostgreSQL", _postgres_away(0.0), repeats)
    yield Row("kill Kafka", _kafka_away(0.0), repeats)
    yield Row("freeze Kafka", _freeze_kafka(3.0 if scale < 1 else 20.0))
    yield Row("freeze PostgreSQL", _freeze_postgres(3.0 if scale < 1 else 20.0))
    if scale >= 1:
        yield Row("Kafka away for 150 s", _kafka_away(150.0))
    yield Row(f"Kafka away for {away:.0f} s", _kafka_away(away))
    yield Row(f"PostgreSQL away for {away:.0f} s", _postgres_away(away))


async def run_row(bench: Bench, row: Row, number: int, seed: int) -> list[Outcome]:
    """Inject a fault, again while it found nothing in the air: the outcome of every try."""
    outcomes: list[Outcome] = []
    while len(outcomes) < TRIES:
        outcomes.append(await _try(bench, row, f"{number}.{len(outcomes)}", seed))
        if outcomes[-1].verdict.faults or not outcomes[-1].is_idle:
            break
    return outcomes


async def _try(bench: Bench, row: Row, number: str, seed: int) -> Outcome:
    """Load, a fault at a seeded moment, a little more load, then the comparison."""
    rng = random.Random(f"{seed}/{row.name}/{number}")
    people = await people_of(bench, f"{row.name}-{number}")
    load = Load(bench.interaction, people, f"{row.name}/{number}", rng)
    base, stop = await asyncio.to_thread(written, bench.system), asyncio.Event()
    begun = time.monotonic()
    running = asyncio.create_task(load.run(stop))
    await asyncio.sleep(WARM + rng.uniform(0.0, 1.5))
    await _something_in_the_air(load)
    unacknowledged, acknowledged = len(load.waiting), len(load.ledger.entries)
    await row.inject(bench)
    not_yet_visible = acknowledged - (await asyncio.to_thread(_written_now, bench.system) - base)
    await asyncio.sleep(AFTER)
    stop.set()
    await running
    reached = len(load.ledger.entries) / (time.monotonic() - begun)
    await asyncio.to_thread(bench.system.wait_until_ready)
    verdict = await check(bench.interaction, load)
    return Outcome(row.name, unacknowledged, max(0, not_yet_visible), load.refusals, load.slowest, reached, verdict)


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
        email = f"{row.replace(' ', '-').lower()}.{number}@faults.example"
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
async def open_bench(engines: Engines) -> AsyncIterator[Bench]:
    """A system on these engines, its callers, and the load's source."""
    system = await asyncio.to_thread(engines.system().start)
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
            yield Bench(engines, system, *stubs)
    finally:
        await asyncio.to_thread(system.stop)


def _kill(role: str) -> Inject:
    async def inject(bench: Bench) -> None:
        bench.system.kill(role)

    return inject


def _freeze_consumer(seconds: float) -> Inject:
    async def inject(bench: Bench) -> None:
        role = next(role for role in sorted(bench.system.roles()) if role.startswith("interaction.consume"))
        pid = bench.system.kill(role, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        _continue(pid)

    return inject


def _freeze_kafka(seconds: float) -> Inject:
    async def inject(bench: Bench) -> None:
        process = bench.engines.kafka.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    return inject


def _kafka_away(seconds: float) -> Inject:
    async def inject(bench: Bench) -> None:
        await kill_kafka(bench.engines, seconds)

    return inject


def _freeze_postgres(seconds: float) -> Inject:
    async def inject(bench: Bench) -> None:
        with frozen(bench.engines.postgres):
            await asyncio.sleep(seconds)

    return inject


def _postgres_away(seconds: float) -> Inject:
    async def inject(bench: Bench) -> None:
        await kill_postgres(bench.engines, seconds)

    return inject


def _continue(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)
