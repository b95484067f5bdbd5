"""The same outcomes at aiosmtpd, whose refusals are those of a server that somebody else wrote."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.campaign.gateways.mail import Kind, Reason
from tests.campaign.mail.conftest import Start
from tests.campaign.mail.test_pool import DATA, EVA, SENDER

CUT, HANG = "cut", "hang"


class Moody:
    """Answers one verb its own way, and keeps what arrived."""

    def __init__(self, verb: str, answer: str) -> None:
        self._verb, self._answer = verb, answer
        self.kept = 0

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from, envelope.mail_options = address, options
        return await self._told("MAIL", server)

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._told("RCPT", server)

    async def handle_DATA(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:
        self.kept += 1
        return await self._told("RESULT", server)

    async def _told(self, verb: str, server: SMTP) -> str:
        if verb != self._verb:
            return "250 ok"
        if self._answer == CUT and server.transport is not None:
            server.transport.abort()
        if self._answer == HANG:
            await asyncio.Event().wait()
        return self._answer if self._answer[:1].isdigit() else "250 ok"


@asynccontextmanager
async def moody(verb: str, answer: str) -> AsyncIterator[tuple[int, Moody]]:
    handler, loop = Moody(verb, answer), asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(handler, loop=loop, hostname="moody"))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], handler
    finally:
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()


@pytest.mark.parametrize(
    ("verb", "answer", "kind", "reason"),
    [
        ("MAIL", "451 4.3.0 later", Kind.RETRY, Reason.SENDER_REFUSED),
        ("MAIL", "550 5.7.1 not you", Kind.FAILED, Reason.SENDER_REFUSED),
        ("MAIL", CUT, Kind.RETRY, Reason.CUT),
        ("MAIL", HANG, Kind.RETRY, Reason.TIMED_OUT),
        ("RCPT", "451 4.7.1 greylisted", Kind.RETRY, Reason.RECIPIENT_REFUSED),
        ("RCPT", "550 5.1.1 nobody", Kind.FAILED, Reason.RECIPIENT_REFUSED),
        ("RCPT", CUT, Kind.RETRY, Reason.CUT),
        ("RCPT", HANG, Kind.RETRY, Reason.TIMED_OUT),
        ("RESULT", "451 4.3.0 later", Kind.RETRY, Reason.CONTENT_REFUSED),
        ("RESULT", "554 5.7.1 spam", Kind.FAILED, Reason.CONTENT_REFUSED),
        ("RESULT", CUT, Kind.UNKNOWN, Reason.CUT),
        ("RESULT", HANG, Kind.UNKNOWN, Reason.TIMED_OUT),
    ],
)
async def test_each_answer_has_its_outcome(start: Start, verb: str, answer: str, kind: Kind, reason: Reason) -> None:
    async with moody(verb, answer) as (port, handler):
        deadline = "smtp_result_seconds" if verb == "RESULT" else "smtp_command_seconds"
        pool = await start(port, **({deadline: 0.4} if answer == HANG else {}))
        outcome = await pool.send(SENDER, EVA, DATA)
        assert (outcome.kind, outcome.reason) == (kind, reason)
        assert handler.kept == (verb == "RESULT")
