"""Contact, segmentation, campaign and a mail server, all real, in the test's own process; no Kafka between them."""

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP
from chassis.bus import Record
from chassis.clock import Clock, SystemClock
from chassis.config import Settings
from chassis.rpc import channel
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline.segmentation.v1 import segmentation_pb2
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from services.campaign.events.contacts import ContactsHandler
from services.campaign.gateways.contacts import Contacts
from services.campaign.gateways.segments import Segments
from services.campaign.jobs.planning import Planning
from tests.patience import PATIENT
from tests.serving import Served, serving

SUBJECT = "News for {{ contact.given_name }}"
HTML = """<html><body><p>Hello {{ contact.given_name }},</p>
<p><a href="https://shop.example/spring">Spring</a> is here.</p>
<p><a href="{{ unsubscribe_url }}">Leave</a></p></body></html>"""


class Mailbox:
    """A real SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.answer = ""  # what it says to a mail instead of taking it
        self._server: Any = None

    async def start(self) -> None:
        """Take mails from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, hostname="sink.example"), "127.0.0.1", 0)

    def stop(self) -> None:
        """Take no more."""
        self._server.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer:
            return self.answer
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((list(envelope.rcpt_tos), parsed))  # type: ignore[arg-type]
        return "250 kept"

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])


@dataclass
class World:
    """The services, their stubs, and what tests do again and again."""

    campaign: Served
    contact: Served
    segmentation: Served
    mailbox: Mailbox
    marketer: Any
    stack: contextlib.AsyncExitStack
    seen: int = 0
    service: Any = field(default=None)

    async def person(self, given: str, address: str = "", **fields: Any) -> str:
        """A contact with an address."""
        identifiers = [contact_pb2.Identifier(kind="email", value=address)] if address else []
        told = contact_pb2.Contact(given_name=given, identifiers=identifiers, **fields)
        made = await self.service.contact.CreateContact(contact_pb2.CreateContactRequest(contact=told))
        return str(made.name)

    async def grant(self, address: str, topic: str = "news", *, purpose: Any = contact_pb2.PURPOSE_MARKETING) -> None:
        """She may be sent the topic, or tracked in it."""
        event = contact_pb2.ConsentEvent(
            address=contact_pb2.Identifier(kind="email", value=address),
            purpose=purpose,
            channel=contact_pb2.CHANNEL_EMAIL,
            topic=topic,
            status=contact_pb2.ConsentEvent.STATUS_GRANTED,
            lawful_basis=contact_pb2.ConsentEvent.LAWFUL_BASIS_CONSENT,
            source="form",
        )
        await self.service.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))

    async def hear(self) -> None:
        """Campaign's projection takes in what contact has said since the last time."""
        rows = (await self.contact.outbox())[self.seen :]
        self.seen += len(rows)
        handler = ContactsHandler(Contacts(await self._channel(self.contact)))
        records = [
            Record("touchline.contact.events.v1", 0, place, None, row[3], [("ce_sequence", b"1.1")])
            for place, row in enumerate(rows)
        ]
        async with self.campaign.database.connection() as conn:
            prepared = await handler.prepare(conn, records)
            async with conn.transaction(), conn.pipeline():
                await handler.flush(conn, prepared)

    async def segment(self, *contacts: str, kind: Any = segmentation_pb2.Segment.KIND_LIST) -> str:
        """A list with these members."""
        stub = self.service.segmentation
        told = segmentation_pb2.Segment(display_name=f"List {uuid4()}", kind=kind)
        made = await stub.CreateSegment(segmentation_pb2.CreateSegmentRequest(segment=told))
        if contacts:
            await stub.AddMembers(segmentation_pb2.AddMembersRequest(name=made.name, contacts=contacts))
        return str(made.name)

    async def sender(self, address: str = "news@shop.example", **fields: Any) -> str:
        """A sender who gave back the code that was mailed."""
        told = pb.Sender(display_name="The shop", address=address, **fields)
        made = await self.marketer.CreateSender(pb.CreateSenderRequest(sender=told))
        await self.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=self.code()))
        return str(made.name)

    def code(self) -> str:
        """The code in the newest mail."""
        body = self.mailbox.mails[-1][1].get_body().get_content()
        return next(line.strip() for line in body.splitlines() if line.startswith("    "))

    async def draft(self, *segments: str, **fields: Any) -> tuple[str, str]:
        """A campaign with one activity that lacks nothing; names of both."""
        campaign = await self.marketer.CreateCampaign(
            pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Spring"))
        )
        told: dict[str, Any] = {
            "display_name": "Spring mail",
            "include_segments": segments,
            "subscription_topic": "news",
            "subject_template": SUBJECT,
            "html_template": HTML,
        }
        if "sender" not in fields:
            fields["sender"] = await self.sender()
        activity = await self.marketer.CreateActivity(
            pb.CreateActivityRequest(parent=campaign.name, activity=pb.Activity(**told | fields))
        )
        return campaign.name, activity.name

    async def launch(self, campaign: str, **fields: Any) -> pb.Campaign:
        """The campaign, launched."""
        return await self.marketer.LaunchCampaign(pb.LaunchCampaignRequest(name=campaign, **fields))  # type: ignore[no-any-return]

    async def planner(self, clock: Clock | None = None) -> Planning:
        """The planner's job, as role `work` runs it."""
        return Planning(
            self.campaign.database,
            clock or SystemClock(),
            Segments(await self._channel(self.segmentation)),
            Contacts(await self._channel(self.contact)),
            idle=0.01,
        )

    async def sends(self) -> list[Any]:
        """The ledger: contact, state, reason, address."""
        query = "SELECT contact_id, state, reason, address FROM send ORDER BY contact_id"
        async with self.campaign.database.connection() as conn:
            return await (await conn.execute(query)).fetchall()

    def campaign_now(self) -> datetime:
        """The moment that campaign's door would take."""
        return SystemClock().now()

    async def _channel(self, served: Served) -> Any:
        return await self.stack.enter_async_context(
            channel(served.target, token=served.token("service"), timeout=PATIENT)
        )


