"""The log: partitions with gaps and an end that retention moves, groups that lose members, producers that repeat."""

import asyncio
import random
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from chassis.bus import Batch, Beginning, Headers, Locate, Partition, Record
from chassis.bus_memory import Holding
from chassis.errors import ResourceExhausted, Unavailable

from tests.simulation.network import Network
from tests.simulation.scheduler import Process, State

PARTITIONS = 2  # of every stream
SESSION = 2.0  # simulated seconds without a heartbeat until a member is expelled
RETRY = 0.1
MOST_TOGETHER = 3
TOPIC_ID = "simulated"


@dataclass
class Log:
    """The broker. Between two records may lie offsets that nobody gets, as of transactions or compaction."""

    network: Network
    chance: random.Random
    gaps: float = 0.0
    records: dict[Partition, list[Record]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[Partition, int] = field(default_factory=lambda: defaultdict(int))
    groups: dict[str, list["Member"]] = field(default_factory=lambda: defaultdict(list))
    cut_off: set[Process] = field(default_factory=set)  # whose records do not get through
    is_away: bool = False

    def append(self, stream: str, partition: int, key: bytes | None, value: bytes, headers: Headers = ()) -> int:
        """Write one record and give its offset."""
        place = Partition(stream, partition)
        offset = self.end(place) + (self.chance.randint(1, 3) if self.chance.random() < self.gaps else 0)
        moment = int(self.network_time() * 1000)
        self.records[place].append(Record(stream, partition, offset, key, value, tuple(headers), moment))
        for members in self.groups.values():
            for member in members:
                member.woken.set()
        return offset

    def takes_from(self, process: Process) -> bool:
        """Whether a record of this process gets through."""
        return not self.is_away and process not in self.cut_off

    def network_time(self) -> float:
        """Broker timestamps; they decide nothing."""
        return float(sum(map(len, self.records.values())))

    def end(self, place: Partition) -> int:
        """The offset behind the last record."""
        log = self.records[place]
        return log[-1].offset + 1 if log else 0

    def read(self, place: Partition, position: int, most: int) -> list[Record]:
        """At most so many records from a position on."""
        log = self.records[place]
        at = bisect_left(log, position, key=lambda record: record.offset)
        return log[at : at + most]

    def cut(self, place: Partition, start: int) -> None:
        """Retention: nobody gets what lies before `start` any more; the checker still does."""
        self.starts[place] = max(self.starts[place], start)

    def join(self, member: "Member") -> None:
        """A member more."""
        self.groups[member.group].append(member)
        self.share_out(member.group)

    def leave(self, member: "Member") -> None:
        """A member less."""
        if member in self.groups[member.group]:
            self.groups[member.group].remove(member)
            self.share_out(member.group)

    def share_out(self, group: str) -> None:
        """Each partition to one of the members, not always to the one that had it."""
        members = self.groups[group]
        turned = self.chance.randrange(len(members)) if members else 0
        for index, member in enumerate(members[turned:] + members[:turned]):
            places = [Partition(stream, number) for stream in member.streams for number in range(PARTITIONS)]
            member.assign([place for at, place in enumerate(places) if at % len(members) == index])

    def miss(self, process: Process) -> None:
        """A process has not been heard for the length of a session."""
        for members in list(self.groups.values()):
            for member in list(members):
                if member.process is process:
                    member.is_expelled = True
                    self.leave(member)


class Outgoing(NamedTuple):
    """A record on its way."""

    stream: str
    partition: int
    key: bytes | None
    value: bytes
    headers: Headers
    future: "asyncio.Future[int]"
    since: float


class SimulatedProducer:
    """One request in flight; what is not acknowledged is sent again, so the log may hold it twice."""

    def __init__(self, log: Log, process: Process, *, records: int = 1_000, age: float = 10.0) -> None:
        self._log, self._process, self._most, self._age = log, process, records, age
        self._waiting: deque[Outgoing] = deque()
        self._pump: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing to be made ready."""

    async def close(self) -> None:
        """Fail what is not delivered."""
        if self._pump is not None:
            self._pump.cancel()
        for one in self._waiting:
            if not one.future.done():
                one.future.set_exception(Unavailable("the broker did not acknowledge this record"))
        self._waiting.clear()

    def send(
        self, stream: str, *, partition: int, key: bytes | None, value: bytes, headers: Headers = ()
    ) -> "asyncio.Future[int]":
        """Put a record on its way."""
        loop = asyncio.get_running_loop()
        if len(self._waiting) >= self._most or (self._waiting and loop.time() - self._waiting[0].since > self._age):
            raise ResourceExhausted("too much is waiting for the broker", retry_after=timedelta(seconds=1))
        one = Outgoing(stream, partition, key, value, tuple(headers), loop.create_future(), loop.time())
        self._waiting.append(one)
        if self._pump is None or self._pump.done():
            self._pump = self._process.start(self._work())
        return one.future

    async def _work(self) -> None:
        while self._waiting:
            together = list(self._waiting)[: self._log.chance.randint(1, MOST_TOGETHER)]
            await self._log.network.hop()
            offsets = [self._log.append(*one[:5]) for one in together] if self._log.takes_from(self._process) else []
            await self._log.network.hop()
            if not offsets or self._log.network.loses():
                await asyncio.sleep(RETRY)
                continue
            for one, offset in zip(together, offsets, strict=True):
                self._waiting.popleft()
                if not one.future.done():
                    one.future.set_result(offset)

    def health(self) -> dict[str, str]:
        """Whether the broker answers."""
        return {"kafka": "away" if self._log.is_away else "ok"}


class Member(Holding):
    """A source of records: one member of a group."""

    def __init__(self, log: Log, group: str, process: Process, *, most: int = 3) -> None:
        super().__init__()
        self.group, self.process = group, process
        self.streams: list[str] = []
        self.is_expelled = False
        self._log, self._most = log, most
        self._told: Collection[Partition] | None = None

    async def start(self, streams: Iterable[str], locate: Locate) -> None:
        """Join the group."""
        self.streams, self._locate = list(streams), locate
        self._log.join(self)

    async def close(self) -> None:
        """Leave it."""
        if self.process.state is not State.BURIED:
            self._log.leave(self)

    def assign(self, partitions: Collection[Partition]) -> None:
        """From the broker: what is ours from now on. Who is frozen learns of it at its next poll."""
        self._told = partitions
        if self.process.state is State.RUNNING:
            self._hear()
        self.woken.set()

    def _hear(self) -> None:
        told, self._told = self._told, None
        if told is not None:
            super().assign(told)

    async def poll(self, timeout: float) -> list[Batch]:  # noqa: ASYNC109 - an empty answer is no error
        """What has come since, after `timeout` seconds at the latest."""
        if self.is_expelled:
            self._told = []
            self._hear()
            self.is_expelled = False
            self._log.join(self)
        self._hear()
        await self._place()
        await self._log.network.hop()
        batches = self._read()
        if not batches:
            self.woken.clear()
            try:
                await asyncio.wait_for(self.woken.wait(), timeout)
            except TimeoutError:
                return []
            batches = self._read()
        await self._log.network.hop()
        return batches

    async def _place(self) -> None:
        wanted = [place for place in self._assigned if place not in self._positions and place not in self._faults]
        if not wanted or self._log.is_away:
            return
        told = {place: Beginning(TOPIC_ID, self._log.starts[place]) for place in wanted}
        turns = {place: self._turns[place] for place in wanted}
        for place, offset in (await self._locate(told)).items():
            if self._turns[place] == turns[place] and place in self._assigned:
                self._positions[place] = offset

    def _read(self) -> list[Batch]:
        if self._log.is_away or self.is_expelled:
            return []
        batches = []
        for place, position in sorted(self._positions.items()):
            if position < self._log.starts[place] or position > self._log.end(place):
                self.go_astray(place)
            elif place not in self._paused and (found := self._log.read(place, position, self._most)):
                self._positions[place] = found[-1].offset + 1
                batches.append(Batch(place, found, self._turns[place]))
        return batches

    def note(self, partition: Partition, offset: int) -> None:
        """Dashboards are not simulated."""

    def ends(self) -> Mapping[Partition, int]:
        """Where each partition that we hold ends."""
        return {place: self._log.end(place) for place in self._positions}

    def health(self) -> dict[str, str]:
        """Whether the broker answers."""
        return {"kafka": "away" if self._log.is_away else "ok"}
