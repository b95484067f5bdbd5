"""Records from Kafka: one thread that polls, hands batches to the event loop, and does what the loop asks for.

kafka-python's consumer is not thread safe, so only this thread touches it. Positions are ours: every assigned partition
is paused until `locate` has said where to start, and whatever comes from a partition without a position is dropped.
"""

import asyncio
import contextlib
import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import kafka
from kafka import TopicPartition, errors

from chassis import telemetry
from chassis.bus.records import Batch, Beginning, Locate, Partition, Record
from chassis.bus_kafka.assignment import Assignment, consumer_options
from chassis.bus_kafka.client import complaint
from chassis.bus_kafka.handover import Handover
from chassis.config import Settings

LOG = telemetry.logger(__name__)
QUIET_MS = 500  # of a poll when nobody waits for its end: each wakes two threads several times
ASKED_MS = 50  # of one while the loop says where partitions start
JOIN_MS = 500  # of a poll that joins: one that ends before the join does may begin it anew
UNCONNECTED = 0.05  # seconds between polls without a broker: they return at once, and would keep two threads busy
ENDS_EVERY = 10.0
COMMIT_EVERY = 1.0
UNHEARD = 90.0  # seconds without an answer of the group: longer than a join may take
GATHER = 0.05  # seconds without fetching while the loop is busy
BLOCKED = 0.5  # seconds without polling while the loop is busy; then everything is paused, and polling goes on


