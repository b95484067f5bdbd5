"""The processes of a simulation: doors, consumers, relays and readers, each with the code that runs in production."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from chassis.bus import ConsumerLoop, Limits, Record, Subscription
from chassis.calls import CALL, Call, Caller
from chassis.outbox import Relay
from psycopg import AsyncConnection
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction import store
from services.interaction.app import SOURCE
from services.interaction.domain.touch import Source
from services.interaction.events import IntakeHandler
from services.interaction.gateways import INTAKE, Intake
from services.interaction.rpc import CONSUMER
from services.interaction.rpc.accept import Door
from services.interaction.rpc.record import Recording
from services.interaction.store import RECORDED
from services.interaction.usecases import Known, KnownTypes
from tests.simulation.ground import Ground
from tests.simulation.log import PARTITIONS, SESSION, Log, Member, SimulatedProducer
from tests.simulation.network import Network
from tests.simulation.scheduler import Process, Scheduler, State, current
from tests.simulation.server import Server, SimulatedDatabase

CLIENT = "simulated"
READERS = "simulated.readers"
LIMITS = Limits(poll=1.0, first_pause=0.05, longest_pause=0.5, awaited=20, stalled=20, transaction=5)
CAST = ("door-1", "door-2", "consume-1", "consume-2", "relay-1", "relay-2", "read-1", "read-2")
DEADLINE = 2.0
FALLBACK = 1.5
IDLE, LONG_IDLE = 1.0, 30.0  # simulated seconds that PostgreSQL lets somebody be idle in a transaction
READ = """INSERT INTO simulated_reading (partition, epoch, seq, place, subject_id, touch_id)
VALUES (%s, %s, %s, %s, %s, %s)"""


class Clock:
    """The simulation's time as services ask for it."""

    def __init__(self, loop: Scheduler) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._loop.wall(), UTC)


