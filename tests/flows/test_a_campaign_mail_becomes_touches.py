"""A campaign's mails, what people do with them, and the second campaign that leaves out who left: all of it adds up."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
import pytest
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2
from touchline.segmentation.v1 import segmentation_pb2 as segments
from touchline_client import Touchline

from tests.flows.audience import PLAN, Group, Member, import_audience, make_audience
from tests.flows.campaigns import TOPIC, Marketer, campaign_of, state_of, until
from tests.flows.ledger import pages
from tests.flows.people import client
from tests.flows.postbox import Mail, Postbox
from tests.flows.readers import Reader, Told, told
from tests.flows.system import System, eventually

SENDER = "news@touchline-flow.example"
REACTIONS = ("email.opened", "email.clicked", "email.unsubscribed", "consent.withdrawn", "email.suppressed")
AGENTS = ("Reader A", "Reader B", "Reader C")


@dataclass
class Story:
    """The test's own list of everything that it caused, and who is behind what."""

    people: dict[str, Member]
    touches: dict[str, Counter[Told]] = field(default_factory=lambda: defaultdict(Counter))
    ends: dict[str, dict[str, str]] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    untracked: set[str] = field(default_factory=set)

    def who(self, kind: str) -> set[str]:
        """Those who have a touch of this type."""
        return {contact for contact, deeds in self.touches.items() if any(deed.type == kind for deed in deeds)}

    def note(self, contact: str, *deeds: Told) -> None:
        self.touches[contact].update(deeds)


@dataclass
class Stage:
    """What the flow plays on."""

    system: System
    postbox: Postbox
    touchline: Touchline
    http: httpx.AsyncClient
    marketer: Marketer
    story: Story


@dataclass
class Sent:
    """A mailing that was launched: what arrived of it."""

    activity: str
    mails: list[Mail]


@pytest.mark.timeout(600)
async def test_what_people_do_with_mails_is_all_that_timelines_ledger_and_mailbox_show(
    system: System, postbox: Postbox
):
    async with client(system) as touchline, httpx.AsyncClient(timeout=90) as http:
        people = await import_audience(system, touchline, make_audience())
        stage = Stage(system, postbox, touchline, http, Marketer(touchline, postbox), _story(people))
        await stage.marketer.knows("attributes.plan")
        segment = await stage.marketer.segment("Flow: on the plan", _on_the_plan())
        fitting = {member.contact for member in people if member.group is not Group.OUTSIDE}
        await stage.marketer.becomes(segment, fitting)
        sender = await stage.marketer.sender("Zoë of Touchline", SENDER)

        first = await _send(stage, await stage.marketer.mailing("Flow: first", segment, sender))
        await _live(stage, first)
        assert min(len(stage.story.who(kind)) for kind in REACTIONS) > 20, "there is something to compare"
        await _until_contact_knows(stage)
        await _compare(stage)

        second = await _send(stage, await stage.marketer.mailing("Flow: second", segment, sender))
        assert stage.story.left.isdisjoint(reader.member.contact for reader in _readers(stage, second))
        for reader in _readers(stage, second):
            _is_well_formed(reader, is_tracked=reader.member.contact not in stage.story.untracked)
        await _compare(stage)
        await _explained(stage, second.activity)
        clickers = await stage.marketer.segment("Flow: clicked", _clicked())
        await stage.marketer.becomes(clickers, stage.story.who("email.clicked"))

        await _hold_and_cancel(stage, sender)
        await _compare(stage)


def _story(people: list[Member]) -> Story:
    untracked = {member.contact for member in people if member.group is Group.UNTRACKED}
    return Story({member.contact: member for member in people}, untracked=untracked)


def _on_the_plan() -> segments.Rule:
    wanted = segments.AttributeCondition(attribute="attributes.plan", operator=segments.OPERATOR_EQUALS)
    wanted.values.add(string_value=PLAN)
    return segments.Rule(attribute=wanted)


async def _send(stage: Stage, activity: pb.Activity) -> Sent:
    """Dry run, launch, and what has to have become of everybody, by the test's own reckoning."""
    campaign = campaign_of(activity.name)
    rehearsal = await until(lambda: _rehearsed(stage, campaign))
    assert not rehearsal.problems
    before = len(stage.postbox.mails(SENDER))
    counts = (await stage.marketer.launch(campaign)).counts
    sent = Sent(activity.name, stage.postbox.mails(SENDER)[before:])
    _reckon(stage.story, sent)
    ends = Counter(stage.story.ends[activity.name].values())
    handed_over = ends.pop("HANDED_OVER")
    assert (counts.handed_over, counts.suppressed) == (handed_over, ends.total())
    assert counts.planned == handed_over + ends.total(), "and nothing else became of anybody"
    run = rehearsal.activities[0]
    assert (run.audience, run.planned) == (counts.planned, handed_over)
    assert {f"SUPPRESSED({line.reason})": line.count for line in run.suppressed} == ends
    return sent


