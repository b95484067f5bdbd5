"""The pool at servers that behave: aiosmtpd, a raw one, and the counting sink."""

import asyncio
import email
import tracemalloc
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from email.policy import default
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from chassis.config import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.gateways.mail import Address, Kind, Outcome, Reason, SmtpPool, compose
from services.campaign.gateways.mail.transfers import dotted
from tests.bench.smtp_sink import sink
from tests.campaign.mail.conftest import Start
from tests.campaign.mail.hostile import Deed, hostile
from tests.campaign.mail.test_compose import made

SENDER, EVA = "bounces@touchline.example", "eva@customer.example"
DATA = compose(made())


class Kept:
    """aiosmtpd's handler: keeps envelopes."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 kept"


@asynccontextmanager
async def standard(**options: Any) -> AsyncIterator[tuple[int, Kept]]:
    """aiosmtpd on a port of its own, and what it kept."""
    kept, loop = Kept(), asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(kept, loop=loop, hostname="standard", **options))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], kept
    finally:
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()


async def test_a_standard_server_gets_exactly_what_was_composed(start: Start) -> None:
    async with standard(enable_SMTPUTF8=True) as (port, kept):
        pool = await start(port)
        assert pool.eight_bit
        mail = made(to=Address(EVA, "Eva Nováková"), subject="Žluť", text=".\n..\nGrüße\n.", html="<p>ž</p>")
        data = compose(mail, eight_bit=pool.eight_bit)
        outcome = await pool.send(SENDER, EVA, data)
        assert (outcome.kind, outcome.reason, outcome.code) == (Kind.HANDED_OVER, Reason.ACCEPTED, 250)
        (envelope,) = kept.envelopes
        assert envelope.content == data
        assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [EVA])
        assert "BODY=8BITMIME" in envelope.mail_options
        assert email.message_from_bytes(envelope.content, policy=default)["Subject"] == "Žluť"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([".", "..", "", "x", "QUIT", ".\t", "RSET", "a" * 70]), max_size=30))
def test_dots_and_commands_in_a_text_stay_text(lines: list[str]) -> None:
    """What a server that follows RFC 5321 4.5.2 reads out of DATA is what went in."""
    text = "\r\n".join(["Subject: x", "", *lines, ""]).encode()
    wire = dotted(text)
    assert wire.endswith(b"\r\n.\r\n")
    assert b"\r\n.\r\n" not in wire[:-3]
    read = b"".join(line.removeprefix(b".") for line in wire[:-3].splitlines(keepends=True))
    assert read == text


@pytest.mark.parametrize(
    "data", [b"Subject: x\n\nhello\n", b"a\r\n\rb\r\n", b"a\r\n.\nMAIL FROM:<x@y.example>\r\n", b"a\r"]
)
async def test_a_line_end_of_half_is_refused_for_one_mail_could_become_two(start: Start, data: bytes) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        with pytest.raises(ValueError, match="CR or LF alone"):
            await pool.send(SENDER, EVA, data)
        assert server.mails == []


@pytest.mark.parametrize(
    "to", ["eva@x.example>\r\nRCPT TO:<bob@x.example", "eva@x.example\nDATA", "eva", "a b@x.example"]
)
async def test_an_address_that_holds_a_command_is_refused(start: Start, to: str) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        assert await pool.send(SENDER, to, DATA) == Outcome(Kind.FAILED, Reason.ADDRESS_INVALID)
        assert await pool.send(to, EVA, DATA) == Outcome(Kind.FAILED, Reason.ADDRESS_INVALID)
        assert server.verbs() == ["EHLO"]


async def test_parameters_are_used_only_when_needed_and_offered(start: Start) -> None:
    async with hostile() as server:
        pool = await start(server.port, smtp_connections=1)
        for to, text in ((EVA, "plain"), (EVA, "Grüße"), ("jörg@müller.example", "plain")):
            mail = made(to=Address(to), text=text)
            assert (await pool.send(SENDER, to, compose(mail, eight_bit=True))).kind is Kind.HANDED_OVER
        mails = [command for command in server.commands if command.startswith("MAIL")]
        assert ["BODY=8BITMIME" in mail for mail in mails] == [False, True, True]
        assert ["SMTPUTF8" in mail for mail in mails] == [False, False, True]
        assert all(" SIZE=" in mail for mail in mails)
        assert "RCPT TO:<jörg@xn--mller-kva.example>" in server.commands


async def test_a_poor_server_is_asked_for_nothing_it_does_not_offer(start: Start) -> None:
    async with hostile(ehlo=["poor"]) as server:
        pool = await start(server.port)
        assert not pool.eight_bit
        assert (await pool.send(SENDER, EVA, compose(made(text="Grüße"), eight_bit=False))).kind is Kind.HANDED_OVER
        assert f"MAIL FROM:<{SENDER}>" in server.commands
        late = await pool.send(SENDER, EVA, compose(made(text="Grüße"), eight_bit=True))
        assert late == Outcome(Kind.RETRY, Reason.EIGHT_BIT_NOT_OFFERED)
        foreign = await pool.send(SENDER, "jörg@customer.example", DATA)
        assert foreign == Outcome(Kind.FAILED, Reason.UTF8_NOT_OFFERED)


async def test_a_server_from_before_ehlo_is_greeted_with_helo(start: Start) -> None:
    async with hostile({"EHLO": "500 what?"}) as server:
        pool = await start(server.port)
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert server.verbs()[:2] == ["EHLO", "HELO"]


async def test_what_is_larger_than_the_servers_size_is_not_sent(start: Start) -> None:
    async with hostile(ehlo=["small", "SIZE 1000"]) as server:
        pool = await start(server.port)
        assert await pool.send(SENDER, EVA, DATA + b"x" * 1000) == Outcome(Kind.FAILED, Reason.TOO_LARGE)
        assert "MAIL" not in server.verbs()


async def test_connections_are_reused_and_never_more_than_allowed(start: Start) -> None:
    async with hostile() as server:
        pool = await start(server.port, smtp_connections=3)
        outcomes = await asyncio.gather(*(pool.send(SENDER, f"p{n}@x.example", DATA) for n in range(100)))
        assert {outcome.kind for outcome in outcomes} == {Kind.HANDED_OVER}
        assert server.connections == pool.connections == 3
        assert sorted(to for to, _ in server.mails) == sorted(f"p{n}@x.example" for n in range(100))


async def test_the_next_envelope_travels_with_the_data_only_where_that_is_offered(start: Start) -> None:
    for offers, pipelined in ((["x", "PIPELINING"], True), (["x", "8BITMIME"], False)):
        async with hostile({"RESULT": Deed.HANG}, ehlo=offers) as server:
            pool = await start(server.port, smtp_connections=1, smtp_result_seconds=0.3)
            outcomes = await asyncio.gather(*(pool.send(SENDER, f"p{n}@x.example", DATA) for n in range(3)))
            assert [outcome.kind for outcome in outcomes].count(Kind.UNKNOWN) == 1, "one mail of a connection at most"
            assert (server.verbs().count("DATA"), pipelined) in {(1, True), (1, False)}


async def test_on_data_is_called_before_the_first_byte_leaves(start: Start) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        seen: list[str | bool] = []
        permitted = asyncio.Event()

        async def on_data() -> None:
            seen.append(EVA in dict(server.mails))
            await permitted.wait()

        sending = asyncio.ensure_future(pool.send(SENDER, EVA, DATA, on_data))
        assert (await pool.send(SENDER, "bob@x.example", DATA, lambda: seen.append("bob"))).kind is Kind.HANDED_OVER
        assert [to for to, _ in server.mails] == ["bob@x.example"], "nothing leaves before it may"
        permitted.set()
        assert (await sending).kind is Kind.HANDED_OVER
        assert sorted(seen, key=str) == [False, "bob"]


async def refuse() -> None:
    raise LookupError("no")


def refuse_at_once() -> None:
    raise LookupError("no")


@pytest.mark.parametrize("on_data", [refuse, refuse_at_once])
async def test_when_on_data_fails_nothing_is_sent_and_the_caller_hears_it(start: Start, on_data: Any) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        with pytest.raises(LookupError):
            await pool.send(SENDER, EVA, DATA, on_data)
        assert (await pool.send(SENDER, "bob@x.example", DATA)).kind is Kind.HANDED_OVER
        assert [to for to, _ in server.mails] == ["bob@x.example"]


async def test_a_caller_who_gives_up_before_the_data_has_sent_nothing(start: Start) -> None:
    async with hostile({"RCPT": [b"", "250 ok"]}) as server:
        pool = await start(server.port, smtp_connections=1, smtp_pipeline=False, smtp_command_seconds=5.0)
        sending = asyncio.ensure_future(pool.send(SENDER, EVA, DATA))
        await until(lambda: "RCPT" in server.verbs())
        sending.cancel()
        assert (await asyncio.gather(sending, return_exceptions=True))[0].__class__ is asyncio.CancelledError
        await pool.close(grace=0)
        assert server.mails == []


async def until(true: Any) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  there is no event: it is the server's memory
            await asyncio.sleep(0.005)


async def test_closing_answers_everybody_and_ends_every_connection(start: Start) -> None:
    async with hostile({"RESULT": Deed.HANG}) as server:
        pool = await start(server.port, smtp_connections=1, smtp_result_seconds=60.0)
        sending = [asyncio.ensure_future(pool.send(SENDER, f"p{n}@x.example", DATA)) for n in range(10)]
        await until(lambda: server.mails)
        await pool.close(grace=0.05)
        outcomes = await asyncio.gather(*sending)
        assert [outcome.kind for outcome in outcomes].count(Kind.UNKNOWN) == 1
        assert {outcome.kind for outcome in outcomes[1:]} == {Kind.RETRY}
        assert pool.connections == 0
        assert (await pool.send(SENDER, EVA, DATA)) == Outcome(Kind.RETRY, Reason.CLOSING)


async def test_closing_lets_those_under_way_finish_and_says_quit(start: Start) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        sending: Awaitable[Outcome] = pool.submit(SENDER, EVA, DATA)
        await until(lambda: server.mails)
        await pool.close()
        assert (await sending).kind is Kind.HANDED_OVER
        await until(lambda: "QUIT" in server.verbs())


async def test_who_writes_when_the_pool_is_ready_has_never_more_than_one_mail_waiting(start: Start) -> None:
    async with standard() as (port, kept):
        pool = await start(port, smtp_connections=2)
        futures, waiting = [], []
        for number in range(60):
            await pool.ready()
            waiting.append(pool.waiting)
            futures.append(pool.submit(SENDER, f"p{number}@x.example", DATA))
        assert {outcome.kind for outcome in await asyncio.gather(*futures)} == {Kind.HANDED_OVER}
        assert set(waiting) == {0}
        assert len(kept.envelopes) == 60


async def test_nobody_waits_for_ever_for_a_pool_that_closes(start: Start) -> None:
    async with hostile({"RESULT": Deed.HANG}) as server:
        pool = await start(server.port, smtp_connections=1, smtp_pipeline=False, smtp_result_seconds=60.0)
        sending = [pool.submit(SENDER, f"p{n}@x.example", DATA) for n in range(3)]
        ready = asyncio.ensure_future(pool.ready())
        await until(lambda: server.mails)
        assert not ready.done()
        await pool.close(grace=0.05)
        await ready
        assert [(await one).kind for one in sending[1:]] == [Kind.RETRY, Kind.RETRY]


async def test_after_a_pause_the_server_is_tried_again(start: Start, unused_tcp_port: int) -> None:
    pool = await start(unused_tcp_port)
    first = await pool.send(SENDER, EVA, DATA)
    assert first.kind is Kind.RETRY
    assert 0 < first.after <= 2.0
    async with standard() as (port, kept):
        pool._settings = pool._settings.model_copy(update={"smtp_port": port})
        async with asyncio.timeout(90):
            while (outcome := await pool.send(SENDER, EVA, DATA)).kind is Kind.RETRY:  # noqa: ASYNC110
                await asyncio.sleep(outcome.after)
        assert outcome.kind is Kind.HANDED_OVER
        assert len(kept.envelopes) == 1


async def test_the_sink_counts_what_the_pool_hands_over() -> None:
    with sink() as counting:
        pool: SmtpPool = await SmtpPool(Settings(smtp_port=counting.port)).start()
        mails = {f"p{number}@x.example": uuid4() for number in range(200)}
        futures = [pool.submit(SENDER, to, compose(made(message=message))) for to, message in mails.items()]
        assert {outcome.kind for outcome in await asyncio.gather(*futures)} == {Kind.HANDED_OVER}
        await pool.close()
        assert {mail.recipient: mail.message_id for mail in counting.mails()} == {
            to: f"{message}@touchline.example" for to, message in mails.items()
        }
        assert counting.counts()["mails"] == 200
        assert counting.twice() == {}


async def test_sending_keeps_no_mail_in_memory(start: Start) -> None:
    async with hostile() as server:
        pool = await start(server.port)
        big = DATA + b"x" * 60_000 + b"\r\n"
        await pool.send(SENDER, EVA, big)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            await pool.send(SENDER, EVA, big)
            server.mails.clear()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 1_000_000, "a hundred mails are six million bytes"
