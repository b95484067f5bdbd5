"""Touches by gRPC in batches of 500 until their rows are visible, beside the least that these engines need for that.

Beside it one touch a call, with 64 callers, against an empty handler of the same server library.
"""

import asyncio
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import grpc
import psycopg

from services.interaction.domain import ids
from tests.bench import limit
from tests.bench.cpu import Meter, per_touch
from tests.bench.rig import RECORD, SOURCE, Rig, all_acknowledged, call_all, percentile, requests, rig, touch
from tests.databases import migrate
from tests.flows.system import ROOT

SUBJECTS = 20_000
ROUNDS = 3
SETTLE = 2  # until the consumers behind have had it too
CALLERS = 4
BATCH = 500
SINGLE_CALLERS = 64
EMPTY = "/bench.Empty/Empty"


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 400,000 touches a round and 20,000 single calls."""
    return asyncio.run(_measure(int(400_000 * scale), int(20_000 * scale)))


async def _measure(touches: int, singles: int) -> dict[str, Any]:
    async with rig() as bench:
        await _batches(bench, 0, 5_000)
        with _limit(bench) as dsn:
            speeds, limits, spent = [], [], []
            meter = Meter(bench)
            for number in range(ROUNDS):
                before = meter.read()
                speeds.append(await _batches(bench, 10_000_000 * (number + 1), touches))
                await asyncio.sleep(SETTLE)
                spent.append(per_touch(before, meter.read(), touches))
                limits.append(await asyncio.to_thread(_bare, bench, dsn, number, touches))
        single, empty, seconds, spent_singly = await _singles(bench, singles)
        value, most = median(speeds), median(limits)
        return {
            "bench": "touch-ingest", "value": round(value), "unit": "visible touches/s",
            "limit": round(most), "ratio": round(value / most, 3),
            "rounds": [round(speed) for speed in speeds], "limit_rounds": [round(speed) for speed in limits],
            "cpu_us_a_touch": spent[-1], "touches_a_round": touches, "bytes_a_touch": touch(1, SUBJECTS).ByteSize(),
            "single_per_second": round(single), "single_limit": round(empty), "single_ratio": round(single / empty, 3),
            "cpu_us_a_single": spent_singly,
            "single_p50_ms": round(percentile(seconds, 0.5) * 1000, 1),
            "single_p99_ms": round(percentile(seconds, 0.99) * 1000, 1),
        }  # fmt: skip


async def _batches(bench: Rig, first: int, count: int) -> float:
    """Touches a second from the first call to the last visible row."""
    bodies, before = requests(first, count, BATCH, SUBJECTS), await asyncio.to_thread(bench.written)
    async with bench.raw_channel() as channel:
        begun = time.perf_counter()
        answers, _ = await call_all(channel.unary_unary(RECORD), bodies, CALLERS, bench.metadata())
        reached = await bench.until_written(before + count)
    all_acknowledged(answers, count)
    return count / (reached - begun)


@contextmanager
def _limit(bench: Rig) -> Iterator[str]:
    """A second database with the same tables, a stream, and two bare consumers."""
    settings = bench.system.settings.for_role("interaction")
    bench.engines.postgres.ensure_database("touchline_limit", "interaction")
    bare = settings.model_copy(
        update={"database_url": settings.database_url.replace("touchline_{service}", "touchline_limit")}
    )
    migrate("interaction", bare)
    limit.make_tally(bare.database_dsn())
    limit.make_topic(settings.kafka_bootstrap)
    dsn = bare.database_dsn()
    command = [sys.executable, "-m", "tests.bench.limit", dsn, settings.kafka_bootstrap]
    consumers = [subprocess.Popen([*command, str(half)], cwd=ROOT) for half in range(limit.HALVES)]
    try:
        time.sleep(2)
        yield dsn
    finally:
        for consumer in consumers:
            consumer.kill()
            consumer.wait()


def _bare(bench: Rig, dsn: str, number: int, count: int) -> float:
    """The same touches by the shortest way: envelopes made before the clock runs."""
    first = 10_000_000 * (number + 1)
    told = [touch(first + at, SUBJECTS) for at in range(count)]
    parcels = limit.envelopes(
        told,
        lambda said: hashlib.blake2b(said.identifier.value.encode(), digest_size=16).digest(),
        lambda said: ids.touch_id(SOURCE, said.source_event_id),
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        before = _number(connection, limit.WRITTEN)
        begun = time.perf_counter()
        limit.produce(bench.system.settings.kafka_bootstrap, parcels)
        while _number(connection, limit.WRITTEN) < before + count:
            if time.perf_counter() - begun > 120:
                raise RuntimeError("the bare consumers did not write everything")
            time.sleep(0.02)
        reached = time.perf_counter()
        if _number(connection, "SELECT count(*) FROM touch") != before + count:
            raise RuntimeError("the bare consumers wrote something else")
        return count / (reached - begun)


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


async def _singles(bench: Rig, count: int) -> tuple[float, float, list[float], dict[str, float]]:
    """One touch a call: calls a second of ours and of an empty handler, in turns; our calls' seconds and their cost."""
    ours, empty, seconds, spent = [], [], [], {}
    meter = Meter(bench)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.empty", cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        target = (await server.stdout.readline()).decode().strip()
        for number in range(ROUNDS):
            bodies = requests(900_000_000 + number * 10_000_000, count, 1, SUBJECTS)
            before, used = await asyncio.to_thread(bench.written), meter.read()
            async with bench.raw_channel() as channel:
                begun = time.perf_counter()
                answers, times = await call_all(channel.unary_unary(RECORD), bodies, SINGLE_CALLERS, bench.metadata())
                ours.append(count / (time.perf_counter() - begun))
            seconds += times
            await bench.until_written(before + all_acknowledged(answers, count))
            spent = per_touch(used, meter.read(), count)
            empty.append(await _empty(target, bodies))
    finally:
        server.kill()
        await server.wait()
    return median(ours), median(empty), seconds, spent


async def _empty(target: str, bodies: list[bytes]) -> float:
    async with grpc.aio.insecure_channel(target) as channel:
        begun = time.perf_counter()
        await call_all(channel.unary_unary(EMPTY), bodies, SINGLE_CALLERS, [])
        return len(bodies) / (time.perf_counter() - begun)
