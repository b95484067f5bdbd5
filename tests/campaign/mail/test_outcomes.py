"""What becomes of a mail at a server that refuses, hangs, cuts the line or talks nonsense, at every stage."""

import asyncio

import pytest
from chassis.config import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.gateways.mail import Kind, Reason, SmtpPool
from tests.campaign.mail.conftest import Start
from tests.campaign.mail.hostile import Answer, Deed, Session, hostile

DATA = b"Subject: Hello\r\n\r\n.A dot, and text\r\n.\r\n..\r\nend\r\n"
SENDER, EVA = "bounces@touchline.example", "eva@customer.example"
RETRY, FAILED, UNKNOWN = Kind.RETRY, Kind.FAILED, Kind.UNKNOWN
LONG, ENDLESS = b"250 " + b"x" * 5000, b"250-more\r\n" * 200

ROWS: list[tuple[str, Answer, Kind, Reason]] = [
    ("GREETING", "554 go away", RETRY, Reason.UNREACHABLE),
    ("GREETING", "421 busy", RETRY, Reason.UNREACHABLE),
    ("GREETING", Deed.CUT, RETRY, Reason.UNREACHABLE),
    ("GREETING", b"SSH-2.0-OpenSSH_9.6\r\n", RETRY, Reason.NONSENSE),
    ("GREETING", LONG, RETRY, Reason.NONSENSE),
    ("EHLO", "550 no", RETRY, Reason.UNREACHABLE),
    ("EHLO", ENDLESS, RETRY, Reason.NONSENSE),
    ("EHLO", Deed.CUT, RETRY, Reason.UNREACHABLE),
    ("MAIL", "451 later", RETRY, Reason.SENDER_REFUSED),
    ("MAIL", "550 no", FAILED, Reason.SENDER_REFUSED),
    ("MAIL", "530 log in first", RETRY, Reason.LOGIN_REFUSED),
    ("MAIL", "421 closing", RETRY, Reason.CLOSING),
    ("MAIL", Deed.CUT, RETRY, Reason.CUT),
    ("MAIL", Deed.HANG, RETRY, Reason.TIMED_OUT),
    ("MAIL", b"hello?\r\n", RETRY, Reason.NONSENSE),
    ("RCPT", "451 4.7.1 greylisted", RETRY, Reason.RECIPIENT_REFUSED),
    ("RCPT", "550 5.1.1 nobody", FAILED, Reason.RECIPIENT_REFUSED),
    ("RCPT", Deed.CUT, RETRY, Reason.CUT),
    ("RCPT", Deed.HANG, RETRY, Reason.TIMED_OUT),
    ("RCPT", b"250-one\r\n251 two\r\n", RETRY, Reason.NONSENSE),
    ("DATA", "451 later", RETRY, Reason.CONTENT_REFUSED),
    ("DATA", "554 no", FAILED, Reason.CONTENT_REFUSED),
    ("DATA", "250 what?", RETRY, Reason.NONSENSE),
    ("DATA", Deed.CUT, RETRY, Reason.CUT),
    ("DATA", Deed.HANG, RETRY, Reason.TIMED_OUT),
    ("RESULT", "451 later", RETRY, Reason.CONTENT_REFUSED),
    ("RESULT", "421 closing", RETRY, Reason.CLOSING),
    ("RESULT", "554 spam", FAILED, Reason.CONTENT_REFUSED),
    ("RESULT", "354 what?", UNKNOWN, Reason.NONSENSE),
    ("RESULT", LONG, UNKNOWN, Reason.NONSENSE),
    ("RESULT", b"\xff\x00\x13\r\n", UNKNOWN, Reason.NONSENSE),
    ("RESULT", Deed.CUT, UNKNOWN, Reason.CUT),
    ("RESULT", Deed.HANG, UNKNOWN, Reason.TIMED_OUT),
]


@pytest.mark.parametrize("pipeline", [True, False])
@pytest.mark.parametrize(("verb", "answer", "kind", "reason"), ROWS)
async def test_each_answer_at_each_stage_has_its_outcome(
    start: Start, verb: str, answer: Answer, kind: Kind, reason: Reason, *, pipeline: bool
) -> None:
    async with hostile({verb: answer}) as server:
        deadline = "smtp_result_seconds" if verb == "RESULT" else "smtp_command_seconds"
        pool = await start(server.port, smtp_pipeline=pipeline, **({deadline: 0.4} if answer is Deed.HANG else {}))
        outcome = await pool.send(SENDER, EVA, DATA)
        assert (outcome.kind, outcome.reason) == (kind, reason)
        assert (outcome.after > 0) == (kind is RETRY), "what is tried again is not tried at once"
        assert len([data for to, data in server.mails if data]) == (verb == "RESULT"), (
            "no data where they were not asked"
        )


async def test_nobody_listens(start: Start, unused_tcp_port: int) -> None:
    pool = await start(unused_tcp_port)
    outcome = await pool.send(SENDER, EVA, DATA)
    assert (outcome.kind, outcome.reason) == (RETRY, Reason.UNREACHABLE)


async def test_no_greeting_in_time(start: Start) -> None:
    async with hostile({"GREETING": Deed.HANG}) as server:
        pool = await start(server.port, smtp_connect_seconds=0.3)
        outcome = await pool.send(SENDER, EVA, DATA)
        assert (outcome.kind, outcome.reason) == (RETRY, Reason.TIMED_OUT)