class Reader:
    """A consumer of the recorded stream: each touch that it is handed is a row, also one that it is handed twice."""

    async def prepare(self, conn: "AsyncConnection[Any]", batch: Sequence[Record]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for record in batch:
            epoch, _, seq = record.header("ce_sequence").partition(".")
            for place, touch in enumerate(TouchBatch.FromString(record.value).touches):
                ids = UUID(bytes=touch.subject), UUID(bytes=touch.touch_id)
                rows.append((record.partition, int(epoch), int(seq), place, *ids))
        return rows

    async def flush(self, conn: "AsyncConnection[Any]", prepared: list[tuple[Any, ...]]) -> None:
        for row in prepared:
            await conn.execute(READ, row)


@dataclass
class Role:
    """A process that was launched, and what is known of it from outside."""

    process: Process
    stop: asyncio.Event
    task: "asyncio.Task[Any]"
    recording: Recording | None = None
    loop: ConsumerLoop | None = None


@dataclass
class World:
    """One seed's world."""

    seed: int
    ground: Ground
    history: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    is_over: bool = False

    def __post_init__(self) -> None:
        self._stops: list[asyncio.Event] = []
        self.loop = Scheduler(self.chance("steps"))
        self.network = Network(self.chance("network"))
        self.log = Log(self.network, self.chance("log"), gaps=self.chance("gaps").choice([0.0, 0.3]))
        self.server = Server(self.ground.sessions, self.network, self.chance("idle").choice([IDLE, LONG_IDLE]))
        self.clock = Clock(self.loop)

    def chance(self, of: str) -> random.Random:
        """The seed's own dice for one purpose, so that what one throws changes no other's."""
        return random.Random(f"{self.seed}/{of}")

    def note(self, text: str) -> None:
        """A line of the history."""
        if not self.is_over:
            self.history.append(f"{self.loop.now - 1_000:9.4f}  {text}")

    def hear(self, logger: Any, method: str, event: dict[str, Any]) -> Any:
        """What the code under test logs becomes history; what it calls an error is remembered."""
        process = current()
        told = " ".join(f"{key}={value}" for key, value in event.items() if key not in {"event", "exc_info"})
        line = f"{process.name if process else '?':<12} {method} {event.get('event')} {told}"
        self.note(line)
        if method == "error" and event.get("event") in ALARMS:
            self.alarms.append(line)
        raise structlog.DropEvent

    def launch(self, name: str) -> Role:
        """Start a process of the cast, anew if it was there before."""
        process = self.loop.process(name)
        database = SimulatedDatabase(self.ground.settings, self.server, process)
        producer = SimulatedProducer(self.log, process)
        stop = asyncio.Event()
        self._stops.append(stop)
        recording, loop = None, None
        match name.partition("-")[0]:
            case "door":
                recording, work = self._door(database, producer), stop.wait()
            case "relay":
                work = Relay(database, producer, source=SOURCE, fallback=FALLBACK).run(stop)
            case kind:
                loop = self._consumer(kind, process, database, producer)
                work = loop.run(stop)
        self.note(f"{name} starts")
        self.roles[name] = Role(process, stop, process.start(work), recording, loop)
        return self.roles[name]

    def _door(self, database: SimulatedDatabase, producer: SimulatedProducer) -> Recording:
        sources: Known[Source] = Known(database, _nobody)
        sources.put(CLIENT, Source(CLIENT, CLIENT, "email"))
        types = KnownTypes(database, store.find_touch_type)
        door = Door(sources, types, self.ground.subjects, PARTITIONS)
        return Recording(door, Intake(producer), self.clock)

    def _consumer(
        self, kind: str, process: Process, database: SimulatedDatabase, producer: SimulatedProducer
    ) -> ConsumerLoop:
        if kind == "consume":
            group, heard = CONSUMER, Subscription(INTAKE, IntakeHandler(self.clock))
        else:
            group, heard = READERS, Subscription(RECORDED, Reader(), outbox=True, emits=False)
        member = Member(self.log, group, process)
        return ConsumerLoop(
            self.ground.settings, database, group, [heard], source=member, producer=producer, limits=LIMITS
        )

    async def call(self, name: str, request: pb.RecordTouchesRequest) -> pb.RecordTouchesResponse | None:
        """RecordTouches at a door; None when no answer came in time."""
        await self.network.hop()
        role = self.roles[name]
        assert role.recording is not None
        task = role.process.start(_answer(role.recording, request, self.loop.now + DEADLINE))
        await asyncio.wait({task}, timeout=DEADLINE)
        if not task.done():
            task.cancel()
            return None
        await self.network.hop()
        return None if self.network.loses() or task.cancelled() or task.exception() else task.result()

    def freeze(self, name: str, process: Process) -> None:
        """As SIGSTOP does; the group misses it when it has not been heard for a session."""
        if process.state is State.RUNNING:
            process.state = State.FROZEN
            self.note(f"{name} is frozen after {self.loop.steps} steps")
            self._miss_later(process)

    def thaw(self, process: Process) -> None:
        """As SIGCONT does."""
        if process.state is State.FROZEN:
            process.state = State.RUNNING
            self.note(f"{process.name} goes on")

    def kill(self, name: str, process: Process, *, is_half_open: bool = False) -> None:
        """As kill -9 does; with a half-open line PostgreSQL does not learn of it."""
        process.state = State.DEAD
        self.note(f"{name} is killed after {self.loop.steps} steps{', its lines half open' * is_half_open}")
        if not is_half_open:
            for line in self.server.of(process):
                line.cut()
        self._miss_later(process)

    def _miss_later(self, process: Process) -> None:
        def miss() -> None:
            if process.state in {State.FROZEN, State.DEAD}:
                self.note(f"{process.name} is missed by its group")
                self.log.miss(process)

        self.loop.call_later(SESSION, miss, context=self.loop.world.context.copy())

    def end(self) -> None:
        """Nothing of it goes on, and nothing is left behind."""
        self.is_over = True
        for stop in self._stops:
            stop.set()
        self.loop.bury()
        self.server.leave()

    def heal(self) -> None:
        """End every fault: who is frozen goes on, who is dead is started again, and what has not struck will not."""
        self.network.is_slow, self.network.loss = False, 0.0
        self.log.is_away = self.server.is_away = False
        self.log.cut_off.clear()
        for line in self.server.lines:
            if line.process.state is State.DEAD:
                line.cut()
        for name, role in list(self.roles.items()):
            role.process.spare()
            self.thaw(role.process)
            if role.process.state is State.DEAD or role.task.done():
                self.launch(name)
        self.note("everything is healed")


ALARMS = {
    "consumer_waits",
    "consumer_partition_stopped",
    "consumer_stopped_by_dead_letters",
    "consumer_stalled",
    "stream_epoch_went_back",
    "outbox_row_refused",
}


async def _nobody(tx: Any, name: str) -> None:
    return None


async def _answer(recording: Recording, request: pb.RecordTouchesRequest, deadline: float) -> pb.RecordTouchesResponse:
    CALL.set(Call("RecordTouches", Caller(subject=CLIENT, client=CLIENT), deadline))
    return await recording.record(request)
