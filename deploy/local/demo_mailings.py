"""The demo company's mail through the real path: rules, a proven sender, one campaign that was sent, two that wait."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

from chassis.config import Settings
from chassis.errors import Unavailable
from google.protobuf.duration_pb2 import Duration
from touchline.campaign.v1 import campaign_pb2, campaign_pb2_grpc
from touchline.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc

from deploy.local import demo_company as demo
from deploy.local.demo_history import World

Codes = Callable[[str], Awaitable[str]]
TOPIC = "product-news"
SENDER, ADDRESS = "Touchline Drives", "news@touchline-demo.example"
FAIR, MANAGERS, READERS = "Fair Brno, invited from CZ", "Plant managers in Czechia", "Clicked lately"
SENT, WAITING = "Retrofit days, invitation", ("Retrofit days, reminder", "Retrofit days, last places")
SUBJECTS = {
    SENT: "{{ contact.given_name }}, see a forty-year-old line start softly",
    WAITING[0]: "{{ contact.given_name }}, three weeks to the retrofit days",
    WAITING[1]: "Six places are left at the retrofit days",
}
HTML = """<!doctype html>
<html lang="en"><body style="font-family: sans-serif; max-width: 36em">
<p>Dear {{ contact.display_name }},</p>
<p>on two days in Brno we open a line from 1984 that runs on our drives, and measure with you what
{{ account.display_name | default: "your works" }} would save.</p>
<p><a href="https://www.touchline-demo.example/retrofit-days?utm_source=touchline">See the programme</a> or
<a href="https://www.touchline-demo.example/calculator">calculate it for your own line</a>.</p>
<p>{{ sender.display_name }}</p>
<p><small><a href="{{ unsubscribe_url }}">Unsubscribe</a> ·
<a href="{{ preferences_url }}">Preferences</a></small></p>
</body></html>
"""
CODE = re.compile(r"\b[A-Z0-9]{4}[ -]?[A-Z0-9]{4}\b")
PATIENCE = 30.0


class Apis(Protocol):
    """The two APIs that mailings need."""

    @property
    def campaign(self) -> campaign_pb2_grpc.CampaignServiceStub: ...

    @property
    def segmentation(self) -> segmentation_pb2_grpc.SegmentationServiceStub: ...


def audience(company: demo.Company) -> list[demo.Person]:
    """Whom the rule of MANAGERS finds."""
    return [
        person
        for person in company.people
        if (person.job_title, person.account.country, person.account.team) == (demo.TITLES[0], "CZ", "central")
    ]


async def make_mailings(api: Apis, company: demo.Company, world: World, programme: str, codes: Codes | None) -> None:
    """Create what is missing; send the first campaign when `codes` can tell the code mailed to the sender's address."""
    segments = await _segments(api, world)
    sender = await _sender(api, world)
    campaigns = {name: await _campaign(api, world, programme, name) for name in SUBJECTS}
    for name, campaign in campaigns.items():
        await _activity(api, campaign, _mail(name, segments[MANAGERS], sender.name))
    if codes is None:
        return
    if sender.state != campaign_pb2.Sender.STATE_VERIFIED:
        request = campaign_pb2.VerifySenderRequest(name=sender.name, code=await codes(ADDRESS))
        await api.campaign.VerifySender(request)
    await _launch(api, campaigns[SENT], sum(person.is_subscribed for person in audience(company)))


def sandbox_codes(settings: Settings) -> Codes | None:
    """Reads the code in the sandbox's inbox; None where mails go elsewhere."""
    if settings.smtp_port != settings.port_smtp:
        return None
    inbox = f"http://{settings.host}:{settings.port_inbox}/mails"

    def newest(address: str) -> str:
        for mail in _json(f"{inbox}?recipient={quote(address)}")["mails"]:
            if found := CODE.search(_json(f"{inbox}/{mail['id']}")["text"]):
                return found[0]
        return ""

    async def code(address: str) -> str:
        return str(await until(lambda: asyncio.to_thread(newest, address)))

    return code


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.loads(answer.read())


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the answer is something, or patience is over; the last answer."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        answer = await true()
        if answer or asyncio.get_running_loop().time() > deadline:
            return answer
        await asyncio.sleep(0.2)


async def _segments(api: Apis, world: World) -> dict[str, str]:
    """The two rules, by name; the list is the demo's older one."""
    answer = await api.segmentation.ListSegments(segmentation_pb2.ListSegmentsRequest(page_size=1000))
    names = {held.display_name: held.name for held in answer.segments}
    for name, rule in ((MANAGERS, _managers()), (READERS, _readers(names[FAIR]))):
        if name not in names:
            request = segmentation_pb2.CreateSegmentRequest(request_id=str(demo.stable_id(str(world.start), name)))
            request.segment.display_name = name
            request.segment.rule.CopyFrom(rule)
            names[name] = (await api.segmentation.CreateSegment(request)).name
    return names


