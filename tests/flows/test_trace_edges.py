"""The spans of one touch join, by parent or link: from the caller through every process to the timeline's row."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline

from tests.flows.campaigns import Marketer, campaign_of, until
from tests.flows.collector import Collector
from tests.flows.people import client
from tests.flows.postbox import Postbox
from tests.flows.system import System, eventually

INTAKE = "touchline.interaction.intake.v1"
RECORDED = "touchline.interaction.recorded.v1"
# Who did what, each step caused by the one before. FLUSH is the pipelined flush that fences, inserts and commits.
WRITING = (
    ("interaction.serve", "InteractionService/RecordTouches"),
    ("interaction.serve", f"send {INTAKE}"),
    ("interaction.consume", f"process {INTAKE}"),
    ("interaction.consume", f"FLUSH {INTAKE}"),
)
TELLING = (("interaction.work", f"send {RECORDED}"), ("interaction.publish", f"process {RECORDED}"))
MAILING = (
    ("campaign.serve", "CampaignService/LaunchCampaign"),
    ("campaign.send", "claim sends"),
    ("campaign.send", "hand over mails"),
    ("campaign.send", "send mails"),
    ("campaign.send", "settle sends"),
    ("campaign.work", "send touches"),
)
Steps = Sequence[tuple[str, str]]


async def test_a_touch_can_be_followed_from_its_caller_to_its_row(system: System, collector: Collector):
    caller = secrets.token_bytes(8)
    async with client(system) as touchline:
        source = pb.Source(name="sources/flow-trace", client="flow", identifier_kind="email")
        await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
        touch = pb.Touch(type="web.visited", source="sources/flow-trace", source_event_id=secrets.token_hex(8))
        touch.identifier.kind, touch.identifier.value = "email", "traced@flow.example"
        touch.occurred_time.FromDatetime(datetime.now(UTC))
        request = pb.RecordTouchesRequest(touches=[touch])

        async def is_accepted() -> bool:
            answer = await touchline.interaction.RecordTouches(request, metadata=[_traced(caller)])
            return answer.results[0].status.code == 0

        await until(is_accepted)
    await _all_joined(collector, caller, (*WRITING, *TELLING))


async def test_a_mail_can_be_followed_from_the_launch_to_the_row_of_its_one_recipient(
    system: System, postbox: Postbox, collector: Collector
):
    caller, address = secrets.token_bytes(8), f"traced-{uuid4()}@flow.example"
    async with client(system) as touchline:
        contact = await _willing(touchline, address)
        campaign = campaign_of(await _mailing(Marketer(touchline, postbox), contact))
        launch = campaign_pb2.LaunchCampaignRequest(name=campaign)
        await touchline.campaign.LaunchCampaign(launch, metadata=[_traced(caller)])
    mail = (await asyncio.to_thread(eventually, lambda: postbox.mails(recipient=address)))[0]
    await _all_joined(collector, caller, (*MAILING, *WRITING, *TELLING))
    assert _types_about(system, mail.id) == ["email.handed_over"]


async def _willing(touchline: Touchline, address: str) -> str:
    """A new contact who allows marketing mail."""
    email = contact_pb2.Identifier(kind="email", value=address)
    wanted = contact_pb2.Contact(display_name="Traced", identifiers=[email])
    made = await touchline.contact.CreateContact(contact_pb2.CreateContactRequest(contact=wanted))
    event = contact_pb2.ConsentEvent(
        address=email, purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_GRANTED, lawful_basis="LAWFUL_BASIS_CONSENT",
    )  # fmt: skip
    await touchline.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    return str(made.name)


async def _mailing(marketer: Marketer, contact: str) -> str:
    """A mail to this contact alone, so that whatever its launch causes is about one person."""
    segment = await marketer.people(f"Traced {contact}", contact)
    sender = await marketer.sender("Traced", f"news-{uuid4()}@flow.example")
    return str((await marketer.mailing(f"Traced {contact}", segment, sender)).name)


def _traced(caller: bytes) -> tuple[str, str]:
    """The caller's own span as metadata."""
    return "traceparent", f"00-{secrets.token_hex(16)}-{caller.hex()}-01"


async def _all_joined(collector: Collector, caller: bytes, steps: Steps) -> None:
    """Return when every step hangs on the one before; fail with the first at which the walk breaks."""
    try:
        await asyncio.to_thread(eventually, lambda: not missing(collector, caller, steps), every=0.25)
    except AssertionError:
        assert not missing(collector, caller, steps)


def missing(collector: Collector, caller: bytes, steps: Steps) -> str:
    """The first step that nothing shows which followed from the step before; empty when there is none."""
    front = {caller}
    for role, name in steps:
        found = [span for span in collector.after(*front) if span.name.endswith(name) and span.role.endswith(role)]
        if not found:
            return f"{role}: {name}"
        front = {span.id for span in found}
    return ""


def _types_about(system: System, message: str) -> list[str]:
    with system.sql("interaction") as connection:
        rows = connection.execute("SELECT type FROM touch WHERE message = %s", [message]).fetchall()
    return [str(row[0]) for row in rows]
