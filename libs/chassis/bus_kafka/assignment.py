"""The partitions of one KafkaConsumer: which we hold a position for, which are held back, which were lost.

Everything but the listener's methods runs on the polling thread. The listener runs on kafka-python's own, where calls
into the consumer raise: it only notes what must be forgotten.
"""

import contextlib
import time
import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any

from kafka import ConsumerRebalanceListener, OffsetAndMetadata, TopicPartition, errors

from chassis.bus.records import Beginning, Partition
from chassis.bus_kafka.assignor import EachStreamEvenly
from chassis.bus_kafka.client import client_options
from chassis.config import Settings

ASK_MS = 2000


def consumer_options(settings: Settings, group: str, max_records: int) -> dict[str, Any]:
    """How our consumers join their group: they leave it after ten seconds of silence, and trust no stored offset."""
    return {
        **client_options(settings),
        "group_id": settings.topic_prefix + group,
        "auto_offset_reset": "none",  # 'earliest' and 'latest' skip silently
        "enable_auto_commit": False,
        "partition_assignment_strategy": [EachStreamEvenly],
        "session_timeout_ms": 10_000,
        "heartbeat_interval_ms": 1_000,
        "max_poll_interval_ms": 60_000,
        "max_poll_records": max_records,
        "max_partition_fetch_bytes": 1024 * 1024,
        "fetch_max_bytes": 16 * 1024 * 1024,
        "allow_auto_create_topics": False,
        "bootstrap_timeout_ms": 5_000,
    }


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes what was taken or given."""

    def __init__(self) -> None:
        self.changed: deque[TopicPartition] = deque()

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.changed.extend(revoked)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.changed.extend(assigned)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self.changed.extend(lost)


class Assignment:
    """What we may and may not read of what is assigned to us."""

    def __init__(self, consumer: Any, prefix: str) -> None:
        self.consumer = consumer
        self.listener = Listener()
        self.held: dict[Partition, int] = {}  # the turn in which we got or gave it a position
        self._prefix = prefix
        self._held_back: set[Partition] = set()
        self._paused_by_us: set[TopicPartition] = set()
        self._given_up: set[Partition] = set()

    def partition(self, topic: TopicPartition) -> Partition:
        """Our name for it."""
        return Partition(topic.topic.removeprefix(self._prefix), topic.partition)

    def topic(self, partition: Partition) -> TopicPartition:
        """Kafka's name for it."""
        return TopicPartition(self._prefix + partition.stream, partition.number)

    def lost(self) -> list[Partition]:
        """What changed hands since last time; we hold no position for it any more."""
        changed = []
        while self.listener.changed:
            changed.append(self.partition(self.listener.changed.popleft()))
        for partition in changed:
            self.held.pop(partition, None)
            self._held_back.discard(partition)
            self._given_up.discard(partition)
        return changed

    def beginnings(self) -> dict[Partition, Beginning]:
        """What is assigned and has no position yet, paused, with what the broker says about it.

        Paused and yet given a position: without one, poll() raises for all partitions, and reads nothing.
        """
        wanted = [
            topic
            for topic in self.consumer.assignment()
            if (partition := self.partition(topic)) not in self.held and partition not in self._given_up
        ]
        for topic in wanted:
            with contextlib.suppress(errors.KafkaError, AssertionError):
                self.consumer.pause(topic)
                self.consumer.seek(topic, 0)
        if not wanted:
            return {}
        try:
            starts = self.consumer.beginning_offsets(wanted, timeout_ms=ASK_MS)
        except errors.KafkaError:
            return {}
        return {
            self.partition(topic): Beginning(topic_id, start)
            for topic, start in starts.items()
            if (topic_id := self._topic_id(topic.topic)) is not None
        }

    def start(self, partition: Partition, offset: int, turn: int) -> None:
        """Begin to read a partition that was located."""
        if self.topic(partition) in self.consumer.assignment() and partition not in self.held:
            self.held[partition] = turn
            self.consumer.seek(self.topic(partition), offset)
            if partition not in self._held_back:
                self.consumer.resume(self.topic(partition))

    def seek(self, partition: Partition, offset: int, turn: int) -> None:
        """Read from elsewhere, if it is still ours."""
        if partition in self.held and self._is_assigned(partition):
            self.held[partition] = turn
            self.consumer.seek(self.topic(partition), offset)

    def hold_back(self, partition: Partition) -> None:
        """Pause it until `let_go`."""
        self._held_back.add(partition)
        if self._is_assigned(partition):
            self.consumer.pause(self.topic(partition))

    def let_go(self, partition: Partition) -> None:
        """Read it again."""
        self._held_back.discard(partition)
        if partition in self.held and self._is_assigned(partition):
            self.consumer.resume(self.topic(partition))

    def give_up(self, partition: Partition) -> None:
        """Read it no more, until it is assigned anew."""
        self._given_up.add(partition)
        self.lose_position(partition)

    def lose_position(self, partition: Partition) -> None:
        """Read it no more, until it has another position."""
        self.held.pop(partition, None)
        if self._is_assigned(partition):
            self.consumer.pause(self.topic(partition))
            self.consumer.seek(self.topic(partition), 0)

    def pause_all(self) -> None:
        """Fetch nothing for a while."""
        running = self.consumer.assignment() - self.consumer.paused()
        self.consumer.pause(*running)
        self._paused_by_us |= running

    def unpause(self) -> None:
        """Undo `pause_all`, but for what is paused for other reasons."""
        paused, self._paused_by_us = self._paused_by_us, set()
        for topic in paused & self.consumer.assignment():
            partition = self.partition(topic)
            if partition in self.held and partition not in self._held_back:
                self.consumer.resume(topic)

    def ends(self) -> dict[Partition, int]:
        """Where the held partitions end; asked of the broker, since a deaf fetcher learns no high water mark."""
        held = [self.topic(partition) for partition in self.held if self._is_assigned(partition)]
        if not held:
            return {}
        try:
            found = self.consumer.end_offsets(held, timeout_ms=ASK_MS)
        except errors.KafkaError:
            return {}
        return {self.partition(topic): end for topic, end in found.items()}

    def commit(self, noted: dict[Partition, int]) -> None:
        """Tell Kafka our positions, without waiting for its answer."""
        told = {}
        for partition in list(noted):
            offset = noted.pop(partition)
            if self._is_assigned(partition):
                told[self.topic(partition)] = OffsetAndMetadata(offset, "", -1)
        if told:
            with contextlib.suppress(errors.KafkaError):
                self.consumer.commit_async(told)

    def is_joining(self) -> bool:
        """Whether a join of the group is under way; if so, the client is made to see it through.

        kafka-python 3.0.12 decides before each poll anew whether it has to join. A leader that joins because topics
        changed has no more reason to once it has shared them out; when poll() times out just then, its join is never
        finished: no heartbeat goes out any more, the group goes on without it, and it reads what belongs to others.
        """
        coordinator = self.consumer._coordinator
        if coordinator.rejoining:
            coordinator.request_rejoin()
        return bool(coordinator.rejoining)

    def is_unheard(self, seconds: float) -> bool:
        """Whether the group has not answered a heartbeat of ours for so long; it gave our partitions to others then."""
        heartbeat = self.consumer._coordinator.heartbeat
        return bool(time.monotonic() - max(heartbeat.last_receive, heartbeat.last_reset) > seconds)

    def is_connected(self) -> bool:
        """Whether there is a connection to any broker."""
        connections = list(self.consumer._manager._conns.values())
        return any(connection.connected for connection in connections)

    def _is_assigned(self, partition: Partition) -> bool:
        return self.topic(partition) in self.consumer.assignment()

    def _topic_id(self, topic: str) -> str | None:
        found = self.consumer._cluster.topic_id(topic)
        return str(found) if isinstance(found, uuid.UUID) else None
