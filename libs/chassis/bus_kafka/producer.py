"""Our Kafka producer: bounded by records, bytes and age, never blocking, and replaced when it has gone deaf.

kafka-python's idempotent producer dies for ever without an error after a long outage or one refused record, so this one
is not idempotent and keeps one request in flight: in order, and a record may be repeated. It never gives up by itself
(`delivery_timeout_ms`), and has no bound of its own: both are ours.
"""

import asyncio
import contextlib
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import kafka
from kafka import TopicPartition, errors

from chassis import telemetry
from chassis.bus.records import Headers, Keyed, RecordRefusedError
from chassis.bus_kafka.client import WrongPartitionsError, answers, client_options, complaint
from chassis.bus_kafka.packed import append_all
from chassis.config import Settings
from chassis.errors import ResourceExhausted, Unavailable
from chassis.pace import SLOW, Pace
from chassis.streams import Stream, catalogue
from chassis.telemetry import metrics

LOG = telemetry.logger(__name__)
REFUSALS = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidRecordError,
    errors.CorruptRecordError,
    errors.InvalidTimestampError,
)
LEAST_DELAY_MS = 20.0
RECORD_OVERHEAD = 200
BATCH_BYTES = 128 * 1024  # of one partition in one request; each costs as much as ten records


@dataclass(frozen=True)
class Bounds:
    """What may be waiting for Kafka's acknowledgement at most, and the patience with a client, in seconds."""

    records: int = 50_000
    size: int = 64 * 1024 * 1024
    age: float = 10.0
    deaf: float = 30.0
    start: float = 5.0
    close: float = 5.0


class Pending:
    """A record on its way, or several with one future."""

    __slots__ = ("count", "future", "sent", "size", "stream")

    def __init__(self, stream: str, size: int, future: "asyncio.Future[int]", count: int = 1) -> None:
        self.stream, self.size, self.future, self.count = stream, size, future, count
        self.sent = time.monotonic()


