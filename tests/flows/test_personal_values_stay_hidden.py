"""Values that nobody else may see, searched for everywhere: answers, pages, filters, errors, streams, logs, traces."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import DomainError, InvalidArgument, PermissionDenied
from chassis.streams import catalogue
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from touchline.campaign.v1 import campaign_pb2, campaign_pb2_grpc
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.options.v1 import options_pb2
from touchline.segmentation.v1 import segmentation_pb2
from touchline_client import Touchline

from tests.flows.campaigns import Marketer, campaign_of
from tests.flows.canaries import (
    CANARY,
    COOKIE,
    CRM,
    EMAIL,
    IDENTIFIERS,
    OPAQUE,
    PHONE,
    Doors,
    Hidden,
    holds,
    plant,
    record,
    shows,
)
from tests.flows.feeding import FED, feed
from tests.flows.people import client
from tests.flows.streams import records
from tests.flows.system import System, eventually
from tests.house.permissions import methods

TOUCHES = "touchline.interaction.touches.v1"
STRANGERS: dict[str, dict[str, str]] = {
    "rep": {"subject": "users/tomas", "team": "north"},
    "marketer": {"subject": "users/mira", "team": "marketing"},
    "approver": {"subject": "users/petra", "team": "board"},
    "analyst": {"subject": "users/viktor"},
}
PREVIEWERS = ("marketer", "approver")
NOT_HERS = {  # what the owner sees nothing hidden in: answers without values, and those about nobody's touches
    "ListImportRowReportsResponse", "ListTouchConflictsResponse", "ListUnlinkedTouchesResponse",
}  # fmt: skip


@pytest.fixture
async def admin(system: System):
    async with system.channel("contact") as contact, system.channel("interaction") as interaction:
        yield Doors(contact, interaction)


@pytest.fixture(params=sorted(STRANGERS))
async def stranger(system: System, request: pytest.FixtureRequest):
    """Somebody of each role who is neither the owner nor of the owner's team."""
    who: dict[str, Any] = STRANGERS[request.param]
    contact, other = (system.channel(name, request.param, **who) for name in ("contact", "interaction"))
    async with contact, other:
        yield Doors(contact, other)


@pytest.fixture
async def owner(system: System):
    who: dict[str, Any] = {"subject": "users/jana", "team": "central"}
    async with system.channel("contact", "rep", **who) as contact, system.channel("interaction", "rep", **who) as other:
        yield Doors(contact, other)


@pytest.fixture
async def hidden(admin: Doors) -> Hidden:
    return await plant(admin)


async def everything(read: Doors, hidden: Hidden) -> list[Message]:
    """What each method answers that may tell of her, all pages of it."""
    name = hidden.name
    answers = [
        await read.contact.GetContact(contact_pb2.GetContactRequest(name=name)),
        await read.contact.GetOptIn(contact_pb2.GetOptInRequest(name=hidden.opt_in)),
        await read.contact.BatchGetContacts(contact_pb2.BatchGetContactsRequest(names=[name])),
        await read.interaction.GetTouch(pb.GetTouchRequest(name=hidden.touches[0])),
        await read.interaction.BatchGetTouches(pb.BatchGetTouchesRequest(names=hidden.touches)),
    ]
    for call, request in (
        (read.contact.ListContacts, contact_pb2.ListContactsRequest()),
        (read.contact.ListIdentityLinks, contact_pb2.ListIdentityLinksRequest(parent=name)),
        (read.contact.ListContactChanges, contact_pb2.ListContactChangesRequest(parent=name)),
        (read.contact.ListPurchases, contact_pb2.ListPurchasesRequest(parent=name)),
        (read.contact.ListConsentEvents, contact_pb2.ListConsentEventsRequest(parent=name)),
        (read.contact.ListSuppressions, contact_pb2.ListSuppressionsRequest()),
        (
            read.contact.ListImportRowReports,
            contact_pb2.ListImportRowReportsRequest(parent=hidden.contact_import),
        ),
        (read.interaction.GetTimeline, pb.GetTimelineRequest(parent=name)),
        (read.interaction.ListThreadTouches, pb.ListThreadTouchesRequest(parent=await _thread(read, name))),
        (read.interaction.ListUnlinkedTouches, pb.ListUnlinkedTouchesRequest()),
        (read.interaction.ListTouchConflicts, pb.ListTouchConflictsRequest()),
    ):
        answers += [answer async for answer in _pages(call, request)]
    return answers


