"""When a mail is written: as the next to leave, one by one; what its links say of that, and what a bug in it ends."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import tracking
from aiosmtpd.controller import Controller
from chassis.clock import SystemClock

from services.campaign.usecases.sending import letters
from tests.campaign.sending.ground import Mailing, grant
from tests.campaign.sending.senders import dispatching
from tests.campaign.sending.test_dispatch import send_all, send_of
from tests.serving import Served


class Slow(SystemClock):
    """A second passes whenever somebody looks at it."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        self._looks += 1
        return super().now() + timedelta(seconds=self._looks)


async def test_links_say_how_long_their_mail_waited_until_it_was_written(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    async with dispatching(mailing.settings, mailing.database, clock=Slow()) as dispatcher:
        await dispatcher.dispatch(mailing.activity)
    keyring = tracking.Keyring.load(mailing.settings.tracking_key_file)
    waits = []
    for one in mailing.people[:3]:
        html = inbox.handler.of(one.email).get_body(("html",)).get_content()
        told = {keyring.verify(text).waited_ms // 1000 for text in re.findall(r"/[co]/([\w-]+)", html)}
        assert len(told) == 1
        waits += told
    assert waits[0] >= 1
    assert sorted(waits) == list(range(min(waits), min(waits) + 3))


async def test_a_mail_that_a_bug_keeps_from_being_written_ends_as_failed_and_the_others_leave(
    mailing: Mailing, contact: Served, inbox: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grant(contact.database, mailing.people)
    await mailing.make()
    await mailing.plan(mailing.people[:3])
    compose = letters.compose

    def buggy(mail: Any, **told: Any) -> bytes:
        if mail.to.email == mailing.people[1].email:
            raise ZeroDivisionError
        return compose(mail, **told)

    monkeypatch.setattr(letters, "compose", buggy)
    await send_all(mailing)
    assert await mailing.states() == {"HANDED_OVER": 2, "FAILED": 1}
    line = await send_of(mailing, mailing.people[1].id)
    assert (line.reason, line.reply_text) == ("RENDER_FAILED", "ZeroDivisionError")
