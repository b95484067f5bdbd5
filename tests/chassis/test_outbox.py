"""The outbox: numbers in commit order without gaps, a relay that loses and doubles nothing, epochs."""

import asyncio
import contextlib
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from chassis import outbox
from chassis.bus import ConsumerLoop, Partition, Subscription
from chassis.bus_memory import MemoryBroker, MemoryProducer, MemorySource
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.outbox import OutboxEvent, Relay, decode_positions
from chassis.telemetry import metrics

from tests.chassis.ground import WriteEffects, effects, opened, prepare, until, words
from tests.proxy import Proxy

STREAM = "touchline.campaign.events.v1"
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)


@pytest.fixture
def settings(make_database: Callable[..., Settings]) -> Settings:
    return prepare(make_database("campaign", migrated=False))


def event(value: str, partition: int = 0, **fields: Any) -> OutboxEvent:
    return OutboxEvent(STREAM, "t.Happened", value.encode(), NOW, partition=partition, **fields)


async def emit(database: Database, *values: str, partition: int = 0) -> None:
    async with database.transaction() as tx:
        for value in values:
            tx.emit(event(value, partition))


async def test_numbers_are_taken_without_gaps_and_rolled_back_ones_are_given_again(settings: Settings) -> None:
    async with opened(settings) as database:
        await emit(database, "a", "b")
        await roll_back(database, 0)
        async with database.transaction() as tx:
            tx.emit(event("c"))
            tx.emit(event("d", 3))
            positions = decode_positions(await tx.positions())
    assert [(p.partition, p.seq) for p in positions] == [(0, 3), (3, 1)]


async def test_nothing_can_be_emitted_after_the_positions_were_taken(settings: Settings) -> None:
    async with opened(settings) as database, database.transaction() as tx:
        await tx.positions()
        with pytest.raises(RuntimeError):
            tx.emit(event("late"))


async def test_a_record_is_a_cloud_event_in_binary_mode(settings: Settings) -> None:
    broker = MemoryBroker()
    async with opened(settings) as database:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        async with database.transaction() as tx:
            tx.emit(event("a", 2, key="k", subject="campaigns/1", traceparent=trace))
        await relay_once(database, broker)
    record = broker.records[Partition(STREAM, 2)][0]
    epoch = record.header("ce_sequence").partition(".")[0]
    assert record.key == b"k"
    told = dict(record.headers)
    # Where spans are made, that of sending stands in the place of the one that the event was born in.
    assert told.pop("traceparent").decode()[:36] == trace[:36]
    assert told == {
        "ce_specversion": b"1.0",
        "ce_id": f"{STREAM}/2/{epoch}.1".encode(),
        "ce_type": b"t.Happened",
        "ce_source": b"touchline/test",
        "ce_time": b"2026-01-02T03:04:05.678901Z",
        "ce_subject": b"campaigns/1",
        "ce_sequence": f"{epoch}.1".encode(),
        "content-type": b"application/protobuf",
    }


async def test_the_relay_tells_for_how_long_the_oldest_row_waits(settings: Settings) -> None:
    broker, age = MemoryBroker(), metrics.OUTBOX_AGE.labels(STREAM)._value
    async with opened(settings) as database:
        await emit(database, "a")
        relay = Relay(database, MemoryProducer(broker), source="touchline/test")
        async with database.connection() as conn:
            await relay._measure(conn)
        assert age.get() == pytest.approx((dt.datetime.now(dt.UTC) - NOW).total_seconds(), abs=600)
        await relay_once(database, broker)
        async with database.connection() as conn:
            await Relay(database, MemoryProducer(broker), source="touchline/test")._measure(conn)
        assert age.get() == 0


async def relay_once(database: Database, broker: MemoryBroker) -> int:
    producer = MemoryProducer(broker)
    await producer.start()
    relay = Relay(database, producer, source="touchline/test")
    async with database.connection() as conn:
        done = 0
        while sent := await relay.round(conn):
            done += sent
    return done


