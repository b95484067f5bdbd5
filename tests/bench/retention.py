"""Old touches deleted as at night, beside touches that come in: how many go a second, and what the fresh ones notice.

The limit is one DELETE of as many old touches from the same table, beside the same load.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.db import Database
from chassis.keeping import PER_SECOND
from google.protobuf.duration_pb2 import Duration
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.gateways import INTAKE
from services.interaction.jobs.keeping import Retention
from services.interaction.rpc import CONSUMER
from tests.bench.loader import started
from tests.bench.rig import RECORD, Rig, all_acknowledged, call_all, rig, touch
from tests.flows.system import eventually

SUBJECTS, BATCH, CALLERS = 20_000, 500, 4
LIVE = 2_000  # touches a second
ALONE = 10.0  # seconds
AGE = timedelta(days=500)
EXPIRING, PLAIN = "email.clicked", "email.delivered"
OLD = "SELECT count(*) FROM touch WHERE type = %s AND occurred_time < now() - interval '365 days'"
DELETE = "DELETE FROM touch WHERE type = %s AND occurred_time < now() - interval '365 days'"
FRESH = """SELECT count(*), percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY recorded_time - accepted_time)
FROM touch WHERE type = 'email.opened' AND accepted_time BETWEEN %s AND %s"""
Figures = dict[str, float]


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 400,000 old touches, twice."""
    return asyncio.run(_measure(int(400_000 * scale)))


async def _measure(count: int) -> dict[str, Any]:
    async with rig() as bench, _database(bench) as database:
        for kind in (EXPIRING, PLAIN):
            await _record_old(bench, kind, count)
        kept = pb.SetTouchTypeRetentionRequest(name=f"touchTypes/{EXPIRING}", retention=Duration(seconds=365 * 86_400))
        await bench.interaction.SetTouchTypeRetention(kept)
        async with started(bench, LIVE):
            begun = await asyncio.to_thread(bench.written)
            await asyncio.to_thread(eventually, lambda: bench.written() > begun)
            alone = await _beside(bench, lambda: asyncio.sleep(ALONE))
            walk = await _beside(bench, Retention(database, consumer=CONSUMER, stream=INTAKE).keep)
            plain = await _beside(bench, lambda: asyncio.to_thread(_delete, bench))
        if left := _old(bench, EXPIRING) + _old(bench, PLAIN):
            raise RuntimeError(f"{left} old touches are left")
        value, limit = count / walk.pop("seconds"), count / plain.pop("seconds")
        alone.pop("seconds")
        return {
            "bench": "retention", "value": round(value), "unit": "touches deleted/s", "limit": round(limit),
            "ratio": round(value / limit, 3), "pace": PER_SECOND, "touches": count, "live_per_second": LIVE,
            "fresh_alone": alone, "fresh_beside": walk, "fresh_beside_one_delete": plain,
        }  # fmt: skip


@asynccontextmanager
async def _database(bench: Rig) -> AsyncIterator[Database]:
    database = Database(bench.system.settings.for_role("interaction", "work"))
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def _record_old(bench: Rig, kind: str, count: int) -> None:
    """Record touches of a type that are older than it will be kept, and return when they are rows."""
    bodies = [_old_request(kind, start, min(BATCH, count - start)) for start in range(0, count, BATCH)]
    before = await asyncio.to_thread(bench.written)
    async with bench.raw_channel() as channel:
        answers, _ = await call_all(channel.unary_unary(RECORD), bodies, CALLERS, bench.metadata())
        await bench.until_written(before + all_acknowledged(answers, count))


def _old_request(kind: str, first: int, count: int) -> bytes:
    touches = []
    for number in range(first, first + count):
        told = touch(number, SUBJECTS)
        told.type, told.source_event_id = kind, f"{kind}/{number}"
        told.occurred_time.FromDatetime(datetime.now(UTC) - AGE)
        touches.append(told)
    return pb.RecordTouchesRequest(touches=touches).SerializeToString()


def _delete(bench: Rig) -> None:
    with bench.system.sql("interaction") as connection:
        connection.execute(DELETE, [PLAIN])


def _old(bench: Rig, kind: str) -> int:
    with bench.system.sql("interaction") as connection:
        row = connection.execute(OLD, [kind]).fetchone()
    return int(row[0]) if row else 0


async def _beside(bench: Rig, work: Callable[[], Awaitable[None]]) -> Figures:
    """How long it took, and from acceptance to row of what came in meanwhile."""
    since, begun = datetime.now(UTC), time.perf_counter()
    await work()
    seconds, until = time.perf_counter() - begun, datetime.now(UTC)
    await asyncio.sleep(1)  # what was accepted last becomes a row
    with bench.system.sql("interaction") as connection:
        row = connection.execute(FRESH, [since, until]).fetchone()
    if row is None or not row[0]:  # one DELETE may be over before the next call
        return {"seconds": seconds, "touches": 0}
    middle, last = (round(late.total_seconds() * 1000, 1) for late in row[1])
    return {"seconds": seconds, "touches": row[0], "p50_ms": middle, "p99_ms": last}
