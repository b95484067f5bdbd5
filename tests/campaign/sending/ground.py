"""People, a mailing and their consents, put straight into the tables: what planning and contact would leave there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import identity
from chassis.config import Settings
from chassis.db import Database
from chassis.ids import uuid7

from services.campaign.domain.sends import Planned
from services.campaign.store import sends

TOPIC = "news"
SUBJECT = "Hello {{ contact.given_name }}"
HTML = """<html><body><h1>Good day, {{ contact.given_name }} {{ contact.family_name }}</h1>
<p>News for {{ account.display_name | default: "you" }}:
<a href="https://example.com/spring?for={{ contact.given_name }}">spring</a>, <a href="https://example.com/summer">summer</a>.</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>"""
TEXT = "Good day, {{ contact.given_name }}\n\nNews: https://example.com/spring\n\n{{ unsubscribe_url }}\n"


@dataclass
class Addressee:
    """Somebody who can be mailed."""

    id: UUID
    email: str
    subject: bytes
    given_name: str = "Vera"
    family_name: str = "Adler"


@dataclass
class Mailing:
    """A campaign with one activity that runs."""

    settings: Settings
    database: Database
    people: list[Addressee]
    campaign: UUID = field(default_factory=lambda: uuid7(datetime.now(UTC)))
    activity: UUID = field(default_factory=lambda: uuid7(datetime.now(UTC)))

    async def make(
        self,
        *,
        rate: int = 0,
        html: str = HTML,
        subject: str = SUBJECT,
        traceparent: str = "",
        selector: str = "",
        is_known: bool = False,
    ) -> None:
        """The campaign, its sender, its people unless they are known, the ledger open; nobody is planned yet."""
        now, sender = datetime.now(UTC), uuid7(datetime.now(UTC))
        told = {"now": now, "campaign": self.campaign, "activity": self.activity, "sender": sender}
        told |= {"subject": subject, "html": html, "text": TEXT, "topic": TOPIC, "rate": rate, "selector": selector}
        async with self.database.connection() as conn:
            for statement in ROWS:
                await conn.execute(statement, told)
            if not is_known:
                await self._write_people(conn, now)
        async with self.database.transaction() as tx:
            await sends.open_run(tx, self.activity, self.campaign, rate=rate, traceparent=traceparent, now=now)

    async def _write_people(self, conn: Any, now: datetime) -> None:
        columns = (
            "id, survivor_id, direct_id, given_name, family_name, display_name, title, owner, team, stage, email, "
        )
        columns += "subject, language, time_zone, country, attributes, tags, is_active, epoch, revision, read_time"
        async with conn.cursor().copy(f"COPY person ({columns}) FROM STDIN") as copy:
            for one in self.people:
                name = f"{one.given_name} {one.family_name}"
                texts = ("", "", "", "", one.email, one.subject, "", "", "", json.dumps({}), [], True, 1, 1, now)
                await copy.write_row((one.id, one.id, one.id, one.given_name, one.family_name, name, *texts))

    async def plan(self, people: Sequence[Addressee] | None = None) -> None:
        """Everybody into the ledger."""
        chosen = self.people if people is None else people
        planned = [Planned(contact=one.id, subject=one.subject, address=one.email) for one in chosen]
        for start in range(0, len(planned), 5000):
            async with self.database.transaction() as tx:
                chunk = planned[start : start + 5000]
                await sends.plan(tx, self.activity, self.campaign, 1, chunk, now=datetime.now(UTC))
        async with self.database.transaction() as tx:
            await sends.end_planning(tx, self.activity)

    async def states(self) -> dict[str, int]:
        """How many sends are in each state, from the rows."""
        query = "SELECT state, count(*) FROM send WHERE activity_id = %s GROUP BY state"
        async with self.database.connection() as conn:
            return dict(await (await conn.execute(query, (self.activity,))).fetchall())


ROWS = (
    """INSERT INTO campaign (id, display_name, description, brand, state, owner, launch_time, create_time, update_time,
    revision) VALUES (%(campaign)s, 'Spring', '', '', 'RUNNING', '', %(now)s, %(now)s, %(now)s, 1)""",
    """INSERT INTO sender (id, display_name, address, reply_to_address, state, dkim_domain, dkim_selector,
    code_attempts, create_time, update_time, revision)
    VALUES (%(sender)s, 'Shop', %(activity)s || '@shop.example', '', 'VERIFIED', 'shop.example', %(selector)s,
    0, %(now)s, %(now)s, 1)""",
    """INSERT INTO activity (id, campaign_id, display_name, include_segments, exclude_segments, sender_id,
    subscription_topic, purpose, subject_template, html_template, text_template, rate_per_second, untracked, version,
    links, occurrence, planning, members_read, people_planned, obstacle, create_time, update_time, revision)
    VALUES (%(activity)s, %(campaign)s, 'Spring mail', '{}', '{}', %(sender)s, %(topic)s, 'MARKETING', %(subject)s,
    %(html)s, %(text)s, %(rate)s, false, 1, '{}', 1, 'DONE', 0, 0, '', %(now)s, %(now)s, 1)""",
)


def crowd(settings: Settings, number: int, *, domain: str = "readers.example") -> list[Addressee]:
    """As many people, each with an address of her own."""
    subjects, now = identity.Subjects(settings.identity_key()), datetime.now(UTC)
    made = []
    for place in range(number):
        address = f"reader-{place}@{domain}"
        made.append(Addressee(uuid7(now), address, subjects.subject("email", address), f"Vera{place}", "Adler"))
    return made


async def grant(database: Database, people: Sequence[Addressee], *purposes: str, status: str = "GRANTED") -> None:
    """What contact keeps of people who said so, for the topic; marketing and tracking unless told."""
    columns = (
        "id, subject, identifier_kind, value, purpose, channel, topic, status, lawful_basis, capture_time, source, "
    )
    columns += "wording_version, ip_hash, evidence, actor, create_time"
    now = datetime.now(UTC)
    async with database.connection() as conn:
        async with conn.cursor().copy(f"COPY consent_event ({columns}) FROM STDIN") as copy:
            for one in people:
                for purpose in purposes or ("MARKETING", "TRACKING"):
                    topic = TOPIC if purpose == "MARKETING" else ""
                    told = (purpose, "EMAIL", topic, status, "CONSENT", now, "form", "", b"", "", "", now)
                    await copy.write_row((uuid7(datetime.now(UTC)), one.subject, "email", one.email, *told))
        await conn.execute("ANALYZE consent_event")
    await note_reading(database)


async def note_reading(database: Database, *, ago: float = 0.0) -> None:
    """Contact has read the edge's requests up to so many seconds ago."""
    async with database.connection() as conn:
        await conn.execute(
            "INSERT INTO consent_reading (read_time) VALUES (now() - make_interval(secs => %s)) "
            "ON CONFLICT (is_only) DO UPDATE SET read_time = EXCLUDED.read_time",
            (ago,),
        )
