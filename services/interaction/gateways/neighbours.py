"""What a brief asks of contact and campaign at the moment of reading: what is allowed, what holds, what is to come."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chassis.errors import DomainError, NotFound
from chassis.rpc import Channel
from grpc.aio import AioRpcError
from touchline.campaign.v1 import campaign_pb2
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from services.interaction.domain.briefs import Hold, Statement, Status, Step

PATIENCE = 1.0  # seconds for each of two steps
MOST_EVENTS, MOST_DEALS, MOST_BRAKES = 1_000, 50, 50
REFUSED = frozenset(
    {
        contact_pb2.CheckConsentResponse.REASON_DENIED,
        contact_pb2.CheckConsentResponse.REASON_WITHDRAWN,
        contact_pb2.CheckConsentResponse.REASON_SUPPRESSED,
    }
)
STATUS = {
    contact_pb2.ConsentEvent.STATUS_PENDING: Status.PENDING,
    contact_pb2.ConsentEvent.STATUS_GRANTED: Status.GRANTED,
    contact_pb2.ConsentEvent.STATUS_EXPIRED: Status.EXPIRED,
}


class Neighbours:
    """Contact and campaign, asked as this service itself: whether the caller may know is decided before."""

    def __init__(self, contact: Channel, campaign: Channel) -> None:
        self._channels = (contact, campaign)
        self._contact: Any = ContactServiceStub(contact)
        self._campaign: Any = CampaignServiceStub(campaign)

    async def close(self) -> None:
        """Close both channels."""
        await asyncio.gather(*(opened.close() for opened in self._channels))

    async def statements(self, contact: str) -> list[Statement] | None:
        """Every consent event of a contact's addresses; None where contact does not answer."""
        wish = contact_pb2.ListConsentEventsRequest(parent=contact, page_size=MOST_EVENTS)
        try:
            found = (await self._contact.ListConsentEvents(wish, timeout=PATIENCE)).consent_events
        except (DomainError, AioRpcError):
            return None
        return [_statement(event) for event in found]

    async def holds(self, contact: str, account: str) -> list[Hold] | None:
        """The brakes on a contact, its account or its deals that hold now; None where one of two does not answer."""
        deals = contact_pb2.ListDealsRequest(page_size=MOST_DEALS, filter=f'contact = "{contact}"')
        try:
            found = (await self._contact.ListDeals(deals, timeout=PATIENCE)).deals
            reach = _reaching(contact, account, [deal.name for deal in found])
            wish = campaign_pb2.ListBrakesRequest(page_size=MOST_BRAKES, filter=f'state = "ACTIVE" AND ({reach})')
            return [_hold(one) for one in (await self._campaign.ListBrakes(wish, timeout=PATIENCE)).brakes]
        except (DomainError, AioRpcError):
            return None

    async def mailings(self, contact: str, now: datetime) -> tuple[list[Step], bool]:
        """What campaigns are to send a contact, the soonest first; and whether that is all, as far as they know."""
        wish = campaign_pb2.GetOutlookRequest(contact=contact)
        try:
            found = await self._campaign.GetOutlook(wish, timeout=PATIENCE)
        except NotFound:  # nobody whom a campaign could have planned to write to
            return [], True
        except (DomainError, AioRpcError):
            return [], False
        return [_step(mail, now) for mail in found.coming_mails], not found.incomplete

    async def opted_out(self, contacts: Sequence[str]) -> frozenset[str] | None:
        """Which of up to 1,000 contacts said no to marketing mail, or must not be sent to; None without an answer."""
        queries = [
            contact_pb2.CheckConsentRequest.Query(
                contact=contact, purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL
            )
            for contact in contacts
        ]
        wish = contact_pb2.CheckConsentRequest(queries=queries)
        try:
            answers = (await self._contact.CheckConsent(wish, timeout=PATIENCE)).answers
        except (DomainError, AioRpcError):
            return None
        return frozenset(name for name, answer in zip(contacts, answers, strict=True) if answer.reason in REFUSED)


def _reaching(contact: str, account: str, deals: Sequence[str]) -> str:
    parts = [f'contact = "{contact}"', *([f'account = "{account}"'] if account else [])]
    return " OR ".join([*parts, *(f'deal = "{deal}"' for deal in deals)])


def _statement(event: contact_pb2.ConsentEvent) -> Statement:
    said = event.capture_time if event.HasField("capture_time") else event.create_time
    channel = contact_pb2.Channel.Name(event.channel).removeprefix("CHANNEL_").lower()
    return Statement(
        address=f"{event.address.kind}:{event.address.value}",
        purpose=contact_pb2.Purpose.Name(event.purpose).removeprefix("PURPOSE_").lower(),
        channel="" if channel == "unspecified" else channel,
        topic=event.topic,
        status=STATUS.get(event.status, Status.REFUSED),
        time=said.ToDatetime(tzinfo=UTC),
        end=_moment(event, "effective_to_time"),
    )


def _hold(brake: campaign_pb2.Brake) -> Hold:
    target = str(getattr(brake, str(brake.WhichOneof("target") or "contact")))
    return Hold(brake.name, target, brake.reason, brake.expire_time.ToDatetime(tzinfo=UTC))


def _step(mail: campaign_pb2.ComingMail, now: datetime) -> Step:
    campaign = mail.activity.partition("/activities/")[0]
    return Step(
        "MAILING",
        mail.campaign_display_name,
        _moment(mail, "due_time") or now,
        campaign=campaign,
        activity=mail.activity,
    )


def _moment(message: Any, name: str) -> datetime | None:
    return getattr(message, name).ToDatetime(tzinfo=UTC) if message.HasField(name) else None
