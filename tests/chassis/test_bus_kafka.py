"""Real Kafka under the contract, over each of its listeners, and what only kafka-python can do wrong."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kafka as kafka_python
import pytest
from chassis.bus import Beginning, Partition, Record
from chassis.bus_kafka import KafkaProducer, KafkaSource, Topics
from chassis.bus_kafka.client import admin, client_options
from chassis.bus_kafka.producer import Bounds
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.streams import Streams, catalogue
from kafka import TopicPartition
from structlog.testing import capture_logs

from deploy.local.kafka import Kafka
from tests.chassis.bus_contract import BusContract
from tests.chassis.bus_ground import PLAIN, STREAMS, loop_on, running, write
from tests.chassis.ground import Lag, WriteEffects, all_threads_stopped, opened, prepare, refused, until, words
from tests.chassis.latecomer_contract import LatecomerContract
from tests.chassis.many_contract import ManyContract
from tests.patience import PATIENCE
from tests.proxy import Proxy

# A broker dies with the thread that started it, so that thread has to live as long as the tests.
STARTER = ThreadPoolExecutor(1)
TOPICS = Topics(Streams(catalogue()[name] for name in STREAMS))


class KafkaBus:
    """One tenant of a real broker, and a database."""

    def __init__(self, settings: Settings, database: Database, engine: Kafka, postgres: Any) -> None:
        self.settings, self.database, self.engine = settings, database, engine
        self._postgres = postgres
        self._writer: KafkaProducer | None = None

    async def writer(self) -> KafkaProducer:
        if self._writer is None:
            self._writer = await self.producer()
        return self._writer

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.close()

    async def producer(self, *, records: int = 50_000, age: float = 10.0, deaf: float = 30.0) -> KafkaProducer:
        producer = KafkaProducer(self.settings, streams=STREAMS, bounds=Bounds(records=records, age=age, deaf=deaf))
        await producer.start()
        return producer

    def source(self, group: str) -> KafkaSource:
        return KafkaSource(self.settings, group, ends_every=0.5)

    async def outage(self, seconds: float) -> None:
        await asyncio.to_thread(self.engine.kill)
        await asyncio.sleep(seconds)
        await asyncio.get_running_loop().run_in_executor(STARTER, self.engine.start)

    @contextlib.asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        os.kill(self.engine.pid, signal.SIGSTOP)
        try:
            await all_threads_stopped(self.engine.pid)
            yield
        finally:
            os.kill(self.engine.pid, signal.SIGCONT)

    def without_database(self) -> contextlib.AbstractAsyncContextManager[None]:
        return refused(self._postgres, self.settings)

    async def records(self, stream: str) -> list[Record]:
        return await asyncio.to_thread(self._read, stream)

    def _read(self, stream: str) -> list[Record]:
        topics = [
            TopicPartition(self.settings.topic_prefix + stream, number)
            for number in range(catalogue()[stream].partitions)
        ]
        consumer = kafka_python.KafkaConsumer(**client_options(self.settings), enable_auto_commit=False)
        found: list[Record] = []
        with contextlib.closing(consumer):
            consumer.assign(topics)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(topics)
            while any(consumer.position(topic) < end for topic, end in ends.items()):
                for topic, records in consumer.poll(timeout_ms=200).items():
                    found += [
                        Record(stream, topic.partition, one.offset, one.key, one.value, one.headers, one.timestamp)
                        for one in records
                    ]
        return found

    async def cut(self, stream: str, partition: int, to: int) -> None:
        topic = TopicPartition(self.settings.topic_prefix + stream, partition)
        with contextlib.closing(await asyncio.to_thread(admin, self.settings)) as client:
            await asyncio.to_thread(client.delete_records, {topic: to})


async def bus_on(
    listener: str, make_database: Callable[..., Settings], prefix: str, engine: Kafka, postgres: Any
) -> AsyncGenerator[KafkaBus, None]:
    settings = prepare(make_database("campaign", migrated=False, topic_prefix=prefix, **engine.settings(listener)))
    await asyncio.to_thread(TOPICS.apply, settings)
    async with opened(settings) as database:
        bus = KafkaBus(settings, database, engine, postgres)
        yield bus
        await bus.close()


def port_of(bus: KafkaBus) -> int:
    return int(bus.settings.kafka_bootstrap.rpartition(":")[2])


async def locate(beginnings: Mapping[Partition, Beginning]) -> Mapping[Partition, int]:
    """Begin where the log does."""
    return {partition: beginning.log_start for partition, beginning in beginnings.items()}


def _create(settings: Settings, topic: str, partitions: int) -> None:
    client = admin(settings)
    client.create_topics({topic: {"num_partitions": partitions}}, wait_for_metadata=True)
    client.close()


@contextlib.asynccontextmanager
async def member(bus: KafkaBus, line: Proxy, **options: Any) -> AsyncIterator[Callable[[], Any]]:
    """A member of a group that reaches the broker by a line; what kafka-python knows of the group, asked anew."""

    def coordinator() -> Any:
        return source._assignment and source._assignment.consumer._coordinator

    settings = bus.settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{line.port}"})
    source = KafkaSource(settings, "readers", ends_every=0.5, **options)
    await source.start([PLAIN], locate)
    try:
        await until(lambda: coordinator() and coordinator().heartbeat.last_receive > 0)
        yield coordinator
    finally:
        await source.close()


class TestKafkaBus(BusContract, LatecomerContract, ManyContract):
    @pytest.fixture
    async def bus(
        self, make_database: Callable[..., Settings], topic_prefix: str, kafka: Kafka, postgres: Any
    ) -> AsyncIterator[KafkaBus]:
        async for bus in bus_on("PLAINTEXT", make_database, topic_prefix, kafka, postgres):
            yield bus

    async def test_who_reads_a_topic_that_is_not_there_names_it_in_the_log_with_the_command_that_makes_it(
        self, bus: KafkaBus
    ) -> None:
        settings = bus.settings.model_copy(update={"topic_prefix": f"absent.{bus.settings.topic_prefix}"})
        source = KafkaSource(settings, "readers")
        with capture_logs() as lines:
            await source.start([PLAIN], locate)
            await until(lambda: lines)
            await source.close()
        assert f"{settings.topic_prefix}{PLAIN}: `touchline topics apply`" in lines[0]["mend"]

    async def test_who_writes_a_topic_with_other_partitions_than_it_was_told_writes_nothing_and_says_so(
        self, bus: KafkaBus
    ) -> None:
        there = catalogue()[PLAIN].partitions
        settings = bus.settings.model_copy(update={"topic_prefix": f"other.{bus.settings.topic_prefix}"})
        topic = f"{settings.topic_prefix}{PLAIN}"
        await asyncio.to_thread(_create, settings, topic, there + 1)
        producer = KafkaProducer(settings, streams=[PLAIN], bounds=Bounds(start=1.0))
        with capture_logs() as lines:
            await producer.start()
            await until(lambda: lines)
        with pytest.raises(Unavailable):
            await producer.send(PLAIN, partition=0, key=b"k", value=b"a")
        await producer.close()
        assert f"topic {topic} has {there + 1} partitions, not {there}" in lines[0]["mend"]

    async def test_a_deaf_producer_is_replaced_and_its_futures_fail(self, bus: KafkaBus) -> None:
        """Its accumulator gives nothing away any more, while the broker answers everybody else."""
        producer = await bus.producer(deaf=1.5)
        await producer.send(PLAIN, partition=0, key=b"k", value=b"a")
        producer._client._accumulator.ready = lambda *_, **__: (set(), 0.1, False)
        waiting = producer.send(PLAIN, partition=0, key=b"k", value=b"b")
        with pytest.raises(Unavailable):
            await asyncio.wait_for(waiting, PATIENCE)
        await until(lambda: producer.health()["kafka"] == "ok")
        await producer.send(PLAIN, partition=0, key=b"k", value=b"c")
        assert producer.replaced == 1
        await producer.close()

    async def test_a_consumer_lives_through_an_outage_and_a_freeze(self, bus: KafkaBus) -> None:
        loop = await loop_on(bus, WriteEffects())
        async with running(loop), Lag() as lag:
            await write(bus, "a")
            await until(lambda: words(bus.settings) == ["a"])
            await bus.outage(2)
            await write(bus, "b")
            await until(lambda: words(bus.settings) == ["a", "b"])
            async with bus.frozen():
                await asyncio.sleep(3)
            await write(bus, "c")
            await until(lambda: words(bus.settings) == ["a", "b", "c"])
        lag.check()

    async def test_a_deaf_consumer_is_noticed_and_made_anew(self, bus: KafkaBus) -> None:
        """Its partition is paused behind our back, so that poll() returns nothing for ever."""
        from chassis.bus import Limits

        loop = await loop_on(bus, WriteEffects(), limits=Limits(poll=0.05, stalled=1.5))
        async with running(loop):
            await write(bus, "a")
            await until(lambda: words(bus.settings) == ["a"])
            source = loop._source
            assert isinstance(source, KafkaSource)
            source._commands.append(lambda assignment: assignment.consumer.pause(*assignment.consumer.assignment()))
            await write(bus, "b")
            await until(lambda: words(bus.settings) == ["a", "b"], patience=40)

    async def test_a_join_over_a_slow_line_is_seen_through(self, bus: KafkaBus) -> None:
        """A leader's reason to join is gone once it has shared out, and a poll() of ours may end just then."""
        async with Proxy(port_of(bus), is_kafka=True).running() as line, member(bus, line) as coordinator:
            line.delay = (0.4, 0.4)
            before = coordinator()._generation.generation_id
            coordinator()._assignment_snapshot = {}  # as if the topics had changed
            await until(lambda: coordinator()._generation.generation_id > before and coordinator().stable())

    async def test_a_consumer_whom_its_group_forgot_is_made_anew(self, bus: KafkaBus) -> None:
        async with Proxy(port_of(bus), is_kafka=True).running() as line, member(bus, line, unheard=2) as coordinator:
            forgotten = coordinator()
            forgotten._disable_heartbeat()
            await until(lambda: coordinator() is not forgotten and coordinator().stable(), patience=40)

    async def test_a_service_starts_while_kafka_is_away(self, bus: KafkaBus) -> None:
        away = bus.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
        producer = KafkaProducer(away, streams=STREAMS, bounds=Bounds(start=0.3))
        async with Lag() as lag:
            await producer.start()
            with pytest.raises(Unavailable):
                producer.send(PLAIN, partition=0, key=b"k", value=b"a")
            assert producer.health() == {"kafka": "away"}
            await producer.close()
        lag.check()


@pytest.mark.parametrize("listener", ["SSL", "SASL_SSL"])
async def test_records_go_through_every_listener(
    listener: str, make_database: Callable[..., Settings], topic_prefix: str, kafka: Kafka, postgres: Any
) -> None:
    async with contextlib.aclosing(bus_on(listener, make_database, topic_prefix, kafka, postgres)) as made:
        bus = await anext(made)
        await write(bus, "a")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: words(bus.settings) == ["a"])


async def test_topics_are_made_as_the_catalogue_says_and_kept_so(topic_prefix: str, kafka: Kafka) -> None:
    settings = Settings(topic_prefix=topic_prefix, **kafka.settings())  # type: ignore[arg-type]
    made = await asyncio.to_thread(TOPICS.apply, settings)
    assert [change.topic for change in made] == [topic_prefix + name for name in STREAMS]
    assert await asyncio.to_thread(TOPICS.plan, settings) == []
