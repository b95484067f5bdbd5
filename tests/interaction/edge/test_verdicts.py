"""Whether a person opened or clicked: the rules alone, and at the edge with what real programs send."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from chassis.ids import uuid7
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.types import Verdict
from services.interaction.domain.verdicts import SOON_US, Agent, judge
from services.interaction.http.agents import agent_of
from tests.interaction.edge.ground import NOW, World, edge_world, path

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
HOUR = 3_600_000_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with edge_world(tmp_path / "spool") as opened:
        yield opened


@pytest.mark.parametrize(
    ("said", "agent"),
    [
        (CHROME, Agent.BROWSER),
        (GOOGLE, Agent.IMAGE_PROXY),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", Agent.IMAGE_PROXY),
        ("Mozilla/5.0", Agent.PRIVACY_PROXY),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Agent.SCANNER),
        ("curl/8.5.0", Agent.SCANNER),
        ("Mozilla/5.0 (compatible; Mimecast URL Protect)", Agent.SCANNER),
        ("BarracudaCentral/1.0", Agent.SCANNER),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.5095; Pro)", Agent.MAIL_PROGRAM),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.2", Agent.MAIL_PROGRAM),
        ("Fridge/1.0", Agent.UNKNOWN),
        ("", Agent.NONE),
    ],
)
def test_a_user_agent_is_known_for_what_it_is(said: str, agent: Agent):
    assert agent_of(said) is agent


@pytest.mark.parametrize(
    ("agent", "hints", "since_us", "verdict", "reason"),
    [
        (Agent.BROWSER, {"method": "HEAD"}, HOUR, Verdict.MACHINE, "HEAD_REQUEST"),
        (Agent.BROWSER, {"sec-purpose": "prefetch;prerender"}, HOUR, Verdict.MACHINE, "PREFETCH"),
        (Agent.BROWSER, {"purpose": "preview"}, HOUR, Verdict.MACHINE, "PREFETCH"),
        (Agent.BROWSER, {"x-moz": "prefetch"}, HOUR, Verdict.MACHINE, "PREFETCH"),
        (Agent.BROWSER, {}, SOON_US - 1, Verdict.MACHINE, "TOO_SOON"),
        (Agent.SCANNER, {}, HOUR, Verdict.MACHINE, "KNOWN_SCANNER"),
        (Agent.PRIVACY_PROXY, {}, HOUR, Verdict.MACHINE, "PRIVACY_PROXY"),
        (Agent.BROWSER, {}, SOON_US, Verdict.HUMAN, "BROWSER"),
        (Agent.BROWSER, {"sec-fetch-mode": "navigate"}, HOUR, Verdict.HUMAN, "BROWSER_NAVIGATION"),
        (Agent.IMAGE_PROXY, {}, HOUR, Verdict.HUMAN, "IMAGE_PROXY"),
        (Agent.UNKNOWN, {}, HOUR, Verdict.UNKNOWN, "UNKNOWN_AGENT"),
        (Agent.NONE, {}, -1, Verdict.UNKNOWN, "NO_AGENT"),
    ],
)
def test_each_sign_decides_and_says_why(
    agent: Agent, hints: dict[str, str], since_us: int, verdict: Verdict, reason: str
):
    found = judge(agent, {"method": "GET"} | hints, since_written_us=since_us)
    assert (found.verdict, found.reasons[0]) == (verdict, reason)
    assert 0 < found.confidence <= 1


def test_several_signs_are_all_told_the_strongest_first():
    found = judge(Agent.SCANNER, {"method": "HEAD"}, since_written_us=0)
    assert found.reasons == ("HEAD_REQUEST", "KNOWN_SCANNER", "TOO_SOON")


async def test_a_touch_of_the_edge_carries_its_verdict_inside_and_outside(world: World):
    await world.http.get(path("click"), headers={"user-agent": CHROME, "sec-fetch-mode": "navigate"})
    await world.http.get(path("open"), headers={"user-agent": "Mozilla/5.0"})
    told = {said.type: (inside.verdict, said.verdict) for inside, said in world.touches()}
    assert told["email.clicked"][0] == pb.VERDICT_KIND_HUMAN
    assert told["email.clicked"][1].kind == pb.VERDICT_KIND_HUMAN
    assert told["email.opened"][0] == pb.VERDICT_KIND_MACHINE
    assert list(told["email.opened"][1].reasons) == ["PRIVACY_PROXY"]
    assert told["email.opened"][1].ruleset_version == "edge-1"


async def test_what_comes_within_two_seconds_of_the_message_is_no_person(world: World):
    made: UUID = uuid7(NOW)
    for wait, verdict in ((1.9, pb.VERDICT_KIND_MACHINE), (0.2, pb.VERDICT_KIND_HUMAN)):
        world.clock.advance(timedelta(seconds=wait))
        await world.http.get(path("click", message=made), headers={"user-agent": CHROME})
        assert world.touches()[-1][0].verdict == verdict


async def test_two_seconds_count_from_when_a_mail_was_written_not_from_when_its_message_was_made(world: World):
    made: UUID = uuid7(NOW)
    world.clock.advance(timedelta(seconds=5))
    for wait, verdict in ((1.0, pb.VERDICT_KIND_MACHINE), (0.9, pb.VERDICT_KIND_MACHINE), (0.2, pb.VERDICT_KIND_HUMAN)):
        world.clock.advance(timedelta(seconds=wait))
        for kind in ("click", "open"):
            await world.http.get(path(kind, message=made, purpose="5000"), headers={"user-agent": CHROME})
            assert world.touches()[-1][0].verdict == verdict


async def test_a_prefetch_does_not_stand_in_the_way_of_the_click_that_follows_it(world: World):
    await world.http.get(path("click"), headers={"user-agent": CHROME, "sec-purpose": "prefetch"})
    await world.http.get(path("click"), headers={"user-agent": CHROME})
    first, second = [inside for inside, _ in world.touches()]
    assert (first.verdict, second.verdict) == (pb.VERDICT_KIND_MACHINE, pb.VERDICT_KIND_HUMAN)
    assert first.touch_id != second.touch_id
