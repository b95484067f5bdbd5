"""The tests' broker: partitions in a dictionary, with the faults of a real one; bus_contract.py keeps it honest."""

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.bus.records import Batch, Beginning, Headers, Keyed, Locate, Partition, Record, RecordRefusedError
from chassis.errors import ResourceExhausted, Unavailable
from chassis.streams import catalogue


@dataclass
class MemoryBroker:
    """Holds every record; `is_away` and `is_frozen` are its faults."""

    records: dict[Partition, list[Record]] = field(default_factory=lambda: defaultdict(list))
    log_starts: dict[Partition, int] = field(default_factory=dict)
    groups: dict[str, list["MemorySource"]] = field(default_factory=lambda: defaultdict(list))
    producers: list["MemoryProducer"] = field(default_factory=list)
    topic_ids: dict[str, str] = field(default_factory=dict)
    is_away: bool = False
    is_frozen: bool = False

    def append(self, stream: str, partition: int, key: bytes | None, value: bytes, headers: Headers) -> int:
        """Write one record and give its offset."""
        log = self.records[Partition(stream, partition)]
        offset = len(log)
        log.append(Record(stream, partition, offset, key, value, tuple(headers), int(time.time() * 1000)))
        for group in self.groups.values():
            for source in group:
                source.woken.set()
        return offset

    def topic_id(self, stream: str) -> str:
        """The identity of a stream; it changes when the stream is made anew."""
        return self.topic_ids.setdefault(stream, str(uuid.uuid4()))

    def recover(self) -> None:
        """End every fault, and take what producers still hold."""
        self.is_away = self.is_frozen = False
        for producer in self.producers:
            producer.retry()

    def share_out(self, group: str) -> None:
        """Give each partition of a group to one of its members."""
        members = self.groups[group]
        streams = sorted({stream for member in members for stream in member.streams})
        partitions = [Partition(s, n) for s in streams for n in range(catalogue()[s].partitions)]
        for index, member in enumerate(members):
            member.assign({p for i, p in enumerate(partitions) if i % len(members) == index})


class MemoryProducer:
    """Writes into a MemoryBroker, one turn of the loop later, as if there were a network."""

    def __init__(self, broker: MemoryBroker, *, records: int = 50_000, age: float = 10.0) -> None:
        self._broker, self._most, self._age = broker, records, age
        self._waiting: list[tuple[tuple[str, int, bytes | None, bytes, Headers], asyncio.Future[int], float]] = []

    async def start(self) -> None:
        """Be known to the broker."""
        self._broker.producers.append(self)

    async def close(self) -> None:
        """Fail what cannot be delivered."""
        self.retry()
        for _, future, _ in self._waiting:
            if not future.done():
                future.set_exception(Unavailable("the broker did not acknowledge this record"))
        self._waiting.clear()

    def send(
        self, stream: str, *, partition: int, key: bytes | None, value: bytes, headers: Headers = ()
    ) -> "asyncio.Future[int]":
        """Put a record on its way."""
        now = time.monotonic()
        if len(self._waiting) >= self._most or (self._waiting and now - self._waiting[0][2] > self._age):
            raise ResourceExhausted("too much is waiting for the broker", retry_after=timedelta(seconds=1))
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if len(value) > catalogue()[stream].max_message:
            future.set_exception(RecordRefusedError("MessageSizeTooLargeError"))
            return future
        self._waiting.append(((stream, partition, key, value, tuple(headers)), future, now))
        asyncio.get_running_loop().call_soon(self.retry)
        return future

    def send_all(self, stream: str, *, partition: int, records: Sequence[Keyed]) -> "list[asyncio.Future[int]]":
        """Put records on their way, one by one."""
        return [
            self.send(stream, partition=partition, key=key, value=value, headers=headers)
            for key, value, headers in records
        ]

    def retry(self) -> None:
        """Deliver what is waiting, if the broker answers."""
        while self._waiting and not (self._broker.is_away or self._broker.is_frozen):
            record, future, _ = self._waiting.pop(0)
            offset = self._broker.append(*record)
            if not future.done():
                future.set_result(offset)

    def health(self) -> dict[str, str]:
        """Whether the broker answers."""
        return {"kafka": "away" if self._broker.is_away or self._broker.is_frozen else "ok"}


