"""What every bus must do, for test_bus_memory.py and test_bus_kafka.py: effects once and in order, whatever fails."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from chassis import inbox
from chassis.bus import Invalid, Limits, NotNow, Partition, Record, RecordRefusedError, one_at_a_time
from chassis.db import Tx
from chassis.deadletters import read_letter, send_back
from chassis.errors import FailedPrecondition, ResourceExhausted, Unavailable
from chassis.streams import catalogue, dead_letters
from chassis.telemetry import names
from prometheus_client import REGISTRY
from psycopg import AsyncConnection
from sqlalchemy import text

from tests.chassis.bus_ground import (
    LIMITS,
    OUTAGE,
    OUTBOX,
    PLAIN,
    STREAMS,
    Bus,
    Failing,
    Meddling,
    change,
    loop_on,
    row,
    running,
    write,
    write_numbered,
)
from tests.chassis.ground import Hoping, Lag, WriteEffects, effects, until, words
from tests.patience import PATIENCE


class BusContract:
    """One suite; a subclass has a fixture `bus`."""

    async def test_records_are_applied_once_in_order_with_their_headers(self, bus: Bus) -> None:
        seen: list[Record] = []

        async def apply(tx: Tx, record: Record) -> None:
            seen.append(record)

        await write(bus, *(f"a{n}" for n in range(50)), traceparent="t")
        async with running(await loop_on(bus, one_at_a_time(apply))):
            await until(lambda: len(seen) == 50)
        assert [record.value.decode() for record in seen] == [f"a{n}" for n in range(50)]
        assert [record.offset for record in seen] == list(range(50))
        assert (seen[0].key, seen[0].header("traceparent"), seen[0].stream) == (b"k", "t", PLAIN)
        assert seen[0].timestamp > 0

    async def test_a_consumer_goes_on_where_the_last_one_stopped(self, bus: Bus) -> None:
        await write(bus, "a", "b")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: words(bus.settings) == ["a", "b"])
        await write(bus, "c")
        handler = WriteEffects()
        async with running(await loop_on(bus, handler)):
            await until(lambda: words(bus.settings) == ["a", "b", "c"])
        assert handler.seen == ["c"]

    async def test_consumers_joining_and_leaving_under_load_lose_and_double_nothing(self, bus: Bus) -> None:
        async def load() -> None:
            for n in range(60):
                await write(bus, str(n), partition=n % 6)

        async with running(await loop_on(bus, WriteEffects())):
            loading = asyncio.create_task(load())
            await asyncio.sleep(0.3)
            async with running(await loop_on(bus, WriteEffects())):
                await asyncio.sleep(1)
                await loading
            await until(lambda: len(effects(bus.settings)) >= 60)
        found = effects(bus.settings)
        for partition in range(6):
            mine = [int(value) for _, number, _, value in found if number == partition]
            assert mine == list(range(partition, 60, 6))

    async def test_who_was_replaced_writes_nothing_and_goes_on_from_the_new_position(self, bus: Bus) -> None:
        """While it prepares, another consumer moves the position and writes the effect."""

        class Overtaken(WriteEffects):
            async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any:
                if not self.seen:
                    await asyncio.to_thread(change, bus, OVERTAKE)
                return await super().prepare(conn, batch)

        await write(bus, "a", "b")
        loop = await loop_on(bus, Overtaken())
        async with running(loop):
            await until(lambda: words(bus.settings) == ["a", "b"])
        assert loop.counts.fenced == 1

    async def test_what_was_prepared_before_a_raised_version_is_prepared_again(self, bus: Bus) -> None:
        async def erase(tx: Tx) -> None:
            await inbox.raise_version(tx, "readers", PLAIN, 0)

        class Outdated(WriteEffects):
            async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any:
                if not self.seen:
                    async with bus.database.transaction() as tx:
                        await erase(tx)
                return await super().prepare(conn, batch)

        await write(bus, "a")
        handler = Outdated()
        async with running(await loop_on(bus, handler)):
            await until(lambda: words(bus.settings) == ["a"])
        assert handler.seen == ["a", "a"]

    @pytest.mark.parametrize("before", [True, False])
    async def test_a_connection_that_dies_between_flush_and_commit_leaves_nothing(self, bus: Bus, before: bool) -> None:
        handler = Meddling("SELECT pg_terminate_backend(pg_backend_pid())", before=before)
        await write(bus, "a", "b")
        async with running(await loop_on(bus, handler)):
            await until(lambda: words(bus.settings) == ["a", "b"])
        assert handler.seen == ["a", "b"] * 2

    async def test_a_commit_without_an_answer_is_not_done_again(self, bus: Bus) -> None:
        handler = Meddling("COMMIT", "SELECT pg_terminate_backend(pg_backend_pid())", before=False)
        await write(bus, "a", "b")
        async with running(await loop_on(bus, handler)):
            await until(lambda: words(bus.settings) == ["a", "b"])
            await write(bus, "c")
            await until(lambda: words(bus.settings) == ["a", "b", "c"])
        assert handler.seen == ["a", "b", "c"]

    async def test_what_can_never_be_applied_goes_to_the_dead_letters_with_its_reason(self, bus: Bus) -> None:
        await write(bus, "a", "poison", "b", traceparent="t")
        loop = await loop_on(bus, Failing("poison", Invalid("cannot be decoded")))
        async with running(loop):
            await until(lambda: words(bus.settings) == ["a", "b"])
        (record,) = await bus.records(dead_letters(PLAIN))
        letter = read_letter(record)
        assert (letter.message, letter.error, letter.group) == ("cannot be decoded", "Invalid", "readers")
        assert (letter.record.offset, letter.record.partition, letter.record.value) == (1, 0, b"poison")
        assert letter.record.header("traceparent") == "t"
        assert record.header("kafka_dlt-original-topic") == PLAIN

    async def test_a_domain_error_that_time_does_not_heal_is_a_dead_letter(self, bus: Bus) -> None:
        async def apply(tx: Tx, record: Record) -> None:
            if record.value == b"poison":
                raise FailedPrecondition("already sent")

        await write(bus, "a", "poison", "b")
        loop = await loop_on(bus, one_at_a_time(apply))
        async with running(loop):
            await until(lambda: loop.counts.applied == 2)
        assert [read_letter(r).message for r in await bus.records(dead_letters(PLAIN))] == ["FAILED_PRECONDITION"]

    async def test_of_an_envelope_only_the_item_that_postgresql_refuses_is_put_aside(self, bus: Bus) -> None:
        await write(bus, "a,b", "c,d,forbidden,e,f", "g")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: sorted(words(bus.settings)) == list("abcdefg"))
        assert [record.value for record in await bus.records(dead_letters(PLAIN))] == [b"forbidden"]

    async def test_a_unique_violation_is_a_bug_that_holds_its_partition(self, bus: Bus) -> None:
        change(bus, f"INSERT INTO effect (stream, partition, record, value) VALUES ('{PLAIN}', 0, 1, 'twin')")
        loop = await loop_on(bus, WriteEffects())
        await write(bus, "a", "twin", "b")
        await write(bus, "elsewhere", partition=1)
        async with running(loop):
            await until(lambda: loop.counts.waited >= 2 and "elsewhere" in words(bus.settings))
            assert loop.health()["consumer"] == f"{PLAIN}/0 waits: UniqueViolation 23505"
            labels = {"stream": PLAIN, "group": "readers", "partition": "0"}
            await until(lambda: REGISTRY.get_sample_value(names.CONSUMER_STALLED, labels) == 1)
        assert words(bus.settings) == ["twin", "elsewhere"]
        assert await bus.records(dead_letters(PLAIN)) == []

    async def test_whoever_hoped_in_vain_looks_up_what_is_there_and_writes_the_rest_at_once(self, bus: Bus) -> None:
        change(bus, f"INSERT INTO effect (stream, partition, record, value) VALUES ('{PLAIN}', 0, 1, 'twin')")
        await write(bus, "a", "twin", "b")
        async with running(loop := await loop_on(bus, Hoping())):
            await until(lambda: loop.counts.applied == 3)
        assert (sorted(words(bus.settings)), loop.counts.waited, loop.counts.dead) == (["a", "b", "twin"], 0, 0)

    @pytest.mark.parametrize("error", [NotNow("later"), Unavailable("away"), KeyError("a bug")])
    async def test_not_now_holds_one_partition_and_the_same_records_come_again(
        self, bus: Bus, error: Exception
    ) -> None:
        await write(bus, "a", "slow", "b")
        await write(bus, "elsewhere", partition=1)
        async with running(await loop_on(bus, Failing("slow", error, times=3))):
            await until(lambda: len(words(bus.settings)) == 4)
        assert [value for _, number, _, value in effects(bus.settings) if number == 0] == ["a", "slow", "b"]
        assert await bus.records(dead_letters(PLAIN)) == []

    async def test_a_database_that_is_away_for_a_while_costs_nothing_but_time(self, bus: Bus) -> None:
        loop = await loop_on(bus, WriteEffects())
        async with running(loop):
            await write(bus, "a")
            await until(lambda: words(bus.settings) == ["a"])
            async with bus.without_database():
                await write(bus, "b", "c")
                await until(lambda: loop.counts.waited >= 2)
                assert loop.health()["postgresql"] == "away"
            await until(lambda: words(bus.settings) == ["a", "b", "c"])
        assert await bus.records(dead_letters(PLAIN)) == []

    @pytest.mark.parametrize("error", [Unavailable("no dead letters today"), RecordRefusedError("too large")])
    async def test_without_an_acknowledged_letter_the_position_does_not_move(self, bus: Bus, error: Exception) -> None:
        class Deaf:
            async def start(self) -> None: ...
            async def close(self) -> None: ...
            def send(self, *_: Any, **__: Any) -> Any:
                raise error

        await write(bus, "a", "poison", "b")
        loop = await loop_on(bus, Failing("poison", Invalid("no")), producer=Deaf())
        async with running(loop):
            await until(lambda: loop.counts.waited >= 2)
        assert words(bus.settings) == ["a"]
        held = row(bus)
        assert held is not None
        assert held.next == 1

    async def test_a_flood_of_dead_letters_stops_the_consumer(self, bus: Bus) -> None:
        await write(bus, *["poison"] * 20)
        loop = await loop_on(bus, Failing("poison", Invalid("no")))
        async with running(loop):
            await until(lambda: loop.health()["consumer"] == "too many dead letters in a row")
            await asyncio.sleep(0.3)
        assert len(await bus.records(dead_letters(PLAIN))) == LIMITS.dead_letters_in_a_row
        held = row(bus)
        assert held is not None
        assert held.next == LIMITS.dead_letters_in_a_row

    async def test_a_dead_letter_sent_back_is_applied_once_in_its_partition(self, bus: Bus) -> None:
        await write(bus, "poison", partition=2)
        async with running(await loop_on(bus, Failing("poison", Invalid("no")))):
            await until(lambda: (found := row(bus, 2)) is not None and found.next == 1)
        letters = [read_letter(record) for record in await bus.records(dead_letters(PLAIN))]
        producer = await bus.producer()
        assert await send_back(producer, letters) == 1
        await producer.close()
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: effects(bus.settings) == [(PLAIN, 2, 1, "poison")])

    async def test_a_dead_letter_of_a_numbered_stream_is_handed_to_its_handler(self, bus: Bus) -> None:
        await write_numbered(bus, "1.1", "1.2", "1.3")
        async with running(await loop_on(bus, Failing("1.2", Invalid("no")), OUTBOX)):
            await until(lambda: words(bus.settings) == ["1.1", "1.3"])
        letter = read_letter((await bus.records(dead_letters(OUTBOX)))[0])
        producer = await bus.producer()
        with pytest.raises(ValueError, match="handler"):
            await send_back(producer, [letter])
        mended = await loop_on(bus, WriteEffects(), OUTBOX, producer=producer)
        await mended.replay(letter.record)
        assert words(bus.settings) == ["1.1", "1.3", "1.2"]
        await producer.close()

    async def test_of_a_numbered_stream_only_the_next_number_is_applied(self, bus: Bus) -> None:
        await write_numbered(bus, "5.1", "5.2", "5.2", "5.4", "5.1", "5.3", "5.4", "9.2", "9.1", "9.2", "5.5")
        loop = await loop_on(bus, WriteEffects(), OUTBOX)
        async with running(loop):
            await until(lambda: loop.counts.dead == 1)
        assert words(bus.settings) == ["5.1", "5.2", "5.3", "5.4", "9.1", "9.2"]
        assert (loop.counts.repeated, loop.counts.ahead) == (2, 2)
        assert [record.value for record in await bus.records(dead_letters(OUTBOX))] == [b"5.5"]

    async def test_a_number_that_does_not_come_is_an_alarm(self, bus: Bus) -> None:
        limits = Limits(poll=0.05, awaited=0.5)
        loop = await loop_on(bus, WriteEffects(), OUTBOX, limits=limits)
        await write_numbered(bus, "5.1", "5.3")
        async with running(loop):
            await until(lambda: "awaited" in loop.health()["consumer"])
            await write_numbered(bus, "5.2", "5.3")
            await until(lambda: words(bus.settings) == ["5.1", "5.2", "5.3"])
            await until(lambda: loop.health()["consumer"] == "ok")

    async def test_an_unreadable_number_stops_its_partition(self, bus: Bus) -> None:
        await write_numbered(bus, "5.1", "five", "5.2")
        loop = await loop_on(bus, WriteEffects(), OUTBOX)
        async with running(loop):
            await until(lambda: "ce_sequence" in loop.health()["consumer"])
        assert words(bus.settings) == ["5.1"]

    async def test_a_log_without_its_beginning_needs_a_snapshot_first(self, bus: Bus) -> None:
        await write(bus, "a", "b", "c")
        await bus.cut(PLAIN, 0, 2)
        loop = await loop_on(bus, WriteEffects())
        async with running(loop):
            await until(lambda: "snapshot" in loop.health()["consumer"])
        assert effects(bus.settings) == []

    async def test_a_position_that_is_gone_stops_its_partition_and_skips_nothing(self, bus: Bus) -> None:
        await write(bus, "a", "b", "c")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: len(words(bus.settings)) == 3)
        await write(bus, "d", "e")
        await bus.cut(PLAIN, 0, 4)
        loop = await loop_on(bus, WriteEffects())
        async with running(loop):
            await until(lambda: "is gone" in loop.health()["consumer"])
            await write(bus, "elsewhere", partition=1)
            await until(lambda: "elsewhere" in words(bus.settings))
        assert "e" not in words(bus.settings)

    async def test_a_position_beyond_the_end_stops_its_partition(self, bus: Bus) -> None:
        await write(bus, "a")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: len(words(bus.settings)) == 1)
        change(bus, "UPDATE inbox_offset SET next = 1000 WHERE partition = 0")
        loop = await loop_on(bus, WriteEffects())
        async with running(loop):
            await until(lambda: "out of range" in loop.health()["consumer"])

    async def test_a_topic_made_anew_is_noticed(self, bus: Bus) -> None:
        await write(bus, "a")
        async with running(await loop_on(bus, WriteEffects())):
            await until(lambda: len(words(bus.settings)) == 1)
        change(bus, "UPDATE inbox_offset SET topic_id = 'another'")
        loop = await loop_on(bus, WriteEffects())
        async with running(loop):
            await until(lambda: "made anew" in loop.health()["consumer"])

    async def test_one_refused_record_fails_alone(self, bus: Bus) -> None:
        producer = await bus.producer()
        futures = [
            producer.send(PLAIN, partition=0, key=b"k", value=value, headers=())
            for value in (b"a", b"x" * (catalogue()[PLAIN].max_message + 1), b"b")
        ]
        first, refused, last = await asyncio.gather(*futures, return_exceptions=True)
        assert isinstance(refused, RecordRefusedError)
        assert (first, last) == (0, 1)
        await producer.close()

    async def test_an_outage_loses_nothing_and_blocks_nobody(self, bus: Bus) -> None:
        producer = await bus.producer(age=OUTAGE * 4)
        async with Lag() as lag:
            futures = [producer.send(PLAIN, partition=0, key=b"k", value=b"before")]
            await asyncio.gather(*futures)
            outage = asyncio.create_task(bus.outage(OUTAGE))
            for n in range(40):
                await asyncio.sleep(OUTAGE / 50)
                with contextlib.suppress(Unavailable):
                    futures.append(producer.send(PLAIN, partition=0, key=b"k", value=str(n).encode()))
            await outage
            await asyncio.wait_for(asyncio.gather(*futures), PATIENCE)
        written = [record.value.decode() for record in await bus.records(PLAIN)]
        firsts = list(dict.fromkeys(written))
        assert firsts == ["before", *sorted(firsts[1:], key=int)]
        assert len(firsts) == len(futures)
        lag.check()
        await producer.close()

    async def test_a_frozen_broker_is_waited_for_without_blocking_the_loop(self, bus: Bus) -> None:
        producer = await bus.producer(age=2.0)
        await asyncio.wait_for(producer.send(PLAIN, partition=0, key=b"k", value=b"a"), 10)
        seconds = min(OUTAGE, 20.0)
        async with Lag() as lag:
            async with bus.frozen():
                waiting = producer.send(PLAIN, partition=0, key=b"k", value=b"b")
                await asyncio.sleep(seconds)
                with pytest.raises(ResourceExhausted):
                    producer.send(PLAIN, partition=0, key=b"k", value=b"c")
                assert producer.health()["kafka"] == "away"
            await asyncio.wait_for(waiting, 40)
        lag.check()
        await asyncio.wait_for(producer.send(PLAIN, partition=0, key=b"k", value=b"d"), 10)
        await producer.close()

    async def test_a_full_buffer_says_so(self, bus: Bus) -> None:
        producer = await bus.producer(records=10)
        async with bus.frozen():
            futures = [producer.send(PLAIN, partition=0, key=b"k", value=b"x") for _ in range(10)]
            with pytest.raises(ResourceExhausted) as refusal:
                producer.send(PLAIN, partition=0, key=b"k", value=b"x")
        assert refusal.value.retry_after.total_seconds() > 0
        await asyncio.wait_for(asyncio.gather(*futures), 40)
        await producer.close()

    async def test_a_tx_handler_moves_the_position_with_its_effect(self, bus: Bus) -> None:
        async def apply(tx: Tx, record: Record) -> None:
            told = {"s": record.stream, "p": record.partition, "r": record.offset, "v": record.value.decode()}
            await tx.execute(
                text("INSERT INTO effect (stream, partition, record, value) VALUES (:s, :p, :r, :v)"), told
            )

        await write(bus, "a", "forbidden", "b")
        async with running(await loop_on(bus, one_at_a_time(apply))):
            await until(lambda: words(bus.settings) == ["a", "b"])
        held = row(bus)
        assert held is not None
        assert held.next == 3


OVERTAKE = f"""
WITH moved AS (UPDATE inbox_offset SET next = next + 1 WHERE stream = '{PLAIN}' AND partition = 0)
INSERT INTO effect (stream, partition, record, value) VALUES ('{PLAIN}', 0, 0, 'a')
"""

INSERT_BY_NAME = "INSERT INTO effect (stream, partition, record, value) VALUES (:s, :p, :r, :v)"

__all__ = ["OUTAGE", "PLAIN", "STREAMS", "Bus", "BusContract", "Partition"]
