"""Somebody of the team Central with a value in every personal field that any answer has, names among them."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from chassis.db import Database
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub
from touchline_client import Touchline

from services.contact.usecases.duplicates import find_duplicates
from tests.flows.campaigns import Marketer, campaign_of, until
from tests.flows.system import System

CALLED, MARK = f"Sitter{uuid.uuid4().hex[:10]}", f"hers{uuid.uuid4().hex[:10]}"  # in names, and in what is hidden
EMAIL, SECRET = f"{MARK}@masks.example", f"secret-{MARK}"
OWNER, TEAM = "users/jana", "teams/central"
SOURCE, LOGIN = "sources/masks", f"jana.{MARK}@touchline.example"
QUOTING = "{{ contact.email }}"


@dataclass
class Sitter:
    """Her name here, and the names of all that tells of her."""

    contact: str
    twin: str
    account: str
    opt_in: str = ""
    deal: str = ""
    touch: str = ""
    unlinked: str = ""
    thread: str = ""
    watch_position: str = ""
    segment: str = ""
    activity: str = ""
    send: str = ""
    message: str = ""
    candidate: str = ""
    said: list[str] = field(default_factory=list)  # her consents and what forbids to write to her

    def names(self) -> list[bytes]:
        """By what an element of a list is known to be hers."""
        known = (self.contact, self.twin, self.touch, self.unlinked, self.send, *self.said, CALLED, MARK)
        return [name.encode() for name in known if name]


async def sit(system: System, touchline: Touchline, marketer: Marketer) -> Sitter:
    """Make her and everything about her."""
    made, pair = await _people(touchline.contact), await _pair(touchline.contact)
    await _contact(touchline.contact, made)
    await _touches(system, touchline, made)
    await _alerts(system, made)
    await _mails(touchline, marketer, made)
    await compared(system)
    made.candidate = await _candidate(touchline.contact, pair)
    return made


async def compared(system: System) -> None:
    """Everybody who changed is compared with everybody like them, as contact's `work` does each minute."""
    database, now = Database(system.settings.for_role("contact")), datetime.now(UTC)
    await database.open()
    try:
        async with database.transaction() as tx:
            while await find_duplicates(tx, until=now, now=now):
                pass
    finally:
        await database.close()


def person(**fields: Any) -> contacts.Contact:
    return contacts.Contact(
        display_name=f"Ada {CALLED}", given_name=f"Ada{CALLED}", family_name=CALLED, owner=OWNER, team=TEAM, **fields
    )


async def _people(contact: Any) -> Sitter:
    """She and her twin, alike enough to be asked about; they were merged once, so that her history names the other."""
    company = contacts.Account(display_name=f"Mills {uuid.uuid4()}", owner=OWNER, team=TEAM)
    account = (await contact.CreateAccount(contacts.CreateAccountRequest(account=company))).name
    desk = contacts.Identifier(kind="email", value=f"info-{MARK}@mills.example")
    await contact.AddIdentifier(contacts.AddIdentifierRequest(parent=account, identifier=desk))
    wanted, twin = person(account=account), person()
    wanted.identifiers.add(kind="email", value=EMAIL)
    wanted.identifiers.add(kind="crm:hubspot", value=f"crm-{MARK}")
    twin.identifiers.add(kind="email", value=f"{MARK}@twin.example")
    for one in (wanted, twin):
        one.attributes["secret"].string_value = SECRET
    names = [(await contact.CreateContact(contacts.CreateContactRequest(contact=one))).name for one in (wanted, twin)]
    await contact.MergeContacts(contacts.MergeContactsRequest(name=names[0], duplicate=names[1]))
    change = contacts.UpdateContactRequest(contact=contacts.Contact(name=names[0]))
    change.contact.attributes["secret"].string_value = f"{SECRET} changed"
    change.update_mask.paths.append("attributes")
    await contact.UpdateContact(change)
    await contact.UnmergeContact(contacts.UnmergeContactRequest(name=names[1]))
    return Sitter(*names, account)


