"""Pages of a long timeline among millions of touches, by gRPC; the limit is a page's query on a bare connection."""

import asyncio
import time
import uuid
from datetime import UTC, datetime
from statistics import median
from typing import Any

import identity
import psycopg
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import intake_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from services.interaction.domain.writing import Row
from services.interaction.store import staging
from tests.bench import limit
from tests.bench.rig import SOURCE, Rig, percentile, rig, touch

HELD = 50_000
SUBJECTS = 5
PAGE = 50
DEEP = 1_000
CALLS = 300
CHUNK = 20_000
COUNTS = """INSERT INTO touch_count (subject_id, contact_id, day, type, verdict, touches)
SELECT subject_id, '00000000-0000-0000-0000-000000000000'::uuid,
(occurred_time AT TIME ZONE 'UTC')::date, type, verdict, count(*) FROM touch GROUP BY 1, 2, 3, 4, 5"""
QUERY = " UNION ALL ".join(
    ["(SELECT * FROM touch WHERE subject_id = %s ORDER BY thread_time DESC, thread DESC LIMIT 51)"] * SUBJECTS
)
BARE = f"SELECT * FROM ({QUERY}) AS page ORDER BY thread_time DESC, thread DESC LIMIT 51"


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 5 million touches; one contact always has 50,000 of them over five subjects."""
    return asyncio.run(_measure(int(5_000_000 * scale)))


async def _measure(touches: int) -> dict[str, Any]:
    async with rig() as bench:
        person, subjects = await make_person(bench)
        hold = [parcel(number, subjects[number % SUBJECTS]) for number in range(HELD)]
        await asyncio.to_thread(write, bench, hold)
        few = max(0, touches // 10 - HELD)
        await asyncio.to_thread(fill, bench, 0, few)
        before = await _first_pages(bench, person, CALLS)
        await asyncio.to_thread(fill, bench, few, touches - HELD)
        first, bare, deep, many = [], [], [], []
        token = await _token_of(bench, person, DEEP)
        deep_page = pb.GetTimelineRequest(parent=person, page_size=PAGE, page_token=token)
        for _ in range(3):
            first += await _first_pages(bench, person, CALLS // 3)
            bare += await asyncio.to_thread(_bare, bench, subjects, CALLS // 3)
            deep += await _pages(bench, deep_page, CALLS // 3)
            many += await _at_once(bench, person, 8, CALLS // 3)
        return {
            "bench": "timeline-read", "value": round(percentile(first, 0.99), 1), "unit": "ms (p99, page 1)",
            "limit": round(median(bare), 2), "ratio": round(median(first) / median(bare), 2),
            "p50": round(median(first), 2), "p99": round(percentile(first, 0.99), 1),
            "deep_p50": round(median(deep), 2), "deep_ratio": round(median(deep) / median(first), 2),
            "growth_ratio": round(median(first) / median(before), 2), "p99_at_8": round(percentile(many, 0.99), 1),
            "touches": touches, "held": HELD, "pages": DEEP,
        }  # fmt: skip


async def make_person(bench: Rig, name: str = "held") -> tuple[str, list[bytes]]:
    """A contact with five addresses, and their subjects."""
    keyed = identity.Subjects(bench.system.settings.identity_key())
    request = contact_pb2.CreateContactRequest()
    for number in range(SUBJECTS):
        request.contact.identifiers.add(kind="email", value=f"{name}.{number}@bench.example")
    created = await bench.contact.CreateContact(request)
    await bench.interaction.GetTimeline(pb.GetTimelineRequest(parent=created.name, min_position=created.position))
    return created.name, [keyed.of("email", f"{name}.{number}@bench.example") for number in range(SUBJECTS)]


def parcel(number: int, subject: bytes) -> intake_pb2.IntakeTouch:
    """A touch as the door would pass it on, an own thread each."""
    said = touch(number, 50_000)
    touch_id = ids.touch_id(SOURCE, said.source_event_id)
    moment = int(datetime.now(UTC).timestamp() * 1e6) - number * 60_000_000
    said.occurred_time.FromMicroseconds(moment)
    return intake_pb2.IntakeTouch(
        touch_id=touch_id, subject=subject, thread=touch_id, thread_us=moment, occurred_us=moment, accepted_us=moment,
        rank=30, touch_class=2, channel=1, direction=1, actor=2, type=said.type, type_version=1, source=SOURCE,
        payload=said.SerializeToString(), attributes_json=b'{"client": "Mail"}', content_hash=subject,
    )  # fmt: skip


def fill(bench: Rig, first: int, last: int) -> None:
    """Touches of everybody else: a hundred each."""
    for start in range(first, last, CHUNK):
        numbers = range(start, min(start + CHUNK, last))
        write(
            bench,
            [parcel(HELD + number, uuid.uuid5(uuid.NAMESPACE_OID, str(number // 100)).bytes) for number in numbers],
        )
    with psycopg.connect(bench.system.settings.for_role("interaction").database_dsn(), autocommit=True) as connection:
        connection.execute("TRUNCATE touch_count")
        connection.execute(COUNTS)
        connection.execute("ANALYZE touch, touch_count")


def write(bench: Rig, told: list[intake_pb2.IntakeTouch]) -> None:
    async def write() -> None:
        dsn = bench.system.settings.for_role("interaction").database_dsn()
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            rows = [Row(said, 0, said.thread, said.thread_us, b"") for said in told]
            await connection.execute(staging.STAGING)
            await staging.stage(connection, rows, int(time.time() * 1e6))
            await connection.execute(limit.INSERT)

    asyncio.run(write())


async def _first_pages(bench: Rig, person: str, calls: int) -> list[float]:
    return await _pages(bench, pb.GetTimelineRequest(parent=person, page_size=PAGE), calls)


async def _pages(bench: Rig, request: pb.GetTimelineRequest, calls: int) -> list[float]:
    """Milliseconds of each call for a full page."""
    return await timed(bench, request, calls, threads=PAGE)


async def timed(bench: Rig, request: pb.GetTimelineRequest, calls: int, *, threads: int | None = None) -> list[float]:
    """Milliseconds of each call; a page with another number of threads is an error, where one is given."""
    times = []
    for _ in range(calls):
        begun = time.perf_counter()
        answer = await bench.interaction.GetTimeline(request)
        times.append((time.perf_counter() - begun) * 1000)
        if threads is not None and len(answer.threads) != threads:
            raise RuntimeError(f"a page has {len(answer.threads)} threads")
    return times


async def _at_once(bench: Rig, person: str, callers: int, calls: int) -> list[float]:
    parts = await asyncio.gather(*(_first_pages(bench, person, calls // callers) for _ in range(callers)))
    return [value for part in parts for value in part]


async def _token_of(bench: Rig, person: str, page: int) -> str:
    """The token that gives this page."""
    request = pb.GetTimelineRequest(parent=person, page_size=PAGE)
    for _ in range(page - 1):
        request.page_token = (await bench.interaction.GetTimeline(request)).next_page_token
    return request.page_token


def _bare(bench: Rig, subjects: list[bytes], calls: int) -> list[float]:
    times = []
    with psycopg.connect(bench.system.settings.for_role("interaction").database_dsn(), autocommit=True) as connection:
        for _ in range(calls):
            begun = time.perf_counter()
            connection.execute(BARE, [uuid.UUID(bytes=subject) for subject in subjects]).fetchall()
            times.append((time.perf_counter() - begun) * 1000)
    return times