async def test_a_server_that_never_serves_is_not_asked_for_each_mail(start: Start) -> None:
    async with hostile({"MAIL": Deed.CUT}) as server:
        pool = await start(server.port, smtp_connections=1)
        outcomes = await asyncio.gather(*(pool.send(SENDER, EVA, DATA) for _ in range(50)))
        assert {outcome.kind for outcome in outcomes} == {RETRY}
        assert server.connections == 1


async def test_a_cut_in_the_middle_of_large_data_is_worth_trying_again(start: Start) -> None:
    async with hostile(reads_data=False) as server:
        pool = await start(server.port, smtp_result_seconds=30.0)
        outcome = await pool.send(SENDER, EVA, b"Subject: x\r\n\r\n" + b"x" * 78 + b"\r\n" * 20_000_000)
        assert (outcome.kind, outcome.reason) == (RETRY, Reason.CUT)


async def test_after_a_refusal_the_connection_is_used_again(start: Start) -> None:
    async with hostile({"RCPT": ["550 nobody", "250 ok"]}) as server:
        pool = await start(server.port, smtp_connections=1)
        first, second = await asyncio.gather(pool.send(SENDER, EVA, DATA), pool.send(SENDER, EVA, DATA))
        assert (first.kind, second.kind) == (FAILED, Kind.HANDED_OVER)
        assert server.connections == 1
        assert "RSET" in server.verbs() or server.mails[0] == (EVA, b""), "the refused envelope was ended"


async def test_a_server_that_wants_the_data_of_a_refused_mail_gets_a_lone_dot(start: Start) -> None:
    async with hostile({"RCPT": ["550 nobody", "250 ok"], "RESULT": ["554 no recipients", "250 ok"]}) as server:
        pool = await start(server.port, smtp_connections=1)
        first = await pool.send(SENDER, EVA, DATA)
        assert (first.kind, first.code) == (FAILED, 550)
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert server.mails == [(EVA, b""), (EVA, DATA)]


async def test_a_connection_that_died_in_its_sleep_costs_no_mail(start: Start) -> None:
    async with hostile({"MAIL": ["250 ok", Deed.CUT, "250 ok"]}) as server:
        pool = await start(server.port, smtp_connections=1)
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert server.connections == 2


async def test_two_replies_to_one_mail_end_the_connection(start: Start) -> None:
    async with hostile({"RESULT": [b"250 kept\r\n250 kept again\r\n", "250 ok"]}) as server:
        pool = await start(server.port, smtp_connections=1, smtp_pipeline=False)
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert server.connections == 2, "the reply that nobody asked for was not taken for the next mail's"


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_result_that_comes_before_the_data_is_no_result(start: Start, *, pipeline: bool) -> None:
    async with hostile({"DATA": b"354 go\r\n250 kept already\r\n"}) as server:
        pool = await start(server.port, smtp_pipeline=pipeline)
        outcome = await pool.send(SENDER, EVA, DATA)
        assert (outcome.kind, outcome.reason, outcome.code) == (UNKNOWN, Reason.NONSENSE, 0)


async def test_greylisting_waits_longer_than_a_busy_server(start: Start) -> None:
    async with hostile({"RCPT": ["451 greylisted", "250 ok"], "MAIL": ["250 ok", "451 busy"]}) as server:
        pool = await start(server.port, smtp_connections=1, smtp_pipeline=False)
        greylisted = await pool.send(SENDER, EVA, DATA)
        busy = await pool.send(SENDER, EVA, DATA)
        assert (greylisted.after, busy.after) == (300.0, 60.0)
        assert greylisted.text == "greylisted"


FATES: dict[str, tuple[str, str, Kind]] = {
    "kept": ("RESULT", "250 ok", Kind.HANDED_OVER),
    "greylisted": ("RCPT", "451 later", RETRY),
    "nobody": ("RCPT", "550 nobody", FAILED),
    "sender": ("MAIL", "550 not you", FAILED),
    "busy": ("DATA", "451 later", RETRY),
    "spam": ("RESULT", "554 spam", FAILED),
}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FATES)), min_size=1, max_size=12),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_every_mail_gets_its_own_answer(fates: list[str], connections: int, pipeline: bool, dribbles: bool) -> None:
    """Replies are matched in order, however mails are pipelined and however the replies arrive in pieces."""
    asyncio.run(_each_gets_its_own(fates, connections, pipeline=pipeline, dribbles=dribbles))


async def _each_gets_its_own(fates: list[str], connections: int, *, pipeline: bool, dribbles: bool) -> None:
    async with hostile(decide=_by_fate, dribbles=dribbles) as server:
        told = Settings(smtp_port=server.port, smtp_connections=connections, smtp_pipeline=pipeline)
        pool = await SmtpPool(told).start()
        people = [f"{fate}.{number}@x.example" for number, fate in enumerate(fates)]
        outcomes = await asyncio.gather(*(pool.send(f"{to.split('.')[0]}@t.example", to, DATA) for to in people))
        await pool.close(grace=0)
    assert [outcome.kind for outcome in outcomes] == [FATES[fate][2] for fate in fates]
    wanted = sorted(to for to, fate in zip(people, fates, strict=True) if FATES[fate][0] == "RESULT")
    assert sorted(to for to, data in server.mails if data == DATA) == wanted


def _by_fate(verb: str, session: Session) -> Answer | None:
    """The envelope's sender says at which stage what is answered."""
    stage, answer, _ = FATES.get(session.sender.partition("@")[0], ("", "", RETRY))
    return answer if verb == stage else None