async def _thread(read: Doors, name: str) -> str:
    threads = (await read.interaction.GetTimeline(pb.GetTimelineRequest(parent=name))).threads
    assert threads, "the touches are there, only their identifiers are not"
    return str(threads[0].name)


async def _pages(call: Any, request: Any) -> AsyncIterator[Any]:
    request.page_size = 1000
    while True:
        answer = await call(request)
        yield answer
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def _showing(answers: list[Message]) -> set[str]:
    return {type(answer).__name__ for answer in answers if shows(answer)}


async def test_no_answer_or_page_shows_them(hidden, stranger):
    assert _showing(await everything(stranger, hidden)) == set()


async def test_the_owner_sees_them(hidden, owner):
    answers = await everything(owner, hidden)
    assert {type(answer).__name__ for answer in answers} - _showing(answers) == NOT_HERS


async def test_a_watch_tells_of_a_touch_without_them(hidden, admin, stranger, owner):
    request = pb.GetTimelineRequest(parent=hidden.name)
    positions = [(await read.interaction.GetTimeline(request)).watch_position for read in (stranger, owner)]
    for kind in ("email", "phone"):
        new = await record(admin, kind, IDENTIFIERS[kind])
        assert not shows(await _told(stranger, hidden, positions[0], new))
        assert shows(await _told(owner, hidden, positions[1], new))


async def _told(read: Doors, hidden: Hidden, position: str, touch: str) -> Message:
    """What a watch says of a touch."""
    request = pb.WatchTimelineRequest(parent=hidden.name, watch_position=position)
    async for answer in read.interaction.WatchTimeline(request, timeout=30):
        if answer.touch.name == touch:
            return answer
    raise AssertionError("the watch ended without the touch")


async def test_an_identifier_leads_only_who_sees_it_to_its_holder(hidden, stranger, owner):
    request = contact_pb2.ResolveIdentifiersRequest()
    for kind, value in IDENTIFIERS.items():
        request.queries.add().identifier.CopyFrom(contact_pb2.Identifier(kind=kind, value=value))
    answer = await stranger.contact.ResolveIdentifiers(request)
    assert [list(found.contacts) + list(found.holders) for found in answer.resolutions] == [[]] * len(IDENTIFIERS)
    assert not shows(answer)
    answer = await owner.contact.ResolveIdentifiers(request)
    assert [list(found.contacts) for found in answer.resolutions] == [[hidden.name]] * len(IDENTIFIERS)


async def test_search_and_filters_by_them_find_nothing(hidden, stranger):
    for value in (EMAIL, CANARY, PHONE, CRM, COOKIE, OPAQUE):
        answer = await stranger.contact.ListContacts(contact_pb2.ListContactsRequest(query=value))
        assert not answer.contacts, value
        text = pb.GetTimelineRequest(parent=hidden.name, filter=pb.TimelineFilter(text=value))
        assert not (await stranger.interaction.GetTimeline(text)).threads, value
        for field in ("attributes.secret", "identifiers.value", "email", "phone"):
            assert not await _finds(stranger, f'{field} = "{value}"'), field


async def _finds(stranger: Doors, condition: str) -> bool:
    """Whether a filter finds anybody; one that is refused as a filter finds nobody."""
    try:
        answer = await stranger.contact.ListContacts(contact_pb2.ListContactsRequest(filter=condition))
    except InvalidArgument:
        return False
    return bool(answer.contacts)


async def test_a_mailing_does_not_show_them(system, hidden, postbox):
    async with client(system) as touchline:
        marketer = Marketer(touchline, postbox)
        activity = await _mailing(touchline, marketer, hidden)
        await marketer.launch(campaign_of(activity))
        await _schedule(touchline, campaign_of(await _mailing(touchline, marketer, hidden)))
    hers = [mail.body("plain") for mail in postbox.mails(recipient=EMAIL)]  # beside it one asks for her confirmation
    assert any(CANARY in text for text in hers), "her own mail may say it"
    for role, who in STRANGERS.items():
        async with system.channel("campaign", role, **who) as channel:
            answers = await _read_mailing(campaign_pb2_grpc.CampaignServiceStub(channel), activity, hidden.name, role)
        assert _showing(answers) == set(), role