async def _rehearsed(stage: Stage, campaign: str) -> pb.DryRunCampaignResponse | None:
    """A dry run, once campaign knows everybody: it may hear of people a moment after segmentation did."""
    found = await stage.marketer.dry_run(campaign)
    unknown = [line for run in found.activities for line in run.held if line.reason == "NOT_KNOWN_YET"]
    return None if unknown else found


def _reckon(story: Story, sent: Sent) -> None:
    """Who got which mail, who must have got none, and why."""
    got = {_name_in(mail): mail for mail in sent.mails}
    assert len(got) == len(sent.mails), "nobody got two"
    story.ends[sent.activity] = ends = {}
    for contact, member in story.people.items():
        if member.group is Group.OUTSIDE:
            continue
        if mail := got.pop(member.display_name, None):
            assert mail.recipient == member.email
            ends[contact] = "HANDED_OVER"
            story.note(contact, Told("email.handed_over", sent.activity, mail.id))
        else:
            reason = _why_not(story, member)
            ends[contact] = f"SUPPRESSED({reason})"
            story.note(contact, Told("email.suppressed", sent.activity, "", reason))
    assert not got, "every mail was for one of ours"


def _why_not(story: Story, member: Member) -> str:
    if member.contact in story.left:
        return "WITHDRAWN"
    return {
        Group.REFUSING: "DENIED", Group.UNASKED: "NO_CONSENT", Group.SHARING: "SAME_ADDRESS",
        Group.PHONE_ONLY: "NO_ADDRESS",
    }[member.group]  # fmt: skip


def _name_in(mail: Mail) -> str:
    return mail.body("plain").partition("\n")[0].removeprefix("Dear ").rstrip(",\r\n")


def _readers(stage: Stage, sent: Sent) -> list[Reader]:
    by_name = {member.display_name: member for member in stage.story.people.values()}
    readers = [Reader(stage.http, by_name[_name_in(mail)], mail, sent.activity) for mail in sent.mails]
    return sorted(readers, key=lambda reader: reader.member.record_id)


async def _live(stage: Stage, sent: Sent) -> None:
    """Everybody does with the mail what chance has them do."""
    rng, story = random.Random(2_026), stage.story
    for reader in _readers(stage, sent):
        _is_well_formed(reader, is_tracked=reader.member.contact not in story.untracked)
        if reader.member.contact not in story.untracked:
            await _look(reader, story, rng)
        await _decide(reader, story, rng)


def _is_well_formed(reader: Reader, *, is_tracked: bool) -> None:
    message = reader.mail.message
    assert message["Subject"] == f"{reader.member.given_name}, a quieter mill"
    assert message["From"].addresses[0].display_name == "Zoë of Touchline"
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects
    assert bool(reader.pixels) == is_tracked
    assert (reader.links == reader.pages) != is_tracked, "a link names a person only with consent"


async def _look(reader: Reader, story: Story, rng: random.Random) -> None:
    contact = reader.member.contact
    for agent in rng.sample(AGENTS, rng.choice((0, 1, 1, 2))):
        story.note(contact, await reader.open(agent))
    for number in rng.sample((0, 1), rng.choice((0, 0, 1, 2))):
        for agent in rng.sample(AGENTS, rng.choice((1, 1, 2))):
            story.note(contact, await reader.click(number, agent))


async def _decide(reader: Reader, story: Story, rng: random.Random) -> None:
    """Leave in one of three ways, look at the way out only, forbid tracking, or nothing."""
    contact = reader.member.contact
    chance = rng.random()
    if reader.member.group is Group.SHARING or chance > 0.5:
        return
    if chance < 0.15:
        story.note(contact, await reader.leave_by_one_click())
    elif chance < 0.25:
        story.note(contact, await reader.leave_by_page(rng.choice(("topic", "all"))))
    elif chance < 0.4:
        await reader.scan()
        return
    else:
        if contact not in story.untracked:
            story.untracked.add(contact)
            story.note(contact, await reader.forbid_tracking())
        return
    story.left.add(contact)


async def _until_contact_knows(stage: Stage) -> None:
    """Return when contact says no for everybody who left, and for nobody else who had allowed mail."""
    allowed = (Group.TRACKED, Group.UNTRACKED)
    people = [contact for contact, member in stage.story.people.items() if member.group in allowed]
    request = contact_pb2.CheckConsentRequest()
    for contact in people:
        purpose, channel = contact_pb2.PURPOSE_MARKETING, contact_pb2.CHANNEL_EMAIL
        request.queries.add(contact=contact, purpose=purpose, channel=channel, topic=TOPIC)

    async def denied() -> bool:
        answer = await stage.touchline.contact.CheckConsent(request)
        deny = contact_pb2.CheckConsentResponse.DECISION_DENY
        found = {name for name, one in zip(people, answer.answers, strict=True) if one.decision == deny}
        assert found <= stage.story.left, "nobody is denied who did not leave"
        return found == stage.story.left

    await until(denied)


