"""Mails that ask for a confirmation: from contact's request to the mail server, once each, with links that work."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.clock import FixedClock
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1.interaction_pb2 import RecordTouchesRequest
from tracking import Keyring, urls

from services.campaign.domain.optins import LANGUAGES, write
from services.campaign.gateways.mail import SmtpPool
from services.campaign.gateways.optins import OptIns
from services.campaign.store import optins as store
from services.campaign.usecases.confirming import Confirming

RING = Keyring([("t1", b"k" * 32)])
ADDRESS = "vera@reader.example"
EDGE = "https://links.example"


@pytest.fixture
async def confirming(world: Any) -> AsyncIterator[Confirming]:
    pool = await SmtpPool(world.campaign.settings).start()
    channel = await world._channel(world.contact)
    clock = FixedClock(datetime.now(UTC) + timedelta(minutes=5))  # behind every request of the test
    yield Confirming(world.campaign.database, clock, OptIns(channel), pool, RING, urls(EDGE))
    await pool.close()


async def ask(world: Any, **fields: Any) -> contact_pb2.OptIn:
    address = contact_pb2.Identifier(kind="email", value=ADDRESS)
    opt_in = contact_pb2.OptIn(address=address, **{"topic": "news", **fields})
    return await world.service.contact.RequestOptIn(contact_pb2.RequestOptInRequest(opt_in=opt_in))


async def states(world: Any) -> list[tuple[str, str]]:
    async with world.campaign.database.connection() as conn:
        return await (await conn.execute("SELECT state, reason FROM opt_in_mail ORDER BY number")).fetchall()


async def touches(world: Any) -> list[Any]:
    rows = [row[3] for row in await world.campaign.outbox() if row[0].endswith("RecordTouchesRequest")]
    return [touch for row in rows for touch in RecordTouchesRequest.FromString(row).touches]


def confirmations(world: Any) -> list[Any]:
    """The mails that the reader got."""
    return [mail for to, mail in world.mailbox.mails if to == [ADDRESS]]


async def test_a_request_becomes_one_mail_whose_links_confirm_and_end_it(world: Any, confirming: Confirming):
    await world.sender()
    asked = await ask(world, language="de")
    await world.hear()
    await world.hear()
    assert await confirming.once() == 1
    assert await confirming.once() == 0
    (mail,) = confirmations(world)
    assert mail["Subject"] == "Bitte bestätigen: „news“ von The shop"
    assert (mail["From"], mail["Auto-Submitted"]) == ("The shop <news@shop.example>", "auto-generated")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    for part in parts:
        token = RING.verify(re.search(rf"{EDGE}/s/([\w-]+)", part)[1], "confirm")
        leave = RING.verify(re.search(rf"{EDGE}/u/([\w-]+)", part)[1], "unsubscribe")
        assert f"optIns/{token.message}" == asked.name
        assert token.subject == leave.subject == asked.address.subject
        assert (token.topic, leave.topic, leave.purpose) == ("news", "news", "marketing")
    assert mail["List-Unsubscribe"].strip("<>").startswith(f"{EDGE}/u/")
    (touch,) = await touches(world)
    assert (touch.type, touch.message, touch.identifier.value) == (
        "consent.requested",
        asked.name.removeprefix("optIns/"),
        ADDRESS,
    )
    assert touch.attributes["topic"] == "news"
    assert await states(world) == [("HANDED_OVER", "")]


async def test_what_needs_no_mail_any_more_gets_none(world: Any, confirming: Confirming):
    await world.sender()
    asked = await ask(world)
    await world.hear()
    await world.service.contact.ConfirmOptIn(contact_pb2.ConfirmOptInRequest(name=asked.name))
    await confirming.once()
    assert (confirmations(world), await states(world)) == ([], [("DROPPED", "CONFIRMED")])

    await ask(world, topic="offers")
    await world.hear()
    confirming.clock.advance(timedelta(days=7, seconds=5))
    await confirming.once()
    assert (confirmations(world), await touches(world)) == ([], [])
    assert ("DROPPED", "EXPIRED") in await states(world)


async def test_without_a_verified_sender_a_mail_waits_and_one_can_be_asked_for(world: Any, confirming: Confirming):
    other = await world.sender("other@shop.example")
    async with world.campaign.database.connection() as conn:
        await conn.execute("UPDATE sender SET state = 'UNVERIFIED'")
    await ask(world, sender=other)
    await world.hear()
    await confirming.once()
    assert await states(world) == [("WAITING", "SENDER_NOT_VERIFIED")]
    await world.sender("first@shop.example")
    confirming.clock.advance(timedelta(minutes=1))
    await confirming.once()
    assert confirmations(world) == [], "another sender than the one asked for is none"
    async with world.campaign.database.connection() as conn:
        await conn.execute("UPDATE sender SET state = 'VERIFIED'")
    confirming.clock.advance(timedelta(minutes=1))
    await confirming.once()
    (mail,) = confirmations(world)
    assert "other@shop.example" in mail["From"]


async def test_a_server_that_is_away_or_refuses_is_told_apart(world: Any, confirming: Confirming):
    await world.sender()
    await ask(world)
    await world.hear()
    world.mailbox.answer = "451 later"
    await confirming.once()
    ((state, _),) = await states(world)
    assert (state, await touches(world)) == ("WAITING", [])
    world.mailbox.answer = "550 nobody"
    confirming.clock.advance(timedelta(minutes=10))
    await confirming.once()
    assert await states(world) == [("FAILED", "CONTENT_REFUSED")]
    (touch,) = await touches(world)
    assert (touch.type, touch.attributes["reason"]) == ("email.failed", "CONTENT_REFUSED")
    confirming.clock.advance(timedelta(hours=1))
    assert await confirming.once() == 0


async def test_a_mail_whose_sender_was_lost_is_sent_by_the_next(world: Any, confirming: Confirming):
    await world.sender()
    await ask(world)
    await world.hear()
    async with world.campaign.database.transaction() as tx:
        assert len(await store.claim(tx, confirming.clock.now())) == 1
    assert await confirming.once() == 0, "somebody has it"
    confirming.clock.advance(timedelta(minutes=1, seconds=1))
    assert await confirming.once() == 1
    assert len(confirmations(world)) == 1


@pytest.mark.parametrize("language", ["en", "de", "fr", ""])
@pytest.mark.parametrize("topic", ["", "news", "<b>{x}</b>"])
def test_every_language_says_who_what_and_both_links(language: str, topic: str):
    told = write(language, topic=topic, who="A & {B}", link="https://l.example/s/1", leave="https://l.example/u/2")
    assert "https://l.example/s/1" in told.text
    assert "https://l.example/u/2" in told.text
    assert 'href="https://l.example/s/1"' in told.html
    assert "A &amp; {B}" in told.html
    assert "<b>" not in told.html
    assert f'lang="{language if language in LANGUAGES else "en"}"' in told.html
    assert "A & {B}" in told.subject_line
