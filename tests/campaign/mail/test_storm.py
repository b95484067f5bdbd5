"""Servers that fail at random at every stage: no mail is kept twice, and every outcome is true."""

import asyncio
import random
from collections import Counter

from chassis.config import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.gateways.mail import Kind, Outcome, SmtpPool
from tests.campaign.mail.hostile import Answer, Deed, Hostile, Session, hostile

DATA = b"Subject: Hello\r\n\r\nhello\r\n"
MAILS = 40
STAGES = ("MAIL", "RCPT", "DATA", "RESULT", "RSET")
TROUBLES: list[Answer] = [Deed.CUT, "421 closing", "451 later", "550 no", b"nonsense\r\n", b"250 one\r\n250 two\r\n"]


def storm(seed: int, share: float) -> Hostile:
    """A server in which such a share of all answers is trouble."""
    chance = random.Random(seed)

    def decide(verb: str, _session: Session) -> Answer | None:
        return chance.choice(TROUBLES) if verb in STAGES and chance.random() < share else None

    return decide  # type: ignore[return-value]


async def send_all(server: Hostile, connections: int, *, pipeline: bool) -> list[Outcome]:
    told = Settings(smtp_port=server.port, smtp_connections=connections, smtp_pipeline=pipeline)
    pool = await SmtpPool(told).start()
    outcomes = await asyncio.gather(*(pool.send("b@t.example", f"p{n}@x.example", DATA) for n in range(MAILS)))
    await pool.close(grace=0)
    return outcomes


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3]), st.integers(1, 4), st.booleans())
def test_every_outcome_is_true(seed: int, share: float, connections: int, pipeline: bool) -> None:
    async def run() -> None:
        async with hostile(decide=storm(seed, share)) as server:
            outcomes = await send_all(server, connections, pipeline=pipeline)
            kept = Counter(to for to, data in server.mails if data)
        assert set(kept.values()) <= {1}, "a mail came twice"
        for number, outcome in enumerate(outcomes):
            came = kept[f"p{number}@x.example"]
            if outcome.kind is Kind.HANDED_OVER:
                assert came == 1
            elif outcome.code == 0:
                assert outcome.kind in {Kind.RETRY, Kind.UNKNOWN}
                assert outcome.kind is Kind.UNKNOWN or not came, "what is sent again has not come"

    asyncio.run(run())
