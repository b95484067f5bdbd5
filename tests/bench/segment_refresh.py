"""Filling a rule of five conditions, and following changes; the limit is the same question as one query by hand."""

import asyncio
import hashlib
import secrets
import shutil
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import tracking
from chassis.bus import Record
from chassis.clock import SystemClock
from chassis.db import Database
from chassis.ids import uuid7
from psycopg import AsyncConnection
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from deploy.local.postgres import Postgres, engine_home, write_secret
from services.segmentation import events
from services.segmentation.domain import Kind, rules
from services.segmentation.domain.rules import Operator, Reading
from services.segmentation.jobs import Evaluator
from services.segmentation.models import Segment, SegmentRule
from services.segmentation.usecases.evaluating import MOST_CHANGES
from tests.bench.rig import percentile
from tests.databases import Databases

PEOPLE = 200_000
TOUCHES_EACH = 10
ROUNDS = 3
RATE = 2_000
SECONDS = 5
BATCH = 20
WINDOW = timedelta(days=30)
RULE = rules.And(
    (
        rules.Attribute("stage", Operator.EQUALS, ("lead", "customer")),
        rules.Not(rules.Attribute("tags", Operator.EQUALS, ("press",))),
        rules.AccountAttribute("industry", Operator.EQUALS, ("steel", "food")),
        rules.Consent("MARKETING", "EMAIL", "newsletter", (Reading.GRANTED,)),
        rules.Touches(("email.clicked",), 1, None, WINDOW),
    )
)
FILL = """
INSERT INTO account SELECT md5('a' || n)::uuid, true,
    jsonb_build_object('industry', (ARRAY['steel', 'food', 'wood', 'glass'])[1 + n % 4]), 1, 1
FROM generate_series(0, 999) n;
INSERT INTO person SELECT md5('p' || n)::uuid, md5('p' || n)::uuid, 'ACTIVE', md5('a' || n % 1000)::uuid,
    'Person ' || n,
    jsonb_build_object('stage', (ARRAY['lead', 'customer', 'lost'])[1 + n % 3],
        'tags', CASE WHEN n % 10 = 0 THEN '["press"]'::jsonb ELSE '["vip"]'::jsonb END), 1, 1
FROM generate_series(0, {people} - 1) n;
INSERT INTO link SELECT md5('l' || n)::uuid, 'holds', md5('s' || n)::uuid, md5('p' || n)::uuid, NULL, NULL, '',
    NULL, NULL, now(), NULL, 'email', 1, 1 FROM generate_series(0, {people} - 1) n;
INSERT INTO consent SELECT md5('c' || n)::uuid, md5('s' || n)::uuid, 'MARKETING', 'EMAIL', 'newsletter',
    CASE WHEN n % 5 = 0 THEN 'WITHDRAWN' ELSE 'GRANTED' END, now() - interval '1 day', NULL
FROM generate_series(0, {people} - 1) n;
INSERT INTO touch SELECT md5('s' || n % {people})::uuid, md5('t' || n)::uuid, md5('p' || n % {people})::uuid, NULL,
    (ARRAY['email.opened', 'email.handed_over', 'email.clicked', 'call.logged'])[1 + (n / {people} + n) % 4],
    now() - (n % 200) * interval '1 day', NULL, false FROM generate_series(0, {people} * {each} - 1) n
"""
BY_HAND = """CREATE TEMP TABLE by_hand AS SELECT p.person_id FROM person p
JOIN account a ON a.account_id = p.account_id AND a.is_active AND a.attributes ->> 'industry' IN ('steel', 'food')
WHERE p.person_id = p.contact_id AND p.state = 'ACTIVE' AND p.attributes ->> 'stage' IN ('lead', 'customer')
AND NOT coalesce(p.attributes -> 'tags' ? 'press', false)
AND EXISTS (SELECT FROM touch t WHERE t.person_id = p.person_id AND t.type = 'email.clicked' AND NOT t.is_corrected
    AND t.occurred_time <= now() AND t.occurred_time > now() - interval '30 days')
AND EXISTS (SELECT FROM link l JOIN person q ON q.contact_id = l.contact_id WHERE q.person_id = p.person_id
    AND l.identifier_kind = 'email' AND l.retracted_time IS NULL AND l.to_time IS NULL AND l.kind IN ('holds', 'shared')
    AND NOT EXISTS (SELECT FROM suppression s WHERE s.subject_id = l.subject_id AND s.is_active)
    AND 'GRANTED' = (SELECT c.status FROM consent c WHERE c.subject_id = l.subject_id AND c.purpose = 'MARKETING'
        AND c.channel IN ('', 'EMAIL') AND c.topic IN ('', 'newsletter') AND c.capture_time <= now()
        ORDER BY c.capture_time DESC, c.consent_id DESC LIMIT 1))"""


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 200,000 contacts and 2 million touches."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        engine = Postgres(folder / "postgres").start()
        try:
            return asyncio.run(_measure(Databases(engine, folder, _keys(folder)), int(PEOPLE * scale)))
        finally:
            engine.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


def _keys(folder: Path) -> dict[str, Any]:
    lines = {"token": secrets.token_hex(32), "identity": secrets.token_hex(32), "tracking": tracking.new_key_line("b")}
    for kind, line in lines.items():
        write_secret(folder / f"{kind}.key", line)
    return {f"{kind}_key_file": str(folder / f"{kind}.key") for kind in lines} | {"development": True}