async def test_concurrent_commits_keep_every_resources_order(settings: Settings) -> None:
    """Eight writers count up one row each; the stream must show each row's revisions in order."""
    broker = MemoryBroker()
    async with opened(settings) as database:

        async def write(name: int) -> None:
            for revision in range(12):
                await emit(database, f"{name}:{revision}", partition=name % 2)

        await asyncio.gather(*(write(name) for name in range(8)))
        assert await relay_once(database, broker) == 96
    for number in range(2):
        log = broker.records[Partition(STREAM, number)]
        assert [int(record.header("ce_sequence").partition(".")[2]) for record in log] == list(range(1, 49))
        for name in range(number, 8, 2):
            mine = [record.value.decode() for record in log if record.value.decode().startswith(f"{name}:")]
            assert mine == [f"{name}:{revision}" for revision in range(12)]


async def test_the_relay_is_woken_by_a_commit(settings: Settings) -> None:
    broker = MemoryBroker()
    producer = MemoryProducer(broker)
    await producer.start()
    async with opened(settings) as database:
        stop = asyncio.Event()
        running = asyncio.create_task(Relay(database, producer, source="x", fallback=60).run(stop))
        await asyncio.sleep(0.5)
        await emit(database, "a")
        await until(lambda: len(broker.records[Partition(STREAM, 0)]) == 1, patience=2)
        stop.set()
        await running


