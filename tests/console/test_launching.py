"""Launching: its numbers, a later moment, an audience that takes too long to count, lists that are none."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta

import httpx
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2

from services.console.app import Tokens, make_app
from services.console.gateways import Gateways
from services.console.http.campaigns import launching
from tests.console.readers import Reader, fields
from tests.console.test_campaigns import campaign, planned
from tests.flows.campaigns import until


async def test_a_launch_says_its_numbers_first_and_every_number_has_its_list(stage, reader):
    who, plan, people = await planned(stage, reader)
    check = await who.read(f"{plan}/check")
    assert "<strong>3</strong><span>get it</span>" in check
    ask = await who.read(f"{plan}/launch", when="now", time="")
    assert "3 mails go" in ask
    assert "Launch to 3 people" in ask
    form = fields(ask, f"{plan}/launch")
    answers = [await who.send(f"{plan}/launch", **form) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}, [answer.text for answer in answers]

    async def handed_over() -> str:
        page = await who.read(plan)
        return page if re.search(r'handed_over">3<', page) else ""

    page = await until(handed_over)
    listed = await who.read(html.unescape(re.search(r'href="([^"]+of=handed_over[^"]*)"', page)[1]))
    assert [one for one in people if f"/{one}" in listed] == people
    why = await who.read(f"{plan}/why", contact=people[0].rpartition("/")[2])
    assert "Why did Person 0" in why
    mails = await who.read(f"/{people[0]}/mails")
    assert "handed over" in mails


async def test_a_launch_can_wait_for_a_moment_and_be_given_up(stage, reader):
    who, plan, _ = await planned(stage, reader, 1)
    past = await who.client.get(f"{plan}/launch", params={"when": "later", "time": "2020-01-01T10:00"})
    assert past.status_code == 400
    assert "This moment has passed" in past.text
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT10:00}"
    form = fields(await who.read(f"{plan}/launch", when="later", time=tomorrow), f"{plan}/launch")
    assert (await who.send(f"{plan}/launch", **form)).status_code == 303
    assert ">scheduled<" in await who.read(plan)
    for verb, word in (("pause", "paused"), ("resume", "scheduled")):
        page = await who.read(plan)
        assert (await who.send(f"{plan}/{verb}", **fields(page, f"{plan}/{verb}"))).status_code == 303
        assert f">{word}<" in await who.read(plan)
    form = fields(await who.read(f"{plan}/cancel"), f"{plan}/cancel") | {"reason": "Not wanted"}
    assert (await who.send(f"{plan}/cancel", **form)).status_code == 303
    page = await who.read(plan)
    assert ">cancelled<" in page
    assert "Not wanted" in page


async def test_an_audience_too_large_to_count_can_be_launched_without_numbers(stage, system, reader, monkeypatch):
    _, plan, _ = await planned(stage, reader, 1)
    gateways = Gateways(system.settings, Tokens(system.settings))
    transport = httpx.ASGITransport(app=make_app(system.settings, gateways))
    monkeypatch.setattr(launching, "PATIENCE", 1.0)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        who = await Reader(client).log_in("mira")
        with system.sql("campaign") as held, held.transaction():
            held.execute("LOCK TABLE person IN ACCESS EXCLUSIVE MODE")  # nobody of the audience can be read
            page = await who.read(f"{plan}/check")
            assert "too large to be counted" in page
            assert "Go on" in page
            asked = await who.read(f"{plan}/launch", when="now", time="")
        assert "without these numbers" in asked
        assert (await who.send(f"{plan}/launch", **fields(asked, f"{plan}/launch"))).status_code == 303
    await gateways.close()
    found = await stage.campaign.GetCampaign(pb.GetCampaignRequest(name=plan.removeprefix("/")))
    assert found.state in (pb.Campaign.STATE_RUNNING, pb.Campaign.STATE_FINISHED)


def test_a_launch_is_not_offered_while_somebody_is_away():
    assert not launching.may_launch(None, launching.AWAY)


async def test_an_exclusion_list_is_offered_to_leave_people_out_only(stage, reader):
    told = segmentation_pb2.Segment(
        display_name=f"Never {uuid.uuid4().hex[:10]}", kind=segmentation_pb2.Segment.KIND_EXCLUSION
    )
    made = await stage.segmentation.CreateSegment(segmentation_pb2.CreateSegmentRequest(segment=told))
    who = await reader("mira")
    form = await who.read(f"{await campaign(who)}/activities/new")
    assert f'name="exclude" value="{made.name}"' in form
    assert f'name="include" value="{made.name}"' not in form