async def _read_mailing(read: Any, activity: str, contact: str, role: str) -> list[Message]:
    """What a role may read of a mailing; who may not preview is refused."""
    sends = await read.ListSends(campaign_pb2.ListSendsRequest(parent=activity))
    campaign, preview = campaign_of(activity), campaign_pb2.PreviewActivityRequest(name=activity, contact=contact)
    answers = [
        sends,
        await read.GetSend(campaign_pb2.GetSendRequest(name=sends.sends[0].name)),
        await read.GetSentMail(campaign_pb2.GetSentMailRequest(message=sends.sends[0].message)),
        await _outlook(read, contact),
        await read.ExplainSend(campaign_pb2.ExplainSendRequest(campaign=campaign, contact=contact)),
        await read.DryRunCampaign(campaign_pb2.DryRunCampaignRequest(name=campaign)),
    ]
    if role in PREVIEWERS:
        return [*answers, await read.PreviewActivity(preview)]
    with pytest.raises(PermissionDenied):
        await read.PreviewActivity(preview)
    return answers


async def _schedule(touchline: Touchline, campaign: str) -> None:
    """Launch a campaign for tomorrow."""
    request = campaign_pb2.LaunchCampaignRequest(name=campaign)
    request.scheduled_time.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    await touchline.campaign.LaunchCampaign(request)


async def _outlook(read: Any, contact: str) -> Message:
    """What is to reach her: the mail of tomorrow, whose subject is her address."""
    found: campaign_pb2.Outlook = await read.GetOutlook(campaign_pb2.GetOutlookRequest(contact=contact))
    assert [bool(mail.subject) for mail in found.coming_mails] == [True]
    return found


async def _mailing(touchline: Touchline, marketer: Marketer, hidden: Hidden) -> str:
    """An activity whose mail quotes what is hidden, to her alone, with her consent."""
    segment = segmentation_pb2.Segment(display_name=f"Hidden {uuid4()}")
    made = await touchline.segmentation.CreateSegment(segmentation_pb2.CreateSegmentRequest(segment=segment))
    members = segmentation_pb2.AddMembersRequest(name=made.name, contacts=[hidden.name])
    await touchline.segmentation.AddMembers(members)
    event = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=EMAIL), purpose=contact_pb2.PURPOSE_MARKETING,
        channel=contact_pb2.CHANNEL_EMAIL, status=contact_pb2.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )  # fmt: skip
    await touchline.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    campaign = campaign_pb2.CreateCampaignRequest(campaign=campaign_pb2.Campaign(display_name="Hidden"))
    quoting = "{{ contact.email }}"
    activity = campaign_pb2.Activity(
        display_name="Hidden", include_segments=[made.name], subscription_topic="news", subject_template=quoting,
        html_template=f"<p>{quoting} {{{{ contact.email | upcase }}}} {{{{ contact.attributes.secret }}}}</p>",
        sender=await marketer.sender("Hidden", f"{uuid4()}@hidden-flow.example"),
    )  # fmt: skip
    parent = (await touchline.campaign.CreateCampaign(campaign)).name
    request = campaign_pb2.CreateActivityRequest(parent=parent, activity=activity)
    return str((await touchline.campaign.CreateActivity(request)).name)


async def refused(read: Doors) -> list[str]:
    """What somebody is told who creates contacts with her address, and with none; nothing is created."""
    duplicate, broken = contact_pb2.Contact(display_name="Twin"), contact_pb2.Contact(display_name="Broken")
    duplicate.identifiers.add(kind="email", value=EMAIL)
    broken.identifiers.add(kind="email", value=f"{CANARY} no address")
    told = []
    for wanted in (duplicate, broken):
        with pytest.raises(DomainError) as raised:
            await read.contact.CreateContact(contact_pb2.CreateContactRequest(contact=wanted))
        told.append(f"{raised.value} {vars(raised.value)}")
    return told


async def test_errors_do_not_repeat_them_to_strangers(stranger, hidden):
    assert not [told for told in await refused(stranger) if CANARY in told or hidden.name in told]


async def test_errors_do_not_repeat_them(admin, hidden):
    assert not [told for told in await refused(admin) if CANARY in told]
    touch = pb.Touch(type="form.submitted", source="sources/pii-email", source_event_id="broken")
    touch.identifier.kind, touch.identifier.value = "email", f"{CANARY} no address"
    touch.occurred_time.FromDatetime(datetime.now(UTC))
    answer = await admin.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[touch]))
    assert answer.results[0].status.code == 3
    assert not shows(answer)