async def _pair(contact: Any) -> set[str]:
    """Two others who look like one, for who dismisses that."""
    names = set()
    for domain in ("masks.example", "twin.example"):
        wanted = person()
        wanted.identifiers.add(kind="email", value=f"pair-{MARK}@{domain}")
        names.add((await contact.CreateContact(contacts.CreateContactRequest(contact=wanted))).name)
    return names


async def _candidate(contact: Any, pair: set[str]) -> str:
    request = contacts.ListDuplicateCandidatesRequest(page_size=1000)
    while True:
        answer = await contact.ListDuplicateCandidates(request)
        for each in answer.duplicate_candidates:
            if {each.contact, each.duplicate} == pair:
                return str(each.name)
        assert answer.next_page_token, "the pair was not found to be one"
        request.page_token = answer.next_page_token


async def _contact(contact: Any, made: Sitter) -> None:
    """Bars with reasons, consents with evidence, a suppression, a purchase, an exclusion, a deal."""
    address = contacts.Identifier(kind="email", value=EMAIL)
    for name in (made.contact, made.twin):
        await contact.HoldContact(contacts.HoldContactRequest(name=name, reason=SECRET))
    await contact.RestrictContact(contacts.RestrictContactRequest(name=made.twin, reason=SECRET))
    for purpose in (contacts.PURPOSE_MARKETING, contacts.PURPOSE_PROFILING):
        event = contacts.ConsentEvent(
            address=address, purpose=purpose, channel=contacts.CHANNEL_EMAIL, evidence=SECRET,
            status=contacts.ConsentEvent.STATUS_GRANTED, lawful_basis=contacts.ConsentEvent.LAWFUL_BASIS_CONSENT,
            effective_to_time=_at(timedelta(days=3)),
        )  # fmt: skip
        made.said.append((await contact.RecordConsent(contacts.RecordConsentRequest(consent_event=event))).name)
    wanted = contacts.OptIn(
        address=address, purpose=contacts.PURPOSE_ADVERTISING, source="form", wording_version="1", evidence=SECRET
    )
    made.opt_in = (await contact.RequestOptIn(contacts.RequestOptInRequest(opt_in=wanted))).name
    suppression = contacts.Suppression(
        address=address, channel=contacts.CHANNEL_SMS, reason=contacts.Suppression.REASON_MANUAL
    )
    wish = contacts.SuppressAddressRequest(suppression=suppression)
    made.said.append((await contact.SuppressAddress(wish)).name)
    bought = contacts.ImportPurchasesRequest.Item(
        contact=made.contact, product=SECRET, amount_minor=1999, currency_code="EUR", source_purchase_id=MARK,
        purchase_time=_at(-timedelta(days=9)),
    )  # fmt: skip
    await contact.ImportPurchases(contacts.ImportPurchasesRequest(items=[bought], source="shop"))
    excluded = contacts.ExcludeTouchRequest(parent=made.contact, touch="touches/" + "B" * 43, evidence=SECRET)
    await contact.ExcludeTouch(excluded)
    deal = contacts.Deal(display_name="Mill", owner=OWNER, team=TEAM)
    deal.participants.add(contact=made.contact)
    made.deal = (await contact.CreateDeal(contacts.CreateDealRequest(deal=deal))).name


def _at(distance: timedelta) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(datetime.now(UTC) + distance)
    return found


async def _touches(system: System, touchline: Touchline, made: Sitter) -> None:
    """A form, a call and a task of hers, pinned and of a deal, and a form of nobody's."""
    interaction = touchline.interaction
    wanted = pb.Source(name=SOURCE, client="flow", identifier_kind="email")
    await interaction.RegisterSource(pb.RegisterSourceRequest(source=wanted))
    said = [touch("call.logged", EMAIL, made.deal), touch("task.created", EMAIL, title="Call", assignee=OWNER)]
    said += [touch("form.submitted", EMAIL, made.deal), touch("form.submitted", f"nobody.{EMAIL}")]
    answer = await interaction.RecordTouches(pb.RecordTouchesRequest(touches=said))
    assert [result.status.code for result in answer.results] == [0] * 4, answer
    made.touch, made.unlinked = answer.results[2].name, answer.results[3].name
    request = pb.GetTimelineRequest(parent=made.contact)

    async def are_read() -> Any:
        unlinked = await interaction.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=1000))
        try:
            timeline = await interaction.GetTimeline(request)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:  # interaction has not heard of her yet
                return None
            raise
        shown = {each.name for one in timeline.threads for each in one.touches}
        is_there = timeline.header.HasField("last_human_response") and {one.name for one in answer.results[:3]} <= shown
        return timeline if is_there and made.unlinked in {one.name for one in unlinked.touches} else None

    timeline = await until(are_read)
    made.watch_position = timeline.watch_position
    made.thread = next(one.name for one in timeline.threads if made.touch in {each.name for each in one.touches})
    again = pb.RecordTouchesRequest(touches=[touch("form.submitted", EMAIL)])  # the watch tells of it
    assert (await interaction.RecordTouches(again)).results[0].status.code == 0


