"""The end of the recorded and events streams, read without a group by every `serve` process, for those who watch."""

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Iterable
from typing import Any

from chassis.bus import Limits, Partition, Record, Watchdog
from chassis.bus_kafka.client import client_options
from chassis.config import Settings
from chassis.streams import catalogue
from chassis.telemetry import logger
from kafka import KafkaConsumer, TopicPartition, errors
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction.events.encoding import EVENTS
from services.interaction.store import RECORDED
from services.interaction.usecases import Entry, Hub, Position

LOG = logger(__name__)
STREAMS = (RECORDED, EVENTS)
BEFORE_MS = 300_000
POLL_MS = 500
ASK_MS = 5_000
PAUSE = 1.0
UNWATCHED = 0.1  # seconds between polls while nobody watches: each costs Kafka and us as much as many records
ENDS_EVERY = 10.0
READER = "interaction.watch"  # the group of its metrics; in Kafka it has none


def entry(record: Record) -> Entry | None:
    """What a record means to who watches; None for one without a number, which is none of ours."""
    epoch, _, seq = record.header("ce_sequence").partition(".")
    if not (epoch.isdigit() and seq.isdigit()):
        return None
    position = Position(record.stream, record.partition, int(epoch), int(seq))
    return Entry(position, packed_subjects(record.value) if record.stream == RECORDED else b"", record.value)


def packed_subjects(value: bytes) -> bytes:
    """The packed subjects at the beginning of an envelope, without parsing the rest."""
    if value[:1] != b"\x0a":
        return TouchBatch.FromString(value).subjects
    length = shift = 0
    for at in range(1, len(value)):
        length |= (value[at] & 0x7F) << shift
        shift += 7
        if value[at] < 128:
            return value[at + 1 : at + 1 + length]
    return b""


class Tail:
    """Reads from five minutes ago on, in a thread of its own, and hands every record to the hub on the loop.

    Every `ends_every` seconds it asks Kafka where the partitions end: when one stands still for `stalled` seconds
    though records wait, its client has gone deaf, and another one is made.
    """

    def __init__(
        self, settings: Settings, hub: Hub, *, ends_every: float = ENDS_EVERY, stalled: float = Limits.stalled
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._ends_every = ends_every
        self._watchdog = Watchdog(READER, stalled, awaited=math.inf)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_reading = False

    def start(self) -> None:
        """Begin to read; takes as long as it takes, and begins again after a failure."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="tail", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 5.0)

    def health(self) -> dict[str, str]:
        """Whether those who watch are told what comes."""
        state = "ok" if self._is_reading else "joining"
        return {"watch": next(iter(self._watchdog.alarms.values()), state)}

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except Exception as error:  # whatever ends the thread would leave every watch silent
                LOG.warning("tail_interrupted", error=type(error).__name__)
            self._is_reading = False
            self._stop.wait(PAUSE)

    def _read(self) -> None:
        consumer = KafkaConsumer(
            **client_options(self._settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=5_000,
            max_poll_records=500,
        )
        try:
            positions = self._assign(consumer)
            self._is_reading = True
            self._follow(consumer, positions)
        finally:
            with contextlib.suppress(Exception):
                consumer.close(autocommit=False, timeout_ms=2_000)

    def _assign(self, consumer: Any) -> dict[TopicPartition, int]:
        """Begin five minutes ago, or at the end where nothing has come since; answers where each partition is."""
        topics = [
            TopicPartition(self._settings.topic_prefix + stream, number)
            for stream in STREAMS
            for number in range(catalogue()[stream].partitions)
        ]
        consumer.assign(topics)
        since = int(time.time() * 1000) - BEFORE_MS
        ends = consumer.end_offsets(topics, timeout_ms=ASK_MS)
        found = consumer.offsets_for_times(dict.fromkeys(topics, since))
        positions = {topic: at.offset if (at := found.get(topic)) else ends[topic] for topic in topics}
        for topic, offset in positions.items():
            consumer.seek(topic, offset)
        return positions

    def _follow(self, consumer: Any, positions: dict[TopicPartition, int]) -> None:
        """Hand over what comes, until told to stop or the client has gone deaf."""
        ends_due = 0.0
        while not self._stop.is_set():
            polled = consumer.poll(timeout_ms=POLL_MS)
            positions.update({topic: found[-1].offset + 1 for topic, found in polled.items()})
            self._hand_over(polled)
            if polled and not self._hub.is_watched:
                self._stop.wait(UNWATCHED)
            if time.monotonic() >= ends_due:
                if self._is_deaf(consumer, positions):
                    return
                ends_due = time.monotonic() + self._ends_every

    def _is_deaf(self, consumer: Any, positions: dict[TopicPartition, int]) -> bool:
        """Whether records wait that this client does not bring; while Kafka does not say so, nobody can know."""
        places = self._named(positions)
        try:
            ends = consumer.end_offsets(list(positions), timeout_ms=ASK_MS)
        except errors.KafkaError:
            self._watchdog.begin_again(places)
            return False
        stalled = self._watchdog.look(places, self._named(ends), excused=())
        if stalled:
            LOG.error("tail_stalled", partitions=[f"{p.stream}/{p.number}" for p in stalled])
            self._watchdog.begin_again(stalled)
        return bool(stalled)

    def _named(self, offsets: dict[TopicPartition, int]) -> dict[Partition, int]:
        prefix = self._settings.topic_prefix
        return {Partition(topic.topic.removeprefix(prefix), topic.partition): at for topic, at in offsets.items()}

    def _hand_over(self, polled: dict[TopicPartition, list[Any]]) -> None:
        records = [
            Record(
                topic.topic.removeprefix(self._settings.topic_prefix),
                topic.partition,
                one.offset,
                one.key,
                one.value,
                one.headers,
            )
            for topic, found in polled.items()
            for one in found
            if one.value is not None
        ]
        if records:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._put, records)

    def _put(self, records: Iterable[Record]) -> None:
        for record in records:
            found = entry(record)
            if found is not None:
                self._hub.put(found)