async def test_streams_and_keys_do_not_carry_them(system, hidden):
    def hers() -> set[str]:
        """The touches on the public stream that it says are hers."""
        values = (interaction_events_pb2.PublishedTouch.FromString(value) for _, value in records(system, TOUCHES))
        return {value.touch.name for value in values if hidden.name in value.contacts}

    def leaks() -> list[str]:
        known = catalogue().values()
        public = [stream.name for stream in known if not stream.is_personal]
        assert TOUCHES in public
        found = [f"value on {name}" for name in public for _, value in records(system, name) if holds(value)]
        return found + [f"key on {one.name}" for one in known for key, _ in records(system, one.name) if holds(key)]

    await asyncio.to_thread(eventually, lambda: set(hidden.touches) <= hers())
    assert await asyncio.to_thread(leaks) == []


async def test_logs_and_traces_do_not_carry_them(system, hidden):
    logs, traces = ((system.state / folder) for folder in ("logs", "traces"))
    files = [*sorted(logs.glob("*.log")), *traces.iterdir()]
    assert len(files) > 10
    assert traces / "spans.sqlite" in files
    assert [file.name for file in files if holds(file.read_bytes())] == []


async def test_whatever_is_fed_to_any_method_is_in_no_log_trace_or_refusal(system):
    """Every method is called with a canary in all of its texts, and in the personal ones of a request that goes far."""
    said = await feed(system)
    assert [path for path, told in said.items() if any(FED in one for one in told)] == []

    def asked() -> set[str]:
        with closing(sqlite3.connect(system.state / "traces" / "spans.sqlite")) as kept:
            return {name for (name,) in kept.execute("SELECT DISTINCT name FROM span WHERE kind = 'SERVER'")}

    await asyncio.to_thread(eventually, lambda: said.keys() <= asked(), every=0.5)
    files = [*(system.state / "logs").glob("*.log"), *(system.state / "traces").iterdir()]
    assert [file.name for file in files if FED.encode() in file.read_bytes()] == []


def test_every_personal_field_of_what_is_stored_holds_a_canary():
    """So that a field that becomes personal later is probed too, or named here with its reason."""
    option = descriptor_pool.Default().FindExtensionByName("touchline.options.v1.pii")
    personal = {
        field.full_name.removeprefix("touchline.")
        for method in methods().values()
        for message in _reachable(method.output_type, set())
        for field in message.fields
        if field.GetOptions().Extensions[option] not in (options_pb2.PII_UNSPECIFIED, options_pb2.PII_NAME)
    }
    probed = {
        "contact.v1.Contact.attributes", "contact.v1.Identifier.value", "interaction.v1.Identifier.value",
        "contact.v1.ContactChange.FieldChange.before", "contact.v1.ContactChange.FieldChange.after",
        "contact.v1.IdentityLink.evidence", "contact.v1.IdentityLink.identifier_value",
        "contact.v1.ConsentEvent.evidence", "contact.v1.OptIn.evidence", "contact.v1.Contact.Bar.reason",
        "contact.v1.Purchase.product", "contact.v1.Purchase.source_purchase_id",
        "interaction.v1.Evidence.ip", "interaction.v1.Evidence.user_agent", "interaction.v1.Evidence.body",
        "interaction.v1.Names.message",
        "campaign.v1.Send.address", "campaign.v1.Send.reply_text", "campaign.v1.DryRunCampaignResponse.Person.address",
        "campaign.v1.ComingMail.subject", *(f"campaign.v1.SentMail.{name}" for name in ("subject", "html", "text")),
        *(f"campaign.v1.PreviewActivityResponse.{name}" for name in ("subject", "html", "text", "Header.value")),
    }  # fmt: skip
    elsewhere = {"campaign.v1.TestActivityResponse.Result.address"}  # what the caller has just said
    elsewhere |= {"contact.v1.SnapshotContactsResponse.Entry.attributes"}  # answered to administrators and services
    elsewhere |= {"contact.v1.SnapshotEventsResponse.events"}  # as above: what contact's stream carries
    elsewhere |= {"contact.v1.Purchase.amount_minor"}  # a number: tests/contact/test_purchases.py sees it cleared
    elsewhere |= {"contact.v1.AuditEntry.reason"}  # as above
    elsewhere |= {"interaction.v1.AlertSettings.address"}  # of colleagues: answered to themselves and administrators
    assert probed <= personal
    assert personal - probed - elsewhere == set(), "give these fields a canary"


def _reachable(message, seen: set) -> set:
    if message.full_name not in {known.full_name for known in seen} and message.full_name.startswith("touchline."):
        seen.add(message)
        for field in message.fields:
            if field.message_type is not None:
                _reachable(field.message_type, seen)
    return seen
