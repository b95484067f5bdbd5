"""CheckConsent by gRPC, one question a call and a thousand a call; the limit is the bare query of one address.

Each person has three events, one in fifty is suppressed; a question is about marketing by mail for a topic.
"""

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import identity
import psycopg
from chassis.auth import issue_token
from chassis.ids import uuid7
from chassis.rpc import channel
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from deploy.local.postgres import engine_home
from tests.bench.importing import Contact
from tests.bench.rig import percentile

TOPIC = "news"
ROUNDS = 3
THOUSANDS = 40  # calls of a thousand in a round
BARE = """
SELECT subject, id, purpose, channel, topic, status, capture_time, effective_to_time FROM consent_event
WHERE subject = %s AND purpose = 'MARKETING'
"""
EVENT = (
    "id, subject, identifier_kind, value, purpose, channel, topic, status, lawful_basis, capture_time, source, "
    "wording_version, ip_hash, evidence, actor, create_time"
)
STOP = "id, subject, identifier_kind, value, channel, reason, source, actor, create_time, revision"
READ = """
INSERT INTO consent_reading (read_time) VALUES (now() + interval '1 day')
ON CONFLICT (is_only) DO UPDATE SET read_time = EXCLUDED.read_time
"""


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 200,000 people and 3,000 single calls a round."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-", ignore_cleanup_errors=True) as name:
        contact = Contact(Path(name))
        try:
            return asyncio.run(_measure(contact, int(200_000 * scale), max(300, int(3_000 * scale))))
        finally:
            contact.stop()
            shutil.rmtree(engine_home(contact.folder / "postgres"), ignore_errors=True)


async def _measure(contact: Contact, people: int, calls: int) -> dict[str, Any]:
    subjects = _fill(contact, people)
    token = issue_token(contact.settings, subject="bench", name="bench", roles=["service"], client="bench")
    one: list[float] = []
    thousand: list[float] = []
    bare: list[float] = []
    async with channel(contact.settings.target("contact"), token=token, timeout=30.0) as opened:
        stub: Any = ContactServiceStub(opened)
        await _ask(stub, subjects, 100, 1)
        await _ask(stub, subjects, 5, 1000)
        for _ in range(ROUNDS):
            bare += await asyncio.to_thread(_bare, contact, subjects, calls)
            one += await _ask(stub, subjects, calls, 1)
            thousand += await _ask(stub, subjects, THOUSANDS, 1000)
    value, limit = percentile(one, 0.99) * 1000, percentile(bare, 0.99) * 1000
    return {
        "bench": "consent-check", "value": round(value, 2), "unit": "ms (p99 of one)",
        "limit": round(limit, 2), "ratio": round(limit / value, 3),
        "p50": round(percentile(one, 0.5) * 1000, 2), "limit_p50": round(percentile(bare, 0.5) * 1000, 2),
        "thousand_p50": round(percentile(thousand, 0.5) * 1000, 2),
        "thousand_p99": round(percentile(thousand, 0.99) * 1000, 2),
        "people": people, "events": 3 * people, "calls": len(one), "thousands": len(thousand),
    }  # fmt: skip


async def _ask(stub: Any, subjects: Sequence[bytes], calls: int, size: int) -> list[float]:
    """So many calls, one after the other: each one's seconds."""
    seconds = []
    for _ in range(calls):
        asked = [secrets.choice(subjects) for _ in range(size)]
        request = pb.CheckConsentRequest(
            queries=[
                pb.CheckConsentRequest.Query(
                    subject=subject, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, topic=TOPIC
                )
                for subject in asked
            ]
        )
        begun = time.perf_counter()
        answers = (await stub.CheckConsent(request)).answers
        seconds.append(time.perf_counter() - begun)
        if [answer.subject for answer in answers] != asked or any(
            answer.reason not in {pb.CheckConsentResponse.REASON_GRANTED, pb.CheckConsentResponse.REASON_SUPPRESSED}
            for answer in answers
        ):
            raise RuntimeError("an answer that is none")
    return seconds


def _bare(contact: Contact, subjects: Sequence[bytes], calls: int) -> list[float]:
    """The query alone, by a connection of its own."""
    seconds = []
    with contact.sql() as connection:
        for _ in range(calls):
            begun = time.perf_counter()
            rows = connection.execute(BARE, [secrets.choice(subjects)]).fetchall()
            seconds.append(time.perf_counter() - begun)
            if len(rows) != 2:
                raise RuntimeError(f"{len(rows)} events of an address")
    return seconds


def _fill(contact: Contact, people: int) -> list[bytes]:
    keyed, now = identity.Subjects(contact.settings.identity_key()), datetime.now(UTC)
    subjects = [keyed.of("email", f"p{number}@bench.example") for number in range(people)]
    with contact.sql() as connection:
        with connection.cursor() as cursor:
            _copy(cursor, "consent_event", EVENT, _events(subjects, now))
            _copy(cursor, "suppression", STOP, _stops(subjects[::50], now))
        connection.execute(READ)
        connection.execute("VACUUM ANALYZE consent_event, suppression")
    return subjects


def _copy(cursor: psycopg.Cursor, table: str, columns: str, rows: Any) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _events(subjects: Sequence[bytes], now: datetime) -> Any:
    """A grant of all marketing, one of the topic, one of being measured."""
    for subject in subjects:
        for purpose, topic in (("MARKETING", ""), ("MARKETING", TOPIC), ("TRACKING", "")):
            told = (purpose, "EMAIL", topic, "GRANTED", "CONSENT", now, "bench", "", b"", "", "", now)
            yield uuid7(now), subject, "email", "somebody@bench.example", *told


def _stops(subjects: Sequence[bytes], now: datetime) -> Any:
    for subject in subjects:
        yield uuid7(now), subject, "email", "somebody@bench.example", "", "BOUNCE", "bench", "", now, 1