class KafkaSource:
    """One consumer of a group. `group` is without the installation's prefix."""

    def __init__(
        self,
        settings: Settings,
        group: str,
        *,
        max_records: int = 500,
        ends_every: float = ENDS_EVERY,
        unheard: float = UNHEARD,
        gather: float = GATHER,
    ) -> None:
        self._settings, self._group, self._max_records, self._gather = settings, group, max_records, gather
        self._ends_every, self._unheard = ends_every, unheard
        self._handover = Handover(max_records)
        self._numbers = itertools.count(1)  # of turns; the loop and the thread both begin some, so none is counted up
        self._turns: dict[Partition, int] = defaultdict(int)
        self._commands: deque[Callable[[Any], None]] = deque()
        self._noted: dict[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._faults: dict[Partition, str] = {}
        self._astray: dict[Partition, int] = {}  # where Kafka did not hold our position
        self._assignment: Assignment | None = None
        self._thread: threading.Thread | None = None
        self._is_closing = threading.Event()
        self._is_dead = threading.Event()  # this client is to be thrown away
        self._is_ok = False

    async def start(self, streams: Iterable[str], locate: Locate) -> None:
        """Begin to consume; returns at once, also while Kafka is away."""
        self._loop = asyncio.get_running_loop()
        self._topics = [self._settings.topic_prefix + stream for stream in streams]
        self._locate = locate
        self._thread = threading.Thread(target=self._work, name=f"kafka-{self._group}", daemon=True)
        self._thread.start()

    async def poll(self, timeout: float) -> list[Batch]:  # noqa: ASYNC109 - an empty answer is no error
        """What has come since, after `timeout` seconds at the latest."""
        return await self._handover.take(timeout)

    def turn(self, partition: Partition) -> int:
        """Which turn of the partition is running."""
        return self._turns[partition]

    def seek(self, partition: Partition, offset: int) -> None:
        """Go on from another offset; what is on its way to the loop is stale from now on."""
        turn = self._turns[partition] = next(self._numbers)
        self._commands.append(lambda assignment: self._seek(assignment, partition, offset, turn))

    def pause(self, partition: Partition) -> None:
        """Deliver nothing of it; the consumer goes on polling."""
        self._commands.append(lambda assignment: assignment.hold_back(partition))

    def resume(self, partition: Partition) -> None:
        """Deliver it again."""
        self._commands.append(lambda assignment: assignment.let_go(partition))

    def note(self, partition: Partition, offset: int) -> None:
        """Tell Kafka where we are, some time, for its lag dashboards."""
        self._noted[partition] = offset

    def ends(self) -> Mapping[Partition, int]:
        """Where each partition that we hold ends, as Kafka said within the last seconds."""
        return dict(self._ends)

    def faults(self) -> Mapping[Partition, str]:
        """Partitions that cannot go on, and why."""
        return dict(self._faults)

    def revive(self) -> None:
        """Throw this client away and make another one."""
        self._is_dead.set()

    def health(self) -> dict[str, str]:
        """Whether the last poll found a broker."""
        return {"kafka": "ok" if self._is_ok else "away"}

    async def close(self) -> None:
        """Leave the group and end the thread."""
        self._is_closing.set()
        self._handover.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 10.0)

    def _work(self) -> None:
        """The thread: a client, until it fails; then another one."""
        pause = 0.2
        while not self._is_closing.is_set():
            consumer = None
            try:
                consumer = self._connect()
                pause = 0.2
                self._live(consumer)
            except Exception as error:
                told = {"error": type(error).__name__, "mend": complaint(error, self._settings)}
                LOG.warning("kafka_consumer_failed", group=self._group, **told)
            self._is_ok = False
            self._forget_everything()
            if consumer is not None:
                with contextlib.suppress(Exception):
                    consumer.close(autocommit=False, timeout_ms=2000)
            self._is_closing.wait(pause)
            pause = min(pause * 2, 2.0)

    def _connect(self) -> Any:
        consumer = kafka.KafkaConsumer(**consumer_options(self._settings, self._group, self._max_records))
        self._assignment = Assignment(consumer, self._settings.topic_prefix)
        # Without their metadata the group's leader would share out nothing, and nobody would ask again.
        missing = [topic for topic in self._topics if not consumer.partitions_for_topic(topic)]
        if missing:
            consumer.close(autocommit=False, timeout_ms=500)
            raise errors.UnknownTopicOrPartitionError(missing)
        consumer.subscribe(self._topics, listener=self._assignment.listener)
        return consumer

    def _live(self, consumer: Any) -> None:
        assert self._assignment is not None
        assignment = self._assignment
        asked = _Asked(self._loop, self._locate)
        ends_due = commit_due = 0.0
        self._is_dead.clear()
        while not (self._is_closing.is_set() or self._is_dead.is_set()):
            self._obey(assignment)
            self._drop_lost(assignment)
            if not assignment.is_joining():
                self._place(assignment, asked)
            timeout_ms = ASKED_MS if asked.is_waiting() else QUIET_MS
            self._hand_over(assignment, self._poll(consumer, assignment, timeout_ms))
            if self._is_ok and assignment.is_unheard(self._unheard):
                raise TimeoutError("the group does not answer")
            if assignment.is_joining():
                continue  # and ask nothing else meanwhile: a join that ends outside of poll() is begun anew
            now = time.monotonic()
            if now >= ends_due:
                ends_due = now + self._ends_every
                self._ends = assignment.ends()
            if now >= commit_due:
                commit_due = now + COMMIT_EVERY
                assignment.commit(self._noted)

    def _obey(self, assignment: Assignment) -> None:
        while self._commands:
            self._commands.popleft()(assignment)

    def _seek(self, assignment: Assignment, partition: Partition, offset: int, turn: int) -> None:
        """Obey a seek, unless the partition was lost since: then it was located anew, and this turn would end that."""
        if self._turns[partition] == turn:
            assignment.seek(partition, offset, turn)

    def _drop_lost(self, assignment: Assignment) -> None:
        for partition in assignment.lost():
            self._turns[partition] = next(self._numbers)
            self._ends.pop(partition, None)
            self._noted.pop(partition, None)
            self._faults.pop(partition, None)
            self._astray.pop(partition, None)

    def _forget_everything(self) -> None:
        self._commands.clear()
        self._faults.clear()
        self._astray.clear()
        self._ends = {}
        for partition in list(self._turns):
            self._turns[partition] = next(self._numbers)

    def _place(self, assignment: Assignment, asked: "_Asked") -> None:
        """Ask where to start what was newly assigned, and start what we were told."""
        for partition, offset in asked.answers().items():
            assignment.start(partition, offset, self._turns[partition])
        if asked.is_free():
            asked.ask(assignment.beginnings())

    def _poll(self, consumer: Any, assignment: Assignment, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        try:
            polled: dict[TopicPartition, list[Any]] = consumer.poll(
                timeout_ms=JOIN_MS if assignment.is_joining() else timeout_ms
            )
        except errors.NoOffsetForPartitionError:
            return {}  # assigned within this poll: it gets its position next
        except errors.OffsetOutOfRangeError as error:
            self._go_astray(assignment, error.args[0])
            return {}
        except errors.LogTruncationError as error:
            self._refuse(assignment, error.divergent_offsets, "the log was cut off behind the position")
            return {}
        self._is_ok = assignment.is_connected()
        if not self._is_ok:
            self._is_closing.wait(UNCONNECTED)
        return polled

    def _go_astray(self, assignment: Assignment, positions: Mapping[TopicPartition, int]) -> None:
        """Locate anew what Kafka does not hold, once: whoever had the partition before may have moved on."""
        for topic, position in positions.items():
            partition = assignment.partition(topic)
            if self._astray.get(partition) == position:
                self._refuse(assignment, [topic], "the position is out of range")
            else:
                assignment.lose_position(partition)
            self._astray[partition] = position

    def _refuse(self, assignment: Assignment, topics: Iterable[TopicPartition], why: str) -> None:
        """A position that Kafka does not know is never replaced by another one: that would skip silently."""
        for topic in topics:
            partition = assignment.partition(topic)
            assignment.give_up(partition)
            self._faults[partition] = why
            LOG.error("kafka_partition_stopped", group=self._group, why=why, **partition._asdict())

    def _hand_over(self, assignment: Assignment, polled: dict[TopicPartition, list[Any]]) -> None:
        self._drop_lost(assignment)
        batches = [
            Batch(partition, [_record(partition, one) for one in polled[topic]], assignment.held[partition])
            for topic in polled
            if (partition := assignment.partition(topic)) in assignment.held
        ]
        if not batches:
            return
        while not self._handover.put(batches, BLOCKED):
            # The loop is busy for long: nothing more is fetched, yet the group must see us polling.
            if self._is_closing.is_set():
                return
            assignment.pause_all()
            self._poll(assignment.consumer, assignment, ASKED_MS)
        assignment.unpause()
        self._handover.until_asked(self._gather)


class _Asked:
    """The question to the loop where partitions start, at most one at a time, repeated for those without an answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, locate: Locate) -> None:
        self._loop, self._locate = loop, locate
        self._future: Any = None
        self._again = 0.0

    def is_waiting(self) -> bool:
        return self._future is not None

    def is_free(self) -> bool:
        return self._future is None and time.monotonic() >= self._again

    def ask(self, beginnings: Mapping[Partition, Beginning]) -> None:
        if beginnings:
            self._future = asyncio.run_coroutine_threadsafe(_answer(self._locate, beginnings), self._loop)

    def answers(self) -> Mapping[Partition, int]:
        if self._future is None or not self._future.done():
            return {}
        future, self._future = self._future, None
        self._again = time.monotonic() + 0.5
        found: Mapping[Partition, int] = future.result()
        return found


async def _answer(locate: Locate, beginnings: Mapping[Partition, Beginning]) -> Mapping[Partition, int]:
    return await locate(beginnings)


def _record(partition: Partition, one: Any) -> Record:
    return Record(*partition, one.offset, one.key, one.value or b"", one.headers or (), one.timestamp or 0)