def _managers() -> segmentation_pb2.Rule:
    title = segmentation_pb2.AttributeCondition(attribute="title", operator=segmentation_pb2.OPERATOR_EQUALS)
    title.values.add(string_value=demo.TITLES[0])
    team = segmentation_pb2.AttributeCondition(attribute="team", operator=segmentation_pb2.OPERATOR_EQUALS)
    team.values.add(string_value="teams/central")
    country = segmentation_pb2.AccountCondition(attribute="country", operator=segmentation_pb2.OPERATOR_EQUALS)
    country.values.add(string_value="CZ")
    rule = segmentation_pb2.Rule
    return _all_of(rule(attribute=title), rule(attribute=team), rule(account=country))


def _readers(fair: str) -> segmentation_pb2.Rule:
    """Two clicks in a month, and not invited to the fair anyway."""
    month = Duration()
    month.FromTimedelta(timedelta(days=30))
    clicked = segmentation_pb2.TouchCondition(types=["email.clicked"], min_count=2, within=month)
    invited = segmentation_pb2.Rule(segment=segmentation_pb2.SegmentCondition(segment=fair))
    rest = segmentation_pb2.Rule()
    getattr(rest, "not").rule.CopyFrom(invited)
    return _all_of(segmentation_pb2.Rule(touch=clicked), rest)


def _all_of(*rules: segmentation_pb2.Rule) -> segmentation_pb2.Rule:
    both = segmentation_pb2.Rule()
    getattr(both, "and").rules.extend(rules)
    return both


async def _sender(api: Apis, world: World) -> campaign_pb2.Sender:
    answer = await api.campaign.ListSenders(campaign_pb2.ListSendersRequest(page_size=1000))
    for sender in answer.senders:
        if sender.address == ADDRESS:
            return sender
    wanted = campaign_pb2.Sender(display_name=SENDER, address=ADDRESS)
    request_id = str(demo.stable_id(str(world.start), ADDRESS))
    return await api.campaign.CreateSender(campaign_pb2.CreateSenderRequest(sender=wanted, request_id=request_id))


async def _campaign(api: Apis, world: World, programme: str, name: str) -> str:
    """A campaign by its name; world.campaigns holds those that are there."""
    if name in world.campaigns:
        return world.campaigns[name]
    wanted = campaign_pb2.Campaign(display_name=name, programme=programme, owner="users/mira")
    wanted.goal.description, wanted.goal.measure, wanted.goal.target = "Places at the retrofit days", "forms", 12
    request_id = str(demo.stable_id(programme, name))
    request = campaign_pb2.CreateCampaignRequest(campaign=wanted, request_id=request_id)
    return (await api.campaign.CreateCampaign(request)).name


def _mail(name: str, segment: str, sender: str) -> campaign_pb2.Activity:
    return campaign_pb2.Activity(
        display_name=name, include_segments=[segment], sender=sender, subscription_topic=TOPIC,
        subject_template=SUBJECTS[name], html_template=HTML,
    )  # fmt: skip


async def _activity(api: Apis, campaign: str, mail: campaign_pb2.Activity) -> None:
    """The campaign's one mail, unless it has one."""
    answer = await api.campaign.ListActivities(campaign_pb2.ListActivitiesRequest(parent=campaign))
    if not answer.activities:
        request_id = str(demo.stable_id(campaign, "mail"))
        request = campaign_pb2.CreateActivityRequest(parent=campaign, activity=mail, request_id=request_id)
        await api.campaign.CreateActivity(request)


async def _launch(api: Apis, campaign: str, people: int) -> None:
    """Launch when campaign knows all its people, and wait for the mails to be out; patience is limited."""

    async def knows_all() -> bool:
        try:
            answer = await api.campaign.DryRunCampaign(campaign_pb2.DryRunCampaignRequest(name=campaign))
        except Unavailable:  # its segment is still being built
            return False
        return not answer.problems and answer.activities[0].planned == people

    async def is_sent() -> bool:
        held = await api.campaign.GetCampaign(campaign_pb2.GetCampaignRequest(name=campaign))
        return held.state == campaign_pb2.Campaign.STATE_FINISHED

    if await is_sent():
        return
    await until(knows_all)
    await api.campaign.LaunchCampaign(campaign_pb2.LaunchCampaignRequest(name=campaign))
    await until(is_sent)