class Holding:
    """What a member of a group holds: its partitions, where it stands in each, which rest and which cannot go on."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self._assigned: Collection[Partition] = ()
        self._positions: dict[Partition, int] = {}
        self._turns: dict[Partition, int] = defaultdict(int)
        self._paused: set[Partition] = set()
        self._faults: dict[Partition, str] = {}
        self._astray: dict[Partition, int] = {}  # where the log did not hold our position

    def assign(self, partitions: Collection[Partition]) -> None:
        """From the broker: what is ours now; what was given or taken is located anew."""
        for partition in [*self._assigned, *partitions]:
            if (partition in self._assigned) != (partition in partitions):
                self._positions.pop(partition, None)
                self._paused.discard(partition)
                self._faults.pop(partition, None)
                self._astray.pop(partition, None)
                self._turns[partition] += 1
        self._assigned = partitions

    def go_astray(self, partition: Partition) -> None:
        """The log does not hold our position: whoever had it before may have moved on, so it is located anew, once."""
        position = self._positions.pop(partition)
        if self._astray.get(partition) == position:
            self._faults[partition] = "the position is out of range"
        self._astray[partition] = position

    def turn(self, partition: Partition) -> int:
        """Which turn of the partition is running."""
        return self._turns[partition]

    def seek(self, partition: Partition, offset: int) -> None:
        """Go on from another offset."""
        self._turns[partition] += 1
        if partition in self._positions:
            self._positions[partition] = offset
        self.woken.set()

    def pause(self, partition: Partition) -> None:
        """Deliver nothing of it."""
        self._paused.add(partition)

    def resume(self, partition: Partition) -> None:
        """Deliver it again."""
        self._paused.discard(partition)
        self.woken.set()

    def faults(self) -> Mapping[Partition, str]:
        """Partitions that cannot go on, and why."""
        return dict(self._faults)

    def revive(self) -> None:
        """Nothing of this source can go deaf."""


class MemorySource(Holding):
    """One member of a group reading a MemoryBroker."""

    def __init__(self, broker: MemoryBroker, group: str, *, max_records: int = 500) -> None:
        super().__init__()
        self._broker, self._group, self._max_records = broker, group, max_records
        self.streams: list[str] = []
        self.noted: dict[Partition, int] = {}

    async def start(self, streams: Iterable[str], locate: Locate) -> None:
        """Join the group."""
        self.streams, self._locate = list(streams), locate
        self._broker.groups[self._group].append(self)
        self._broker.share_out(self._group)

    async def close(self) -> None:
        """Leave the group."""
        if self in self._broker.groups[self._group]:
            self._broker.groups[self._group].remove(self)
            self._broker.share_out(self._group)

    async def poll(self, timeout: float) -> list[Batch]:  # noqa: ASYNC109 - an empty answer is no error
        """What has come since, after `timeout` seconds at the latest."""
        await self._place()
        batches = self._read()
        if not batches:
            self.woken.clear()
            try:
                await asyncio.wait_for(self.woken.wait(), timeout)
            except TimeoutError:
                return []
            batches = self._read()
        return batches

    async def _place(self) -> None:
        wanted = {p for p in self._assigned if p not in self._positions and p not in self._faults}
        if not wanted or self._broker.is_away:
            return
        starts = self._broker.log_starts
        told = {p: Beginning(self._broker.topic_id(p.stream), starts.get(p, 0)) for p in wanted}
        for partition, offset in (await self._locate(told)).items():
            self._positions[partition] = offset

    def _read(self) -> list[Batch]:
        if self._broker.is_away or self._broker.is_frozen:
            return []
        batches, room = [], self._max_records
        for partition, position in sorted(self._positions.items()):
            log = self._broker.records.get(partition, [])
            if position < self._broker.log_starts.get(partition, 0) or position > len(log):
                self.go_astray(partition)
            elif partition not in self._paused and position < len(log) and room:
                records = log[position : position + room]
                room -= len(records)
                self._positions[partition] = records[-1].offset + 1
                batches.append(Batch(partition, records, self._turns[partition]))
        return batches

    def note(self, partition: Partition, offset: int) -> None:
        """Keep what a dashboard would show."""
        self.noted[partition] = offset

    def ends(self) -> Mapping[Partition, int]:
        """Where each partition that we hold ends."""
        return {p: len(self._broker.records.get(p, [])) for p in self._positions}

    def health(self) -> dict[str, str]:
        """Whether the broker answers."""
        return {"kafka": "away" if self._broker.is_away or self._broker.is_frozen else "ok"}