async def _measure(databases: Databases, people: int) -> dict[str, Any]:
    settings = databases.make("segmentation")
    database = Database(settings, encode=events.encode)
    await database.open()
    try:
        async with database.connection() as conn:
            await _populate(conn, people)
            segment = await _segment(database)
            await Evaluator(database).settle()
            full, limit = [], []
            for version in range(2, ROUNDS + 2):
                limit.append(await _by_hand(conn))
                full.append(await _filled(database, segment, version))
            members = await _count(conn, "SELECT count(*) FROM membership")
            if members != await _count(conn, "SELECT count(*) FROM by_hand"):
                raise RuntimeError("the rule and the query by hand do not agree")
            late = await _follow(database, people)
            idle = await _idle(database)
        return {
            "bench": "segment-refresh", "value": round(median(full), 3), "unit": "s (full)",
            "limit": round(median(limit), 3), "ratio": round(median(full) / median(limit), 2),
            "change_p50": round(median(late), 3), "change_p99": round(percentile(late, 0.99), 3),
            "changes_per_second": RATE, "idle_steps_per_second": idle,
            "contacts": people, "touches": people * TOUCHES_EACH, "members": members,
        }  # fmt: skip
    finally:
        await database.close()


async def _populate(conn: AsyncConnection[Any], people: int) -> None:
    await conn.execute("SET statement_timeout = '300s'")
    for statement in FILL.format(people=people, each=TOUCHES_EACH).split(";"):
        await conn.execute(statement)
    await conn.execute("VACUUM ANALYZE")


async def _segment(database: Database) -> uuid.UUID:
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        segment = Segment(id=uuid7(now), display_name="Bench", kind=Kind.RULE, create_time=now, update_time=now)
        segment.rule_version = 1
        tx.add(segment)
        await tx.flush()
        tx.add(SegmentRule(segment_id=segment.id, version=1, tree=rules.dump(RULE), create_time=now))
    return segment.id


async def _filled(database: Database, segment: uuid.UUID, version: int) -> float:
    """Seconds until a new version of the rule holds everybody and has taken over, timers and all."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        tx.add(SegmentRule(segment_id=segment, version=version, tree=rules.dump(RULE), create_time=now))
    begun = time.perf_counter()
    await Evaluator(database).settle()
    return time.perf_counter() - begun


async def _by_hand(conn: AsyncConnection[Any]) -> float:
    await conn.execute("DROP TABLE IF EXISTS by_hand")
    await conn.execute("SET work_mem = '64MB'")
    await conn.execute("SET jit = off")
    begun = time.perf_counter()
    await conn.execute(BY_HAND)
    return time.perf_counter() - begun


async def _count(conn: AsyncConnection[Any], query: str) -> int:
    row = await (await conn.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def _follow(database: Database, people: int) -> list[float]:
    """Clicks at the rate, applied as `consume` does; seconds from the record in hand to the end of its evaluation."""
    evaluator, late, waiting = Evaluator(database), [], []
    is_over = asyncio.Event()

    async def evaluate() -> None:
        while not is_over.is_set() or waiting:
            taken = len(waiting)
            if not taken:
                await asyncio.sleep(0.002)
                continue
            outcome = await evaluator.step()
            if outcome.changes < MOST_CHANGES:
                done = time.perf_counter()
                late.extend(done - begun for begun in waiting[:taken] for _ in range(BATCH))
                del waiting[:taken]

    evaluating = asyncio.create_task(evaluate())
    handler, start = events.TouchesHandler(), time.perf_counter()
    async with database.connection() as conn:
        number, last = 0, RATE * SECONDS // BATCH
        while number < last:
            await asyncio.sleep(max(0.0, start + number * BATCH / RATE - time.perf_counter()))
            come = min(last, 1 + int((time.perf_counter() - start) * RATE / BATCH))
            records = [_record(each, people) for each in range(number, come)]
            async with conn.transaction():
                await handler.flush(conn, await handler.prepare(conn, records))
            waiting += [start + each * BATCH / RATE for each in range(number, come)]
            number = come
    is_over.set()
    await evaluating
    return late


def _record(number: int, people: int) -> Record:
    now, batch = int(datetime.now(UTC).timestamp() * 1e6), TouchBatch()
    for place in range(BATCH):
        person = (number * BATCH + place) * 7919 % people
        subject = uuid.UUID(hashed(f"s{person}"))
        batch.touches.append(
            IntakeTouch(subject=subject.bytes, touch_id=uuid.uuid4().bytes, type="email.clicked", occurred_us=now)
        )
    return Record(events.RECORDED, 0, number, None, batch.SerializeToString())


def hashed(text: str) -> str:
    """As PostgreSQL's md5, of which the ids of the bench are made."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _idle(database: Database) -> float:
    """Steps a second that the evaluator takes while nothing happens."""
    steps = 0

    class Counting(Evaluator):
        async def step(self) -> Any:
            nonlocal steps
            steps += 1
            return await super().step()

    stop, seconds = asyncio.Event(), 6.0
    running = asyncio.create_task(Counting(database, SystemClock()).run(stop))
    await asyncio.sleep(seconds)
    stop.set()
    await running
    return round(steps / seconds, 2)