def touch(kind: str, address: str, deal: str = "", **attributes: str) -> pb.Touch:
    said = pb.Touch(type=kind, source=SOURCE, source_event_id=str(uuid.uuid4()), deal=deal)
    said.identifier.kind, said.identifier.value = "email", address
    said.occurred_time.FromDatetime(datetime.now(UTC))
    said.names.contact, said.names.message = f"Ada {CALLED}", f"About {MARK}"
    said.evidence.ip, said.evidence.user_agent, said.evidence.body = "2001:db8::5", MARK, MARK.encode()
    said.attributes.update(attributes)
    return said


async def _alerts(system: System, made: Sitter) -> None:
    """Her owner wants alerts, pins what she did, and is told of it."""
    async with system.channel("interaction", "rep", subject=OWNER, team="central", email=LOGIN) as channel:
        stub = InteractionServiceStub(channel)
        wanted = pb.AlertSettings(name=f"{OWNER}/alertSettings", is_mailed=True, time_zone="UTC")
        await stub.UpdateAlertSettings(pb.UpdateAlertSettingsRequest(alert_settings=wanted))
        await stub.PinTouch(pb.PinTouchRequest(parent=made.contact, touch=made.touch))

        async def is_told() -> bool:
            found = await stub.ListAlerts(pb.ListAlertsRequest(parent=OWNER, page_size=1000))
            return made.contact in {one.contact for one in found.alerts}

        await until(is_told)


async def _mails(touchline: Touchline, marketer: Marketer, made: Sitter) -> None:
    """A mail that she got and that came back with words of hers, one of tomorrow, and one that is still planned."""
    made.segment = await marketer.people(f"Masks {MARK}", made.contact)
    sender = await marketer.sender("Masks", f"{uuid.uuid4()}@touchline.example")
    sent, later, made.activity = [
        await _mailing(touchline, f"{name} {MARK}", made.segment, sender) for name in ("Sent", "Later", "Planned")
    ]
    await marketer.launch(campaign_of(sent))
    (send,) = await marketer.ledger(sent)
    made.send, made.message = send.name, send.message
    report = campaign_pb2.ReportDeliveryRequest(
        message=send.message, outcome=campaign_pb2.ReportDeliveryRequest.OUTCOME_BOUNCED_SOFT, reply_text=SECRET
    )
    report.report_time.FromDatetime(datetime.now(UTC))
    await touchline.campaign.ReportDelivery(report)
    launch = campaign_pb2.LaunchCampaignRequest(name=campaign_of(later))
    launch.scheduled_time.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    await touchline.campaign.LaunchCampaign(launch)


async def _mailing(touchline: Touchline, name: str, segment: str, sender: str) -> str:
    """An activity whose subject and text quote her address."""
    wanted = campaign_pb2.CreateCampaignRequest(campaign=campaign_pb2.Campaign(display_name=name))
    parent = (await touchline.campaign.CreateCampaign(wanted)).name
    activity = campaign_pb2.Activity(
        display_name=name, include_segments=[segment], subscription_topic="news", sender=sender,
        subject_template=QUOTING, html_template=f"<p>{QUOTING}</p>",
    )  # fmt: skip
    request = campaign_pb2.CreateActivityRequest(parent=parent, activity=activity)
    return str((await touchline.campaign.CreateActivity(request)).name)
