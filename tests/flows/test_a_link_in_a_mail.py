"""The edge in a whole system: signed links become touches, an unsubscribe reaches consent, and forged links nothing."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from chassis.ids import uuid7
from google.protobuf.timestamp_pb2 import Timestamp
from identity import Subjects
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as interactions
from touchline_client import Touchline
from tracking import Keyring, Token, urls

from tests.flows.people import client
from tests.flows.system import System
from tests.patience import PATIENCE

PAGE = "https://kiln.example/spring?utm_source=mail"
Answer = contacts.CheckConsentResponse


@dataclass
class Mail:
    """A mail that somebody has before her: her contact, and its signed links."""

    system: System
    touchline: Touchline
    http: httpx.AsyncClient
    address: str
    contact: str
    token: dict[str, Any]
    ring: Keyring

    def link(self, kind: str, **fields: Any) -> str:
        """Where a link of the mail leads."""
        at = urls(self.system.settings.edge_url)
        text = self.ring.sign(Token(kind=kind, **self.token | fields))
        return {"open": at.open, "click": at.click, "unsubscribe": at.unsubscribe}[kind](text)

    @property
    def preferences(self) -> str:
        return self.link("unsubscribe").replace("/u/", "/p/")

    async def timeline(self, *kinds: str) -> list[interactions.Touch]:
        """The touches of the person, newest first, when it shows these kinds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            touches = await self._timeline()
            if set(kinds) <= {touch.type for touch in touches}:
                return touches
            assert time.monotonic() < deadline, f"{[touch.type for touch in touches]} never became {kinds}"
            await asyncio.sleep(0.05)

    async def _timeline(self) -> list[interactions.Touch]:
        request = interactions.GetTimelineRequest(parent=self.contact, page_size=50)
        try:
            page = await self.touchline.interaction.GetTimeline(request)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:  # interaction has not heard of her yet
                raise
            return []
        return [touch for thread in page.threads for touch in thread.touches]

    async def check(self, purpose: int, topic: str = "", wanted: int | None = None) -> int:
        """Why her address may be used or not; waits until that is `wanted`."""
        query = contacts.CheckConsentRequest.Query(
            address=contacts.Identifier(kind="email", value=self.address),
            purpose=purpose,  # type: ignore[arg-type]
            channel=contacts.CHANNEL_EMAIL,
            topic=topic,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            answers = await self.touchline.contact.CheckConsent(contacts.CheckConsentRequest(queries=[query]))
            if wanted is None or answers.answers[0].reason == wanted:
                return answers.answers[0].reason
            assert time.monotonic() < deadline, f"{answers} never became {wanted}"
            await asyncio.sleep(0.05)

    async def grant(self, purpose: int, topic: str = "") -> None:
        event = contacts.ConsentEvent(
            address=contacts.Identifier(kind="email", value=self.address),
            purpose=purpose,  # type: ignore[arg-type]
            channel=contacts.CHANNEL_EMAIL,
            topic=topic,
            status=contacts.ConsentEvent.STATUS_GRANTED,
            lawful_basis="LAWFUL_BASIS_CONSENT",
            capture_time=Timestamp(seconds=1_700_000_000),
        )
        await self.touchline.contact.RecordConsent(contacts.RecordConsentRequest(consent_event=event))


@pytest.fixture
async def mail(system: System) -> AsyncIterator[Mail]:
    """A mail to somebody new, who allowed the newsletter and being measured."""
    address, settings = f"reader-{uuid4()}@kiln.example", system.settings
    async with client(system) as touchline, httpx.AsyncClient(timeout=90) as http:
        wanted = contacts.Contact(display_name="Reader", identifiers=[contacts.Identifier(kind="email", value=address)])
        made = await touchline.contact.CreateContact(contacts.CreateContactRequest(contact=wanted))
        token = {
            "message": uuid7(datetime.now(UTC)),
            "subject": Subjects(settings.identity_key()).of("email", address),
            "contact": made.name.removeprefix("contacts/"),
            "topic": "newsletter",
            "purpose": "marketing",
        }
        ring = Keyring.load(settings.tracking_key_file)
        held = Mail(system, touchline, http, address, made.name, token, ring)
        await held.grant(contacts.PURPOSE_MARKETING, "newsletter")
        await held.grant(contacts.PURPOSE_TRACKING)
        yield held


async def test_what_somebody_does_with_a_mail_is_on_her_timeline_and_in_her_consent(mail: Mail):
    assert (await mail.http.get(mail.link("open"))).headers["content-type"] == "image/gif"
    answer = await mail.http.get(mail.link("click", url=PAGE, link=2))
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    touches = await mail.timeline("email.opened", "email.clicked")
    assert {touch.message for touch in touches} == {str(mail.token["message"])}
    await mail.check(contacts.PURPOSE_MARKETING, "newsletter", Answer.REASON_GRANTED)

    assert (await mail.http.get(mail.link("unsubscribe"))).status_code == 200
    assert await mail.check(contacts.PURPOSE_MARKETING, "newsletter") == Answer.REASON_GRANTED
    answer = await mail.http.post(mail.link("unsubscribe"), data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.is_redirect) == (200, False)
    await mail.check(contacts.PURPOSE_MARKETING, "newsletter", Answer.REASON_WITHDRAWN)
    await mail.timeline("email.unsubscribed")


async def test_the_preference_centre_shows_what_contact_knows_and_silences_the_mail(mail: Mail):
    page = (await mail.http.get(mail.preferences)).text
    assert "cannot show" not in page
    assert 'name="MARKETING/newsletter" value="allow" checked' in page
    assert 'name="TRACKING/" value="allow" checked' in page
    assert 'name="PROFILING/" value="stop" checked' in page
    await mail.http.post(mail.preferences, data={"was/TRACKING/": "allow", "TRACKING/": "stop"})
    await mail.check(contacts.PURPOSE_TRACKING, "", Answer.REASON_WITHDRAWN)
    assert 'name="TRACKING/" value="stop" checked' in (await mail.http.get(mail.preferences)).text
    await mail.timeline("consent.withdrawn")


async def test_nothing_is_allowed_while_unsubscribes_cannot_be_read(mail: Mail):
    await mail.check(contacts.PURPOSE_MARKETING, "newsletter", Answer.REASON_GRANTED)
    mail.system.kill("contact.consume", signal.SIGSTOP)
    try:
        with mail.system.sql("contact") as conn:  # a minute later
            conn.execute("UPDATE consent_reading SET read_time = read_time - interval '61 seconds'")
        assert await mail.check(contacts.PURPOSE_MARKETING, "newsletter") == Answer.REASON_STALE
    finally:
        mail.system.kill("contact.consume", signal.SIGCONT)
    await mail.check(contacts.PURPOSE_MARKETING, "newsletter", Answer.REASON_GRANTED)


@pytest.mark.timeout(120)
async def test_a_forged_link_leaves_nothing(mail: Mail):
    for kind, method in (("open", "GET"), ("click", "GET"), ("unsubscribe", "POST")):
        link = mail.link(kind, **({"url": PAGE, "link": 1} if kind == "click" else {}))
        answer = await mail.http.request(method, link[:-1] + ("A" if link[-1] != "A" else "Q"))
        assert answer.status_code == 404
        assert "unsubscribed" not in answer.text
    assert await mail.timeline() == []
    assert await mail.check(contacts.PURPOSE_MARKETING, "newsletter") == Answer.REASON_GRANTED