@contextlib.asynccontextmanager
async def a_world(
    make_database: Callable[..., Settings], token: Callable[..., str], **fields: Any
) -> AsyncIterator[World]:
    """Everything, running; `fields` are settings of every service."""
    mailbox = Mailbox()
    await mailbox.start()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(mailbox.stop)
        contact = await stack.enter_async_context(
            serving("contact", make_database("contact", **fields), ContactServiceStub, token)
        )
        segmentation = await stack.enter_async_context(
            serving("segmentation", make_database("segmentation", **fields), SegmentationServiceStub, token)
        )
        settings = make_database("campaign", **fields).model_copy(
            update={"smtp_port": mailbox.port, **_port("contact", contact), **_port("segmentation", segmentation)}
        )
        campaign = await stack.enter_async_context(serving("campaign", settings, CampaignServiceStub, token))
        marketer = await campaign.stub("marketer", subject="users/maria")
        world = World(campaign, contact, segmentation, mailbox, marketer, stack)
        world.service = SimpleNamespace(
            contact=await contact.stub("service"), segmentation=await segmentation.stub("service")
        )
        await note_reading(contact)
        yield world


async def note_reading(contact: Served) -> None:
    """Contact has read the edge's requests a moment ago."""
    async with contact.database.connection() as conn:
        await conn.execute(
            "INSERT INTO consent_reading (read_time) VALUES (now()) "
            "ON CONFLICT (is_only) DO UPDATE SET read_time = EXCLUDED.read_time"
        )


def id_of(name: str) -> UUID:
    """The id at the end of a name."""
    return UUID(name.rpartition("/")[2])


def soon(seconds: float) -> datetime:
    """A moment from now."""
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)


def _port(service: str, served: Served) -> dict[str, int]:
    return {f"port_{service}": int(served.target.rpartition(":")[2])}