async def test_whoever_works_after_commits_is_woken_only_by_records_that_give_work(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, woken = MemoryBroker(), []
    monkeypatch.setattr(Database, "wake_relay", lambda _: woken.append(words(settings)))
    async with opened(settings) as database:
        stop = asyncio.Event()
        loop = consumer(settings, database, broker, emits=lambda rows: any("work" in row for row in rows))
        running = asyncio.create_task(loop.run(stop))
        for value in ("nothing", "work"):
            await emit(database, value)
            await relay_once(database, broker)
            await until(lambda value=value: value in words(settings))
        await until(lambda: woken)
        stop.set()
        await running
    assert woken == [["nothing", "work"]]


async def test_a_relay_whose_line_drops_what_it_asks_asks_again_on_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line takes a question, also how much waits, drops it, and never says so."""
    monkeypatch.setattr("chassis.outbox.relay.PATIENCE", 1.0)
    monkeypatch.setattr("chassis.outbox.relay.MEASURE_EVERY", 0.0)
    broker, stop = MemoryBroker(), asyncio.Event()
    producer = MemoryProducer(broker)
    await producer.start()
    port = int(settings.database_url.rpartition(":")[2].partition("/")[0])
    async with Proxy(port).running() as line, opened(settings) as plain:
        behind = {"database_url": settings.database_url.replace(f":{port}/", f":{line.port}/")}
        async with opened(settings.model_copy(update=behind)) as database:
            relay = Relay(database, producer, source="x", fallback=0.05)
            running = asyncio.create_task(relay.run(stop))
            await emit(plain, "a")
            await until(lambda: relay.sent == 1)
            async with line.broken("half-open"):
                await until(lambda: line.swallowed > 0)
            await emit(plain, "b")
            await until(lambda: relay.sent == 2)
            stop.set()
            await running


class Shaky(MemoryProducer):
    """Refuses, forgets acknowledgements, or dies, as the dice say."""

    def __init__(self, broker: MemoryBroker, dice: random.Random, failures: float) -> None:
        super().__init__(broker)
        self.dice, self.failures = dice, failures

    def send(self, stream: str, **fields: Any) -> "asyncio.Future[int]":
        fate = self.dice.random()
        if fate < self.failures:
            return failed()
        future = super().send(stream, **fields)
        if fate < 2 * self.failures:
            return failed()  # it arrived, but nobody said so
        return future


def failed() -> "asyncio.Future[int]":
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.set_exception(Unavailable("dice"))
    return future


@pytest.mark.parametrize("seed", range(6))
async def test_any_interleaving_of_commits_crashes_and_relays_is_applied_once_in_order(
    settings: Settings, seed: int
) -> None:
    """Writers commit and roll back, relays fail, forget and are cancelled, consumers come and go."""
    dice, broker = random.Random(seed), MemoryBroker()
    written: dict[int, list[str]] = {0: [], 1: [], 2: []}
    async with opened(settings) as database:
        stop, consumers = asyncio.Event(), [consumer(settings, database, broker) for _ in range(2)]
        consuming = [asyncio.create_task(one.run(stop)) for one in consumers]
        relays: list[asyncio.Task[None]] = []
        for step in range(120):
            partition = dice.randrange(3)
            action = dice.random()
            if action < 0.7:
                values = [f"{step}.{n}" for n in range(dice.randrange(1, 4))]
                await emit(database, *values, partition=partition)
                written[partition] += values
            elif action < 0.8:
                await roll_back(database, partition)
            elif action < 0.92 and len(relays) < 3:
                producer = Shaky(broker, dice, 0.1)
                await producer.start()
                relays.append(asyncio.create_task(Relay(database, producer, source="x").run(stop)))
            elif relays:
                relays.pop(dice.randrange(len(relays))).cancel()
        relays.append(asyncio.create_task(calm_relay(database, broker, stop)))
        expected = sum(len(values) for values in written.values())
        await until(lambda: len(effects(settings)) >= expected)
        await until(lambda: left(settings) == 0)
        stop.set()
        await asyncio.gather(*consuming, *relays, return_exceptions=True)
    for partition, values in written.items():
        assert [row[3] for row in effects(settings) if row[1] == partition] == values


async def calm_relay(database: Database, broker: MemoryBroker, stop: asyncio.Event) -> None:
    producer = MemoryProducer(broker)
    await producer.start()
    await Relay(database, producer, source="x").run(stop)


def consumer(settings: Settings, database: Database, broker: MemoryBroker, emits: Any = False) -> ConsumerLoop:
    return ConsumerLoop(
        settings,
        database,
        "readers",
        [Subscription(STREAM, WriteEffects(), outbox=True, emits=emits)],
        source=MemorySource(broker, "readers", max_records=7),
        producer=MemoryProducer(broker),
    )


async def roll_back(database: Database, partition: int) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            tx.emit(event("never", partition))
            await tx.positions()
            raise ZeroDivisionError


def left(settings: Settings) -> int:
    with psycopg.connect(settings.database_dsn()) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])  # type: ignore[index]


async def test_a_restored_database_begins_a_new_epoch_that_consumers_accept(settings: Settings) -> None:
    broker = MemoryBroker()
    async with opened(settings) as database:
        await emit(database, "a", "b")
        await relay_once(database, broker)
        with psycopg.connect(settings.database_dsn(), autocommit=True) as connection:
            connection.execute("UPDATE outbox_epoch SET timeline = 'elsewhere'")
        await emit(database, "c")
        await relay_once(database, broker)
        first, _, last = (record.header("ce_sequence") for record in broker.records[Partition(STREAM, 0)])
        assert last.endswith(".1")
        assert int(last.partition(".")[0]) > int(first.partition(".")[0])
        stop = asyncio.Event()
        running = asyncio.create_task(consumer(settings, database, broker).run(stop))
        await until(lambda: words(settings) == ["a", "b", "c"])
        stop.set()
        await running


async def test_a_row_that_is_refused_for_good_is_kept_and_the_next_goes_on(settings: Settings) -> None:
    broker, kept = MemoryBroker(), []

    class Picky(MemoryProducer):
        def send(self, stream: str, **fields: Any) -> "asyncio.Future[int]":
            if fields["value"] == b"bad":
                future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
                future.set_exception(outbox.Refused("UNKNOWN_TYPE"))
                return future
            return super().send(stream, **fields)

    async def keep(_conn: Any, row: Any, reason: str) -> None:
        kept.append((row.data, reason))

    async with opened(settings) as database:
        await emit(database, "a", "bad", "b")
        producer = Picky(broker)
        await producer.start()
        relay = Relay(database, producer, source="x", refused=keep)
        async with database.connection() as conn:
            assert await relay.round(conn) == 3
    assert kept == [(b"bad", "UNKNOWN_TYPE")]
    assert [record.value for record in broker.records[Partition(STREAM, 0)]] == [b"a", b"b"]
    assert left(settings) == 0


async def test_a_row_over_the_limit_is_refused_when_it_is_written(settings: Settings) -> None:
    async with opened(settings) as database:
        with pytest.raises(ValueError, match="at most"):
            await emit(database, "x" * (outbox.MAX_DATA + 1))
