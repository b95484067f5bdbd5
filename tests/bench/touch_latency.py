"""From accepted to seen by WatchTimeline: idle, and while touches come in at 70 % of what this machine can take.

The limit is the same way without Touchline: one record through the broker and one row into PostgreSQL.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Any

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.bench import limit
from tests.bench.loader import started
from tests.bench.rig import RECORD, Rig, all_acknowledged, call_all, percentile, requests, rig, touch

EMAIL = "watched@bench.example"
SHARE = 0.7
RATED_TOUCHES = 40_000
PAUSE = 0.05


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 1,000 touches watched idle and 2,000 under load."""
    return asyncio.run(_measure(max(60, int(1_000 * scale)), max(150, int(2_000 * scale))))


async def _measure(idle_count: int, loaded_count: int) -> dict[str, Any]:
    async with rig() as bench:
        person = await _person(bench)
        bare = await asyncio.to_thread(_bare, bench, idle_count)
        idle = await _watched(bench, person, 0, idle_count)
        rated = await _rated(bench)
        async with started(bench, rated * SHARE):
            await asyncio.sleep(2)
            begun, before = time.perf_counter(), await asyncio.to_thread(bench.written)
            loaded = await _watched(bench, person, 1_000_000, loaded_count)
            written = await asyncio.to_thread(bench.written) - before
            load = (written - loaded_count) / (time.perf_counter() - begun)
        value = percentile(loaded, 0.99)
        return {
            "bench": "touch-latency", "value": round(value, 1), "unit": "ms (loaded p99)",
            "limit": round(median(bare), 2), "ratio": round(median(idle) / median(bare), 2),
            "idle_p50": round(median(idle), 1), "idle_p99": round(percentile(idle, 0.99), 1),
            "loaded_p50": round(median(loaded), 1), "loaded_p99": round(value, 1),
            "rated_per_second": round(rated), "load_per_second": round(load), "load_wanted": round(rated * SHARE),
            "watched": [len(idle), len(loaded)],
        }  # fmt: skip


async def _person(bench: Rig) -> str:
    request = contact_pb2.CreateContactRequest()
    request.contact.identifiers.add(kind="email", value=EMAIL)
    created = await bench.contact.CreateContact(request)
    await bench.interaction.GetTimeline(pb.GetTimelineRequest(parent=created.name, min_position=created.position))
    return created.name


async def _watched(bench: Rig, person: str, first: int, count: int) -> list[float]:
    """Milliseconds from the acceptance of each of so many touches to the moment the watcher has it."""
    page = await bench.interaction.GetTimeline(pb.GetTimelineRequest(parent=person))
    accepted: dict[str, float] = {}
    seen: dict[str, float] = {}
    request = pb.WatchTimelineRequest(parent=person, watch_position=page.watch_position)
    watching = asyncio.create_task(_see(bench.interaction.WatchTimeline(request), seen))
    for number in range(first, first + count):
        said = touch(number, 1, email=EMAIL)
        answer = await bench.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[said]), timeout=10)
        if answer.results[0].status.code:
            raise RuntimeError(answer.results[0].status.message)
        accepted[answer.results[0].name] = answer.results[0].accepted_time.ToMicroseconds() / 1000
        await asyncio.sleep(PAUSE)
    for _ in range(600):
        if not accepted.keys() - seen.keys():
            break
        await asyncio.sleep(0.05)
    watching.cancel()
    if missing := accepted.keys() - seen.keys():
        raise RuntimeError(f"{len(missing)} of {count} touches were never seen by the watcher")
    return [seen[name] - moment for name, moment in accepted.items()]


async def _see(stream: AsyncIterator[pb.WatchTimelineResponse], seen: dict[str, float]) -> None:
    async for change in stream:
        if change.WhichOneof("change") == "touch":
            seen.setdefault(change.touch.name, time.time() * 1000)


async def _rated(bench: Rig) -> float:
    """Touches a second that this machine takes when it does nothing else."""
    bodies, before = requests(500_000_000, RATED_TOUCHES, 500, 20_000), bench.written()
    async with bench.raw_channel() as channel:
        begun = time.perf_counter()
        answers, _ = await call_all(channel.unary_unary(RECORD), bodies, 4, bench.metadata())
        await bench.until_written(before + all_acknowledged(answers, RATED_TOUCHES))
    return RATED_TOUCHES / (time.perf_counter() - begun)


def _bare(bench: Rig, count: int) -> list[float]:
    """Milliseconds for one record to be acknowledged, consumed, written as a row and committed."""
    settings = bench.system.settings
    limit.make_topic(settings.kafka_bootstrap)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=False)
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    consumer.assign([TopicPartition(limit.TOPIC, 0)])
    consumer.seek_to_beginning()
    body, times = touch(0, 1).SerializeToString(), []
    try:
        with psycopg.connect(settings.for_role("interaction").database_dsn(), autocommit=True) as connection:
            connection.execute("CREATE TEMP TABLE bare (body bytea)")
            for _ in range(count):
                begun = time.perf_counter()
                producer.send(limit.TOPIC, value=body, partition=0).get(timeout=10)
                while not consumer.poll(timeout_ms=1000):
                    pass
                connection.execute("INSERT INTO bare VALUES (%s)", [body])
                times.append((time.perf_counter() - begun) * 1000)
    finally:
        producer.close()
        consumer.close()
    return times
