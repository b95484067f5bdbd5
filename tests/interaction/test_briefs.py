"""GetTouchBrief: what happened, what is open, what comes next, what is allowed, what collides."""

import contextlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from chassis.errors import InvalidArgument, NotFound
from chassis.rpc import channel
from google.protobuf.field_mask_pb2 import FieldMask
from touchline.campaign.v1 import campaign_pb2
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import briefs
from services.interaction.domain.briefs import Hold, Said, Statement, Status, Step
from services.interaction.gateways import Neighbours
from services.interaction.rpc.briefs import asks_others
from tests.interaction.world import NOW, World, touch
from tests.patience import PATIENT
from tests.serving import serving

Brief = pb.TouchBrief
HOUR = timedelta(hours=1)


def statement(status: Status, *, topic: str = "", address: str = "a", ago: int = 1, **fields) -> Statement:
    return Statement(address, "marketing", "email", topic, status, NOW - ago * HOUR, **fields)


def test_the_newest_word_of_an_address_counts_and_of_several_addresses_the_strictest():
    said = [
        statement(Status.REFUSED, ago=9),
        statement(Status.GRANTED, ago=5),
        statement(Status.GRANTED, topic="news", ago=4),
        statement(Status.PENDING, topic="news", address="b", ago=8),
        statement(Status.GRANTED, topic="old", ago=8, end=NOW - HOUR),
    ]
    held = {one.topic: one.status for one in briefs.standing(said, NOW)}
    assert held == {"": Status.GRANTED, "news": Status.PENDING, "old": Status.EXPIRED}
    assert briefs.allows_mail(briefs.standing(said, NOW))
    assert not briefs.allows_mail(briefs.standing([*said, statement(Status.REFUSED, ago=0)], NOW))


@pytest.mark.parametrize(
    ("answer", "by_person", "waits"),
    [("call.logged", True, False), ("email.sent", False, True), ("web.visited", True, True)],
)
def test_a_question_waits_until_a_colleague_answers(answer: str, by_person: bool, waits: bool):
    asked = Said("touches/q", "email.replied", NOW - 3 * HOUR, by_person=True)
    later = Said("touches/a", answer, NOW - HOUR, by_person=by_person)
    assert [one.name for one in briefs.unanswered([later, asked], NOW)] == (["touches/q"] if waits else [])
    assert briefs.unanswered([asked], NOW + timedelta(days=31)) == []


def test_a_mailing_near_a_meeting_under_a_brake_or_without_consent_is_a_conflict():
    mailing = Step("MAILING", "Invite", NOW + 30 * HOUR, activity="activities/1")
    meetings = [Step("MEETING", "Visit", NOW + hours * HOUR, touch=f"touches/{hours}") for hours in (50, 60)]
    brakes = [Hold("brakes/1", "contacts/1", "talks", NOW + 31 * HOUR), Hold("brakes/2", "x", "", NOW + 29 * HOUR)]
    late = Said("touches/late", "task.created", NOW - 9 * HOUR, due=NOW - HOUR)
    found = briefs.clashes([mailing, *meetings], brakes, allowed=False, overdue=[late], now=NOW)
    assert [(one.kind, one.subject, one.other) for one in found] == [
        ("TASK_OVERDUE", "touches/late", ""),
        ("MAILING_NEAR_MEETING", "activities/1", "touches/50"),
        ("MAILING_DURING_BRAKE", "activities/1", "brakes/1"),
        ("MAILING_WITHOUT_CONSENT", "activities/1", ""),
    ]


