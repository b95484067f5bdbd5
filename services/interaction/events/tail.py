"""The end of the recorded and events streams, read without a group by every `serve` process, for those who watch."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterable
from typing import Any

from chassis.bus import Record
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
PAUSE = 1.0


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
    """Reads from five minutes ago on, in a thread of its own, and hands every record to the hub on the loop."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._settings = settings
        self._hub = hub
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
        return {"watch": "ok" if self._is_reading else "joining"}

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
            self._assign(consumer)
            self._is_reading = True
            while not self._stop.is_set():
                self._hand_over(consumer.poll(timeout_ms=POLL_MS))
        finally:
            with contextlib.suppress(errors.KafkaError, OSError):
                consumer.close()

    def _assign(self, consumer: Any) -> None:
        topics = [
            TopicPartition(self._settings.topic_prefix + stream, number)
            for stream in STREAMS
            for number in range(catalogue()[stream].partitions)
        ]
        consumer.assign(topics)
        since = int(time.time() * 1000) - BEFORE_MS
        found = consumer.offsets_for_times(dict.fromkeys(topics, since))
        for topic in topics:
            at = found.get(topic)
            if at is None:
                consumer.seek_to_end(topic)
            else:
                consumer.seek(topic, at.offset)

    def _hand_over(self, polled: dict[Any, list[Any]]) -> None:
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
