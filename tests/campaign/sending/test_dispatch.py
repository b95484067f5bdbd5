"""The sender against a real mail server, a real contact service and real PostgreSQL."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import tracking
from aiosmtpd.controller import Controller
from chassis.clock import SystemClock
from chassis.errors import Unavailable
from touchline.interaction.v1.interaction_pb2 import Touch
from touchrelay.rows import entries

from deploy.local.postgres import Postgres
from services.campaign.domain.sends import LOOK_AT_BRAKE, Reason
from services.campaign.gateways.consent import Consent
from services.campaign.store import sends
from services.campaign.usecases.cancelling import cancel_left
from services.campaign.usecases.sending import Dispatcher
from tests.campaign.sending.ground import Mailing, grant, note_reading
from tests.campaign.sending.senders import dispatching, sending, until
from tests.serving import Served


async def send_all(mailing: Mailing) -> None:
    async with dispatching(mailing.settings, mailing.database) as dispatcher:
        while await dispatcher.dispatch(mailing.activity):
            pass


async def touches(mailing: Mailing) -> list[Touch]:
    """Every touch on its way to interaction, in order."""
    async with mailing.database.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM outbox WHERE stream = 'touches' ORDER BY seq")).fetchall()
    return [touch for row in rows for touch in entries(row[0])]


async def touches_about(mailing: Mailing, address: str) -> list[Touch]:
    return [touch for touch in await touches(mailing) if touch.identifier.value == address]


async def send_of(mailing: Mailing, contact: UUID) -> Any:
    async with mailing.database.transaction() as tx:
        return await sends.get(tx, mailing.activity, contact, 1)


async def test_everybody_gets_her_own_mail_once(mailing: Mailing, contact: Served, inbox: Controller) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan()
    await send_all(mailing)
    assert sorted(address for address, _ in inbox.handler.mails) == sorted(one.email for one in mailing.people)
    mail = inbox.handler.of(mailing.people[7].email)
    assert mail["Subject"] == "Hello Vera7"
    line = await send_of(mailing, mailing.people[7].id)
    assert mail["Message-ID"] == f"<{line.message}@shop.example>"
    assert (line.state, line.reply_code, line.version) == ("HANDED_OVER", 250, 1)
    assert await mailing.states() == {"HANDED_OVER": 30}


async def test_each_hand_over_is_a_touch_of_its_message(mailing: Mailing, contact: Served) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan()
    await send_all(mailing)
    found = {touch.identifier.value: touch for touch in await touches(mailing)}
    assert set(found) == {one.email for one in mailing.people}
    one = mailing.people[3]
    line, touch = await send_of(mailing, one.id), found[one.email]
    assert (touch.type, touch.source, touch.message) == ("email.handed_over", "sources/campaign", str(line.message))
    assert touch.contact == f"contacts/{one.id}"
    assert touch.campaign == f"campaigns/{mailing.campaign}"
    assert (touch.names.campaign, touch.names.activity, touch.names.message) == ("Spring", "Spring mail", "Hello Vera3")


async def test_a_mail_that_is_not_measured_says_so_in_its_touch(mailing: Mailing, contact: Served) -> None:
    tracked, untracked = mailing.people[:2]
    await grant(contact.database, [tracked])
    await grant(contact.database, [untracked], "MARKETING")
    await mailing.make()
    await mailing.plan([tracked, untracked])
    await send_all(mailing)
    found = {touch.identifier.value: touch for touch in await touches(mailing)}
    assert "measured" not in found[tracked.email].attributes
    assert found[untracked.email].attributes["measured"] is False


async def test_links_are_hers_with_tracking_consent_and_the_pages_own_without(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    tracked, plain = mailing.people[0], mailing.people[1]
    await grant(contact.database, [tracked])
    await grant(contact.database, [plain], "MARKETING")
    await mailing.make()
    await mailing.plan([tracked, plain])
    await send_all(mailing)
    html = inbox.handler.of(tracked.email).get_body(("html",)).get_content()
    keyring = tracking.Keyring.load(mailing.settings.tracking_key_file)
    clicks = [keyring.verify(text) for text in re.findall(r"/c/([\w-]+)", html)]
    assert [click.url for click in clicks] == ["https://example.com/spring?for=Vera0", "https://example.com/summer"]
    assert {(click.contact, click.subject, click.link > 0) for click in clicks} == {
        (str(tracked.id), tracked.subject, True)
    }
    assert len(re.findall(r"/o/[\w-]+", html)) == 1
    html = inbox.handler.of(plain.email).get_body(("html",)).get_content()
    assert "https://example.com/summer" in html
    assert "/c/" not in html
    assert "/o/" not in html


async def test_the_unsubscribe_link_names_message_topic_and_purpose(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:1])
    await send_all(mailing)
    mail = inbox.handler.of(mailing.people[0].email)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]
    token = tracking.Keyring.load(mailing.settings.tracking_key_file).verify(text, "unsubscribe")
    line = await send_of(mailing, mailing.people[0].id)
    assert (token.message, token.topic, token.purpose) == (line.message, "news", "marketing")


async def test_who_may_not_be_written_to_is_suppressed_with_contacts_reason(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    silent, gone, willing = mailing.people[:3]
    await grant(contact.database, [gone, willing])
    await mailing.make()
    await mailing.plan([silent, gone, willing])
    await grant(contact.database, [gone], "MARKETING", status="WITHDRAWN")
    await send_all(mailing)
    assert [address for address, _ in inbox.handler.mails] == [willing.email]
    assert (await send_of(mailing, silent.id)).reason == "NO_CONSENT"
    assert (await send_of(mailing, gone.id)).reason == "WITHDRAWN", "an unsubscribe after planning wins"
    told = {
        (touch.identifier.value, touch.attributes["reason"])
        for touch in await touches(mailing)
        if "reason" in touch.attributes
    }
    assert told == {(silent.email, "NO_CONSENT"), (gone.email, "WITHDRAWN")}


async def test_an_address_that_changed_after_planning_gets_nothing(mailing: Mailing, contact: Served) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:2])
    moved, left = mailing.people[:2]
    async with mailing.database.connection() as conn:
        await conn.execute("UPDATE person SET subject = %s WHERE id = %s", (b"n" * 16, moved.id))
        await conn.execute("UPDATE person SET is_active = false WHERE id = %s", (left.id,))
    await send_all(mailing)
    assert (await send_of(mailing, moved.id)).reason == Reason.ADDRESS_CHANGED
    assert (await send_of(mailing, left.id)).reason == Reason.CONTACT_GONE


async def test_whom_the_projection_has_not_heard_of_yet_waits_and_is_not_lost(
    mailing: Mailing, contact: Served
) -> None:
    late = mailing.people[0]
    await grant(contact.database, [late])
    await mailing.make()
    await mailing.plan([late])
    move, elsewhere = "UPDATE person SET id = %s WHERE id = %s", uuid4()
    async with mailing.database.connection() as conn:
        await conn.execute(move, (elsewhere, late.id))
    await send_all(mailing)
    line = await send_of(mailing, late.id)
    assert (line.state, line.reason) == ("HELD", Reason.NOT_KNOWN_YET)
    assert [touch.type for touch in await touches(mailing)] == ["email.deferred"]
    async with mailing.database.connection() as conn:
        await conn.execute(move, (late.id, elsewhere))
    async with mailing.database.transaction() as tx:
        await sends.release(tx, [Reason.NOT_KNOWN_YET], now=datetime.now(UTC))
    await send_all(mailing)
    assert (await send_of(mailing, late.id)).state == "HANDED_OVER"


async def test_a_template_that_fails_for_one_person_fails_only_her(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make(html='<p>{% if contact.given_name == "Vera2" %}{{ contact.attributes.plan }}{% endif %}</p>')
    await mailing.plan(mailing.people[:4])
    await send_all(mailing)
    assert await mailing.states() == {"HANDED_OVER": 3, "FAILED": 1}
    line = await send_of(mailing, mailing.people[2].id)
    assert line.reason == Reason.RENDER_FAILED
    assert "line 1" in line.reply_text
    assert mailing.people[2].email not in {address for address, _ in inbox.handler.mails}


async def test_while_contact_is_away_everybody_is_held_and_goes_out_when_it_is_back(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:5])
    away = mailing.settings.model_copy(update={"port_contact": 1})
    async with dispatching(away, mailing.database) as dispatcher:
        assert await dispatcher.dispatch(mailing.activity) == 5
        assert dispatcher.is_consent_away
    assert await mailing.states() == {"HELD": 5}
    assert inbox.handler.mails == []
    assert {touch.type for touch in await touches(mailing)} == {"email.deferred"}
    async with sending(mailing.settings, mailing.database):
        await until(lambda: _has(mailing, HANDED_OVER=5))


async def test_a_reading_of_unsubscribes_that_is_too_old_holds_everybody(mailing: Mailing, contact: Served) -> None:
    await grant(contact.database, mailing.people)
    await note_reading(contact.database, ago=90)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    await send_all(mailing)
    assert (await send_of(mailing, mailing.people[0].id)).reason == Reason.STALE
    await note_reading(contact.database)
    async with sending(mailing.settings, mailing.database):
        await until(lambda: _has(mailing, HANDED_OVER=3))


async def test_a_brake_holds_until_it_ends(mailing: Mailing, contact: Served) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:2])
    until_time = datetime.now(UTC) + timedelta(days=3)
    async with mailing.database.connection() as conn:
        await conn.execute(
            "INSERT INTO brake (id, target, target_id, reason, expire_time, creator, create_time, releaser, revision) "
            "VALUES (gen_random_uuid(), 'CONTACT', %s, 'deal', %s, '', now(), '', 1)",
            (mailing.people[0].id, until_time),
        )
    await send_all(mailing)
    line = await send_of(mailing, mailing.people[0].id)
    assert (line.state, line.reason) == ("HELD", "BRAKE")
    assert line.due_time <= datetime.now(UTC) + LOOK_AT_BRAKE < until_time
    assert await mailing.states() == {"HELD": 1, "HANDED_OVER": 1}
    (held,) = await touches_about(mailing, mailing.people[0].email)
    assert (held.type, held.attributes["reason"]) == ("email.deferred", "BRAKE")
    assert datetime.fromisoformat(held.attributes["until"]) == until_time


async def test_a_refusal_for_now_comes_again_and_one_for_good_fails(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    later, never, fine = mailing.people[:3]
    inbox.handler.answers = {later.email: "451 greylisted", never.email: "550 no such user"}
    await mailing.plan([later, never, fine])
    await send_all(mailing)
    assert await mailing.states() == {"PLANNED": 1, "FAILED": 1, "HANDED_OVER": 1}
    waiting, failed = await send_of(mailing, later.id), await send_of(mailing, never.id)
    assert (waiting.attempts, waiting.reply_code, waiting.reason) == (1, 451, "RETRY")
    assert waiting.due_time > datetime.now(UTC)
    assert (failed.reason, failed.reply_code) == ("RECIPIENT_REFUSED", 550)


async def test_a_refusal_for_now_is_a_touch_once_and_says_until_when(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    one = mailing.people[0]
    inbox.handler.answers = {one.email: "451 greylisted"}
    await mailing.plan([one])
    await send_all(mailing)
    first = await send_of(mailing, one.id)
    await try_again(mailing)
    assert (await send_of(mailing, one.id)).attempts == 2
    (held,) = await touches_about(mailing, one.email)
    assert (held.type, held.attributes["reason"]) == ("email.deferred", "RETRY")
    assert datetime.fromisoformat(held.attributes["until"]) == first.due_time
    inbox.handler.answers = {}
    await try_again(mailing)
    assert [touch.type for touch in await touches_about(mailing, one.email)] == ["email.deferred", "email.handed_over"]


async def try_again(mailing: Mailing) -> None:
    """Everybody who waits is due now."""
    async with mailing.database.connection() as conn:
        await conn.execute("UPDATE send SET due_time = now() WHERE due_time IS NOT NULL")
    await send_all(mailing)


async def test_whoever_waits_in_a_cancelled_campaign_is_cancelled_and_told_of_once(mailing: Mailing) -> None:
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    async with mailing.database.transaction() as tx:
        await sends.cancel(tx, mailing.campaign)
    while await cancel_left(mailing.database, SystemClock()):
        pass
    assert await mailing.states() == {"CANCELLED": 3}
    told = [(touch.contact, touch.type, touch.activity, touch.message) for touch in await touches(mailing)]
    activity = f"campaigns/{mailing.campaign}/activities/{mailing.activity}"
    assert sorted(told) == sorted((f"contacts/{one.id}", "email.cancelled", activity, "") for one in mailing.people[:3])


@pytest.mark.parametrize("committed", [False, True])
async def test_what_a_sender_lets_go_of_without_postgresql_is_free_again(
    mailing: Mailing, contact: Served, postgres: Postgres, committed: bool
) -> None:
    """Its sessions end between the claim and the first data, with the note of the data written or not."""
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan()
    async with dispatching(mailing.settings, mailing.database) as dispatcher:
        dispatcher._consents = _Ending(dispatcher, postgres, mailing, is_begun=committed)
        with pytest.raises(Unavailable):
            await dispatcher.dispatch(mailing.activity)
        assert await mailing.states() == {"PLANNED": 30}
        async with mailing.database.connection() as conn:
            assert await (await conn.execute("SELECT FROM send_batch")).fetchall() == []


async def test_only_batches_in_hand_are_kept(mailing: Mailing, contact: Served) -> None:
    """A claim whose commit had no answer belongs to nobody here, whoever its owner is called."""
    await mailing.make()
    await mailing.plan()
    async with dispatching(mailing.settings, mailing.database) as dispatcher:
        now, lost = datetime.now(UTC), uuid4()
        async with mailing.database.transaction() as tx:
            messages = [uuid4() for _ in range(20)]
            lease = dispatcher.limits.lease
            await sends.claim(tx, mailing.activity, lost, messages, owner=dispatcher.owner, lease=lease, now=now)
        await dispatcher.renew()
        async with mailing.database.connection() as conn:
            kept = await (await conn.execute("SELECT lease_time FROM send_batch")).fetchall()
        assert kept == [(now + lease,)]


async def test_the_loop_sends_everything_and_finishes_the_campaign(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    async with sending(mailing.settings, mailing.database):
        await mailing.plan()
        await until(lambda: _is_finished(mailing))
    assert len(inbox.handler.mails) == 30


class _Ending:
    """Consents during whose answer every session of the sender ends, with the note of the data written or not."""

    def __init__(self, dispatcher: Dispatcher, postgres: Postgres, mailing: Mailing, *, is_begun: bool) -> None:
        self._consents, self._postgres, self._mailing = dispatcher._consents, postgres, mailing
        self._is_begun = is_begun

    async def check(self, subjects: Sequence[bytes], topic: str, *, with_tracking: bool = True) -> list[Consent]:
        answers = await self._consents.check(subjects, topic, with_tracking=with_tracking)
        with self._postgres.connect() as conn:
            query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            conn.execute(query, [self._mailing.settings.database.rpartition("/")[2]])
        if self._is_begun:
            async with self._mailing.database.connection() as mine:
                await mine.execute("UPDATE send_batch SET data_begun = true")
        return answers


async def _has(mailing: Mailing, **states: int) -> bool:
    return await mailing.states() == states


async def _is_finished(mailing: Mailing) -> bool:
    async with mailing.database.connection() as conn:
        row = await (await conn.execute("SELECT state FROM campaign WHERE id = %s", (mailing.campaign,))).fetchone()
    return row is not None and row[0] == "FINISHED"