async def _compare(stage: Stage) -> None:
    """The test's own list against the ledger, the mailbox and every timeline, both ways."""
    mails = stage.postbox.mails(SENDER)
    arrived = [(mail.id, mail.recipient) for mail in mails if mail.recipient != SENDER]  # without the sender's code
    handed = []
    for activity, ends in stage.story.ends.items():
        lines = await stage.marketer.ledger(activity)
        assert len(lines) == len(ends), "one line for each"
        assert {line.contact: state_of(line) for line in lines} == ends
        handed += await stage.marketer.ledger(activity, state="HANDED_OVER")
    assert sorted((line.message, line.address) for line in handed) == sorted(arrived)
    await _compare_timelines(stage)


async def _compare_timelines(stage: Stage) -> None:
    story = stage.story
    wanted = sum(count for deeds in story.touches.values() for deed, count in deeds.items() if deed.activity)
    await asyncio.to_thread(eventually, lambda: _written(stage.system, story.ends) >= wanted)
    faults: list[str] = []
    for number, contact in enumerate(story.people):
        threads = [thread async for thread in pages(stage.touchline.interaction, contact, (3, 50)[number % 2])]
        shown = Counter(told(touch) for thread in threads for touch in thread.touches)
        faults += _differences(contact, shown, story.touches[contact]) + _strewn(contact, threads)
    assert not faults, f"{len(faults)} faults, the first: {faults[:10]}"
    assert _written(stage.system, story.ends) == wanted, "and on nobody else's timeline"


def _written(system: System, activities: Iterable[str]) -> int:
    """How many touches of these activities are kept."""
    ids = [name.rpartition("/")[2] for name in activities]
    with system.sql("interaction") as connection:
        row = connection.execute("SELECT count(*) FROM touch WHERE activity_id = ANY(%s::uuid[])", [ids]).fetchone()
    return int(row[0]) if row else 0


def _differences(contact: str, shown: Counter[Told], caused: Counter[Told]) -> list[str]:
    faults = [f"{contact}: missing {deed} {count} times" for deed, count in (caused - shown).items()]
    return faults + [f"{contact}: more than caused {deed} {count} times" for deed, count in (shown - caused).items()]


def _strewn(contact: str, threads: list[interaction_pb2.Thread]) -> list[str]:
    """Messages whose touches are not all in one thread."""
    found = defaultdict(set)
    for thread in threads:
        for touch in thread.touches:
            found[touch.message].add(thread.name)
    return [f"{contact}: {message} is strewn" for message, names in found.items() if message and len(names) > 1]


async def _explained(stage: Stage, activity: str) -> None:
    """Why those who left got no second mail, in words."""
    campaign = campaign_of(activity)
    for contact in sorted(stage.story.left)[:3]:
        request = pb.ExplainSendRequest(campaign=campaign, contact=contact)
        answer = await stage.marketer.campaign.ExplainSend(request)
        last = answer.explanations[0].steps[-1]
        assert (last.kind, last.passed, last.reason) == (pb.ExplainSendResponse.Step.KIND_CONSENT, False, "WITHDRAWN")


async def _hold_and_cancel(stage: Stage, sender: str) -> None:
    """Two people, a brake on one of them: she is held, and cancelled with the campaign; the other got the mail."""
    staying = [one for one in stage.story.people.values() if one.group is Group.TRACKED]
    held, free = [one for one in staying if one.contact not in stage.story.left][:2]
    segment = await stage.marketer.people("Flow: two", held.contact, free.contact)
    activity = (await stage.marketer.mailing("Flow: third", segment, sender)).name
    await stage.marketer.brake(held.contact, "we negotiate")
    ends = {held.contact: "HELD(BRAKE)", free.contact: "HANDED_OVER"}
    await stage.marketer.campaign.LaunchCampaign(pb.LaunchCampaignRequest(name=campaign_of(activity)))

    async def is_so() -> bool:
        return {line.contact: state_of(line) for line in await stage.marketer.ledger(activity)} == ends

    await until(is_so)
    ended = await stage.marketer.campaign.CancelCampaign(pb.CancelCampaignRequest(name=campaign_of(activity)))
    assert (ended.counts.handed_over, ended.counts.cancelled) == (1, 1)
    stage.story.ends[activity] = ends | {held.contact: "CANCELLED"}
    mail = stage.postbox.mails(SENDER, free.email)[-1]
    stage.story.note(free.contact, Told("email.handed_over", activity, mail.id))
    stage.story.note(
        held.contact,
        Told("brake.set", "", "", "we negotiate"),
        Told("email.deferred", activity, "", "BRAKE"),
        Told("email.cancelled", activity),
    )


def _clicked() -> segments.Rule:
    """Those on the plan who clicked."""
    clicked = segments.Rule(touch=segments.TouchCondition(types=["email.clicked"]))
    rule = segments.Rule()
    getattr(rule, "and").rules.extend([_on_the_plan(), clicked])
    return rule