class KafkaProducer:
    """One per process. `streams` are those it may write; their metadata is fetched before it is ready."""

    def __init__(
        self, settings: Settings, *, streams: Iterable[str] | None = None, bounds: Bounds | None = None
    ) -> None:
        self._settings = settings
        self._streams = list(catalogue() if streams is None else streams)
        self._bounds = bounds or Bounds()
        self._client: Any = None
        self._pending: OrderedDict[int, Pending] = OrderedDict()
        self._size = self._buffered = 0  # bytes and records of these
        self._number = 0
        self._acknowledged: deque[tuple[int, int, BaseException | None]] = deque()
        self._is_woken = self._is_rousing = False
        self._progress = time.monotonic()
        self._pace = Pace()
        self._ready = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self.replaced = 0

    async def start(self) -> None:
        """Begin to connect; returns when connected, or after a while: send() says Unavailable until then."""
        self._loop = asyncio.get_running_loop()
        self._keeper = self._loop.create_task(self._keep())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), self._bounds.start)

    async def close(self) -> None:
        """Wait for what is on its way, then let the client go."""
        if self._keeper is not None:
            self._keeper.cancel()
        waiting = [pending.future for pending in self._pending.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=self._bounds.close)
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(_end, client)
        self._fail_all()

    def health(self) -> dict[str, str]:
        """Away means: no client, or a record that waits longer than it should; slow, that one waits or waited late."""
        age = self._age()
        if self._client is None or age >= self._bounds.age:
            return {"kafka": "away"}
        return {"kafka": "slow" if age > SLOW or self._pace.is_slow else "ok"}

    def send(
        self, stream: str, *, partition: int, key: bytes | None, value: bytes, headers: Headers = ()
    ) -> "asyncio.Future[int]":
        """Put a record on its way; the future resolves to its offset when every replica has it."""
        size = len(value) + RECORD_OVERHEAD
        client, place = self._ready_for(stream, partition, size)
        future: asyncio.Future[int] = self._loop.create_future()
        try:
            sent = _append(client, place, key, value, headers)
        except REFUSALS as error:
            future.set_exception(RecordRefusedError(type(error).__name__))
            return future
        except (errors.KafkaError, AssertionError) as error:
            raise Unavailable("Kafka is away") from error
        number = self._note(Pending(stream, size, future))
        sent.add_callback(lambda told: self._heard(number, told.offset, None))
        sent.add_errback(partial(self._heard, number, -1))
        return future

    def send_all(self, stream: str, *, partition: int, records: Sequence[Keyed]) -> "list[asyncio.Future[int]]":
        """Put records of one partition on their way, a batch of Kafka's at a time, each with a future."""
        futures: list[asyncio.Future[int]] = []
        while records:
            size = min(BATCH_BYTES, sum(len(each.value) + RECORD_OVERHEAD for each in records))
            client, place = self._ready_for(stream, partition, size)
            future: asyncio.Future[int] = self._loop.create_future()
            number = self._number + 1
            try:
                count = append_all(client, place, records, BATCH_BYTES, partial(self._heard, number))
            except REFUSALS as error:
                future.set_exception(RecordRefusedError(type(error).__name__))
                count = 1
            except (errors.KafkaError, AssertionError) as error:
                raise Unavailable("Kafka is away") from error
            else:
                self._note(Pending(stream, size, future, count))
            futures.append(future)
            records = records[count:]
        return futures

    def _ready_for(self, stream: str, partition: int, size: int) -> tuple[Any, TopicPartition]:
        """The client and the place there, if so much may be sent now."""
        client, topic = self._client, self._settings.topic_prefix + stream
        self._check_bounds(size)
        # With unknown metadata kafka-python would block this loop until it knows more.
        if client is None or partition not in (client._metadata.partitions_for_topic(topic) or ()):
            if client is not None:
                client._sender.add_topic(topic)
            raise Unavailable("Kafka is away")
        return client, TopicPartition(topic, partition)

    def _note(self, pending: Pending) -> int:
        """Something is on its way; gives its number."""
        if not self._is_rousing:
            self._is_rousing = True
            self._loop.call_soon(self._rouse)
        self._number += 1
        self._pending[self._number] = pending
        self._size += pending.size
        self._buffered += pending.count
        return self._number

    def _check_bounds(self, size: int) -> None:
        bounds = self._bounds
        is_full = self._buffered >= bounds.records or self._size + size > bounds.size
        if is_full or self._age() > bounds.age:
            raise ResourceExhausted("too much is waiting for Kafka", retry_after=timedelta(seconds=1))

    def _age(self) -> float:
        for pending in self._pending.values():
            return time.monotonic() - pending.sent
        return 0.0

    def _rouse(self) -> None:
        """Wake kafka-python's thread once for all that was sent in this turn of the loop.

        Woken by the first record it would send that alone, and the others would wait for its answer.
        """
        self._is_rousing = False
        if self._client is not None:
            self._client._sender.wakeup()

    def _heard(self, number: int, offset: int, error: BaseException | None) -> None:
        """On kafka-python's thread: many answers, one wake-up of the loop."""
        self._acknowledged.append((number, offset, error))
        if not self._is_woken:
            self._is_woken = True
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._is_woken = False
        arrived: Counter[str] = Counter()
        self._progress = now = time.monotonic()
        while self._acknowledged:
            number, offset, error = self._acknowledged.popleft()
            pending = self._pending.pop(number, None)
            if pending is None:
                continue
            self._size -= pending.size
            self._buffered -= pending.count
            self._pace.note(now - pending.sent)
            metrics.MESSAGING_SEND_DURATION.labels(pending.stream).observe(now - pending.sent)
            if error is None:
                arrived[pending.stream] += pending.count
            if not pending.future.done():
                _resolve(pending.future, offset, error)
        metrics.PRODUCER_BUFFERED.set(self._buffered)
        for stream, count in arrived.items():
            metrics.MESSAGING_SENT.labels(stream).inc(count)

    async def _keep(self) -> None:
        """Make a client, watch it, make another one when it has gone deaf."""
        while True:
            self._client = await self._connect()
            self._progress = time.monotonic()
            self._ready.set()
            await self._until_deaf()
            LOG.error("kafka_producer_replaced", waiting=len(self._pending))
            self.replaced += 1
            client, self._client = self._client, None
            self._fail_all()
            threading.Thread(target=_end, args=(client,), daemon=True).start()

    async def _connect(self) -> Any:
        pause = 0.2
        while True:
            try:
                return await asyncio.to_thread(self._make)
            except (errors.KafkaError, OSError, AssertionError) as error:
                told = {"error": type(error).__name__, "mend": complaint(error, self._settings)}
                LOG.warning("kafka_producer_not_connected", **told)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _make(self) -> Any:
        """In a worker thread: it blocks as long as the broker does not answer."""
        known = catalogue()
        largest = max((known[name].max_message for name in self._streams if name in known), default=1_048_576)
        client = kafka.KafkaProducer(
            **client_options(self._settings),
            acks="all",
            enable_idempotence=False,
            max_in_flight_requests_per_connection=1,
            delivery_timeout_ms=2**31 - 1,
            max_request_size=largest,
            batch_size=min(BATCH_BYTES, largest),
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=5000,
            max_block_ms=5000,
        )
        try:
            _never_spin(client)
            for name in self._streams:
                topic = self._settings.topic_prefix + name
                _check_partitions(topic, client.partitions_for(topic), known.get(name))
        except BaseException:
            _end(client)
            raise
        return client

    async def _until_deaf(self) -> None:
        """The oldest record is the canary: unacknowledged for long while the broker answers others."""
        reachable_since: float | None = None
        while True:
            await asyncio.sleep(self._bounds.deaf / 20)
            stuck = min(self._age(), time.monotonic() - self._progress)
            if stuck < self._bounds.deaf / 4 or not await asyncio.to_thread(answers, self._settings):
                reachable_since = None
            else:
                reachable_since = reachable_since or time.monotonic()
                silent = time.monotonic() - max(reachable_since, self._progress)
                if stuck >= self._bounds.deaf and silent >= self._bounds.deaf:
                    return

    def _fail_all(self) -> None:
        pending, self._pending, self._size, self._buffered = self._pending, OrderedDict(), 0, 0
        for one in pending.values():
            if not one.future.done():
                one.future.set_exception(Unavailable("Kafka did not acknowledge this record"))