def later(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


async def person(world: World, **fields):
    ada = uuid4()
    world.contact(ada, owner="users/jana", **fields)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.settled()
    return ada


async def brief_of(stub, ada) -> pb.TouchBrief:
    return await stub.GetTouchBrief(pb.GetTouchBriefRequest(name=f"contacts/{ada}/touchBrief"))


async def test_a_brief_says_what_happened_what_is_open_and_what_comes_next(world: World):
    ada = await person(world)
    said = [
        touch("1", "email.clicked", ago=500, attributes={"link": "Pricing"}),
        touch("2", "email.replied", ago=400, attributes={"subject": "Two lines?"}),
        touch("3", "task.created", ago=300, attributes={"title": "Send figures", "due_time": later(hours=-1)}),
        touch("4", "task.created", ago=200, attributes={"title": "Done already", "due_time": later(hours=9)}),
        touch("5", "meeting.scheduled", ago=100, attributes={"subject": "Visit", "start_time": later(hours=20)}),
        touch("6", "meeting.scheduled", ago=90, attributes={"subject": "Odd", "start_time": "tomorrow"}),
        touch("7", "email.opened", ago=50),
    ]
    names = await world.accept(*said)
    await world.accept(touch("8", "task.completed", ago=10, attributes={"title": "x", "task": names[3]}))
    brief = await brief_of(world.stub, ada)
    assert [one.name for one in brief.past] == [names[5], names[4], names[1], names[0]]
    assert [(one.kind, one.touch.name) for one in brief.open_items] == [(Brief.OpenItem.KIND_TASK, names[2])]
    assert [(one.kind, one.touch) for one in brief.next_steps] == [(Brief.NextStep.KIND_MEETING, names[4])]
    assert [(one.kind, one.subject) for one in brief.conflicts] == [(Brief.Conflict.KIND_TASK_OVERDUE, names[2])]
    assert list(brief.unknown_parts) == [Brief.PART_CONSENTS, Brief.PART_BRAKES, Brief.PART_MAILINGS]
    await world.accept(touch("9", "email.replied", ago=0, attributes={"subject": "Hello?"}))
    assert Brief.OpenItem.KIND_ANSWER_AWAITED in {one.kind for one in (await brief_of(world.stub, ada)).open_items}


async def test_a_brief_is_masked_like_the_timeline_and_nobody_else_has_one(world: World):
    ada = await person(world)
    await world.accept(touch("1", "sms.replied", source="phone", value="+4930901820", contact=f"contacts/{ada}"))
    stranger = await world.caller("rep", subject="users/tomas", team="teams/north")
    jana = await world.caller("rep", subject="users/jana")
    assert (await brief_of(jana, ada)).past[0].identifier.value == "+4930901820"
    assert "901820" not in (await brief_of(stranger, ada)).past[0].identifier.value
    with pytest.raises(NotFound) as missing:
        await brief_of(jana, uuid4())
    assert missing.value.reason == "TIMELINE_NOT_FOUND"
    for name in (f"contacts/{ada}", "contacts/x/touchBrief", f"accounts/{ada}/touchBrief"):
        with pytest.raises(InvalidArgument):
            await jana.GetTouchBrief(pb.GetTouchBriefRequest(name=name))


async def test_consents_and_brakes_come_from_their_services_and_are_named_when_those_are_away(make_database, token):
    async with contextlib.AsyncExitStack() as stack:
        contact = await stack.enter_async_context(
            serving("contact", make_database("contact"), ContactServiceStub, token)
        )
        campaign = await stack.enter_async_context(
            serving("campaign", make_database("campaign"), CampaignServiceStub, token)
        )
        opened = [
            channel(one.target, token_source=lambda: token("service"), timeout=PATIENT) for one in (contact, campaign)
        ]
        neighbours = Neighbours(*opened)
        stack.push_async_callback(neighbours.close)
        admin = await contact.stub("admin")
        wanted = contact_pb2.Contact(display_name="Ada")
        wanted.identifiers.add(kind="email", value="ada@kiln.example")
        made = await admin.CreateContact(contact_pb2.CreateContactRequest(contact=wanted))
        event = contact_pb2.ConsentEvent(
            address=made.identifiers[0], purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
            status=contact_pb2.ConsentEvent.STATUS_GRANTED, lawful_basis="LAWFUL_BASIS_CONSENT",
        )  # fmt: skip
        await admin.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
        brake = campaign_pb2.Brake(contact=made.name, reason="We negotiate")
        brake.expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=3))
        held = await (await campaign.stub("rep")).CreateBrake(campaign_pb2.CreateBrakeRequest(brake=brake))
        statements = await neighbours.statements(made.name)
        assert [(one.purpose, one.channel, one.status) for one in statements] == [
            ("marketing", "email", Status.GRANTED)
        ]
        assert [(one.brake, one.reason) for one in await neighbours.holds(made.name, "")] == [
            (held.name, "We negotiate")
        ]
        assert await neighbours.mailings(made.name, NOW) == ([], True)
        await contact.server.stop(0)
        assert await neighbours.statements(made.name) is None
        assert await neighbours.holds(made.name, "") is None
        await campaign.server.stop(0)
        assert await neighbours.mailings(made.name, NOW) == ([], False)


async def test_of_a_brief_only_the_fields_that_are_asked_for_are_read_and_others_only_asked_for_theirs(world: World):
    ada = await person(world)
    await world.accept(touch("t", "task.created", attributes={"title": "Call", "due_time": later(hours=-1)}))
    name, jana = f"contacts/{ada}/touchBrief", await world.caller("rep", subject="users/jana")
    brief = await jana.GetTouchBrief(pb.GetTouchBriefRequest(name=name, read_mask=FieldMask(paths=["open_items"])))
    assert [field.name for field, _ in brief.ListFields()] == ["open_items"]
    whole = await jana.GetTouchBrief(pb.GetTouchBriefRequest(name=name, read_mask=FieldMask(paths=["*"])))
    assert (whole.name, whole.open_items[0]) == (name, brief.open_items[0])
    assert [asks_others(FieldMask(paths=each)) for each in ([], ["*"], ["past", "brakes"], ["past"])] == [1, 1, 1, 0]
    with pytest.raises(InvalidArgument) as refused:
        await jana.GetTouchBrief(pb.GetTouchBriefRequest(name=name, read_mask=FieldMask(paths=["nothing"])))
    assert refused.value.violations[0].field == "read_mask"
