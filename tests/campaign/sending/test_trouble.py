"""The sender when something around it breaks: nothing is lost, nobody is given up, and no activity stops the others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from chassis.config import Settings, SmtpSecurity
from chassis.db import Tx

from services.campaign.domain.sends import Send
from services.campaign.store import sends
from services.campaign.usecases.brakes import create_brake, release_brake
from services.campaign.usecases.sending.prepared import Preparation, Prepared
from tests.campaign.mail.hostile import Answers, Deed, hostile
from tests.campaign.sending.ground import Mailing, grant, note_reading
from tests.campaign.sending.senders import dispatching, sending, until
from tests.serving import Served


async def test_a_brake_that_is_released_while_somebody_is_judged_does_not_keep_her(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:1])
    now, told = datetime.now(UTC), {"target": "CONTACT", "target_id": mailing.people[0].id, "reason": "deal"}
    async with mailing.database.transaction() as tx:
        brake = await create_brake(tx, told | {"expire_time": now + timedelta(days=180)}, creator="", now=now)
    async with dispatching(mailing.settings, mailing.database, preparation=Releasing(mailing, brake.id)) as dispatcher:
        assert await dispatcher.dispatch(mailing.activity) == 1
    line = await send_of(mailing, mailing.people[0].id)
    assert (line.state, line.reason) == ("HELD", "BRAKE")
    assert line.due_time is not None
    assert line.due_time < now + timedelta(minutes=10), "nobody releases it a second time"


class Releasing(Preparation):
    """Sales releases the brake after it was read, and before what it held is written."""

    def __init__(self, mailing: Mailing, brake: UUID) -> None:
        super().__init__("")
        self._mailing, self._brake = mailing, brake

    async def get(self, tx: Tx, activity: UUID) -> Prepared | None:
        async with self._mailing.database.transaction() as other:
            await release_brake(other, self._brake, releaser="", now=datetime.now(UTC))
        return await super().get(tx, activity)


SECONDS = {"smtp_connect_seconds": 0.3}
STARTTLS = {"smtp_security": SmtpSecurity.STARTTLS}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"GREETING": "554 not you"}, {}),
        ({"GREETING": Deed.HANG}, SECONDS),
        ({"GREETING": Deed.CUT}, {}),
        ({"GREETING": "who is there?"}, {}),
        ({"STARTTLS": "454 no"}, STARTTLS),
        (None, {"smtp_port": 1}),
    ],
    ids=["refuses", "hangs", "cuts", "talks nonsense", "has no TLS", "is not there"],
)
async def test_a_mail_server_that_cannot_be_reached_costs_no_attempt(
    mailing: Mailing, contact: Served, answers: Answers | None, told: dict[str, Any]
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    async with hostile(answers or {}) as server:
        away = _with(mailing.settings, **{"smtp_port": server.port} | told)
        async with dispatching(away, mailing.database) as dispatcher:
            await dispatcher.dispatch(mailing.activity)
            assert dispatcher.is_server_away
    line = await send_of(mailing, mailing.people[0].id)
    assert (line.state, line.attempts) == ("PLANNED", 0)


@pytest.mark.parametrize(("answer", "reason"), [(Deed.CUT, "CUT"), ("what?", "NONSENSE"), (Deed.HANG, "TIMED_OUT")])
async def test_a_mail_for_which_the_server_did_not_answer_is_unknown_and_listed_with_its_reason(
    mailing: Mailing, contact: Served, answer: str | Deed, reason: str
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:1])
    async with hostile({"RESULT": answer}) as server:
        there = _with(mailing.settings, smtp_port=server.port, smtp_result_seconds=0.3)
        async with dispatching(there, mailing.database) as dispatcher:
            assert await dispatcher.dispatch(mailing.activity) == 1
        assert len(server.mails) == 1, "all of it had left"
    line = await send_of(mailing, mailing.people[0].id)
    async with mailing.database.transaction() as tx:
        counts = (await sends.counts(tx, [mailing.activity], now=datetime.now(UTC)))[mailing.activity]
    assert (line.state, line.reason, line.due_time) == ("UNKNOWN", reason, None)
    assert counts.reasons == {("UNKNOWN", reason): 1}


async def test_a_name_that_no_header_may_carry_fails_its_own_mail_and_no_other(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    mailing.people[1].family_name = "Adler\r\nBcc: everybody@readers.example"
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    async with dispatching(mailing.settings, mailing.database) as dispatcher:
        assert await dispatcher.dispatch(mailing.activity) == 3
    assert await mailing.states() == {"HANDED_OVER": 2, "FAILED": 1}
    line = await send_of(mailing, mailing.people[1].id)
    assert (line.reason, line.attempts) == ("MAIL_REFUSED", 0)
    assert len(inbox.handler.mails) == 2


async def test_a_reading_of_unsubscribes_that_is_too_old_slows_the_sender_down(
    mailing: Mailing, contact: Served
) -> None:
    await grant(contact.database, mailing.people)
    await note_reading(contact.database, ago=90)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    async with dispatching(mailing.settings, mailing.database) as dispatcher:
        await dispatcher.dispatch(mailing.activity)
        assert dispatcher.is_consent_away


async def test_a_key_that_cannot_sign_holds_its_own_activity_and_no_other(
    mailing: Mailing, contact: Served, inbox: Controller, tmp_path: Path
) -> None:
    (tmp_path / "shop.example.bad.pem").write_text("no key at all")
    settings = _with(mailing.settings, dkim_key_dir=str(tmp_path))
    fine = Mailing(settings, mailing.database, mailing.people)
    await grant(contact.database, mailing.people)
    await mailing.make(selector="bad")
    await mailing.plan(mailing.people[:3])
    await fine.make(is_known=True)
    await fine.plan(mailing.people[:3])
    async with sending(settings, mailing.database):
        await until(lambda: _has(fine, HANDED_OVER=3))
        await until(lambda: _has(mailing, HELD=3))
    line = await send_of(mailing, mailing.people[0].id)
    assert (line.reason, line.attempts) == ("DKIM_KEY_UNUSABLE", 0)
    assert len(inbox.handler.mails) == 3, "none unsigned"


async def test_a_bug_that_one_activity_meets_does_not_end_the_others(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    other = Mailing(mailing.settings, mailing.database, mailing.people)
    await grant(contact.database, mailing.people)
    for one in (mailing, other):
        await one.make(is_known=one is other)
        await one.plan(mailing.people[:3])
    async with sending(mailing.settings, mailing.database, preparation=Buggy(mailing.activity)):
        await until(lambda: _has(other, HANDED_OVER=3))


class Buggy(Preparation):
    """Fails for one activity as nobody thought of."""

    def __init__(self, activity: UUID) -> None:
        super().__init__("")
        self._activity = activity

    async def get(self, tx: Tx, activity: UUID) -> Prepared | None:
        if activity == self._activity:
            raise ValueError
        return await super().get(tx, activity)


async def send_of(mailing: Mailing, contact: UUID) -> Send:
    async with mailing.database.transaction() as tx:
        return await sends.get(tx, mailing.activity, contact, 1)


async def _has(mailing: Mailing, **states: int) -> bool:
    return await mailing.states() == states


def _with(settings: Settings, **told: Any) -> Settings:
    return settings.model_copy(update=told)