def _check_partitions(topic: str, found: Collection[int], wanted: Stream | None) -> None:
    if wanted is not None and len(found) != wanted.partitions:
        raise WrongPartitionsError(topic, len(found), wanted.partitions)


def _append(client: Any, place: TopicPartition, key: bytes | None, value: bytes, headers: Headers) -> Any:
    """kafka-python's `send` without what we know already: that the partition is there, and that all is bytes.

    That is a sixth of what the public stream costs, which sends a record for each touch.
    """
    if len(value) > client.config["max_request_size"] // 2:
        client._ensure_valid_record_size(client._estimate_size_in_bytes(key, value, list(headers)))
    return client._accumulator.append(place, None, key, value, list(headers))[0]


def _resolve(future: "asyncio.Future[int]", offset: int, error: BaseException | None) -> None:
    if error is None:
        future.set_result(offset)
    elif isinstance(error, REFUSALS):
        future.set_exception(RecordRefusedError(type(error).__name__))
    else:
        future.set_exception(Unavailable(f"Kafka: {type(error).__name__}"))


def _never_spin(client: Any) -> None:
    """A frozen broker makes the sender's thread spin: it takes this delay, in seconds, for milliseconds."""
    net = client._sender._client
    delay = net.connection_delay
    net.connection_delay = lambda node: max(LEAST_DELAY_MS, delay(node) * 1000)


def _end(client: Any) -> None:
    """Close without waiting for what cannot be delivered."""
    with contextlib.suppress(Exception):
        client._sender.force_close()
    with contextlib.suppress(Exception):
        client.close(timeout=0.5)
