"""What a marketer does, through the API: a segment, a proven sender, a campaign with a mail, a launch, the ledger."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2 as segments
from touchline_client import Touchline

from tests.flows.postbox import Postbox
from tests.patience import PATIENCE

TOPIC = "newsletter"
SUBJECT = "{{ contact.given_name }}, a quieter mill"
HTML = """<html><body>
<p>Dear {{ contact.display_name }},</p>
<p>see the <a href="https://www.shop.example/drives?utm_source=touchline">new drives</a>
or <a href="https://www.shop.example/visit?by={{ contact.given_name | url_encode }}">ask for a visit</a>.</p>
<p><a href="{{ unsubscribe_url }}">No more of these</a> or <a href="{{ preferences_url }}">choose</a>.</p>
</body></html>"""
TEXT = """Dear {{ contact.display_name }},
this is the text.
Leave: {{ unsubscribe_url }}
Choose: {{ preferences_url }}
"""
CODE = re.compile(r"\b[A-Z0-9]{4}[ -]?[A-Z0-9]{4}\b")


async def until(true: Callable[[], Awaitable[Any]], seconds: float = PATIENCE, every: float = 0.1) -> Any:
    """Ask again until the answer is something; that answer."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await true()):
        assert asyncio.get_running_loop().time() < deadline, f"it did not happen within {seconds:.0f} s"
        await asyncio.sleep(every)
    return answer


class Marketer:
    """Somebody of marketing, with a client, and the postbox that senders' codes arrive in."""

    def __init__(self, touchline: Touchline, postbox: Postbox | None = None) -> None:
        self.campaign, self.segmentation = touchline.campaign, touchline.segmentation
        self._postbox = postbox

    async def knows(self, attribute: str) -> None:
        """Return when rules can name an attribute: as soon as somebody who has it is known there."""

        async def is_known() -> bool:
            answer = await self.segmentation.ListSegmentAttributes(segments.ListSegmentAttributesRequest())
            return attribute in {known.attribute for known in answer.contact_attributes}

        await until(is_known)

    async def segment(self, name: str, rule: segments.Rule) -> str:
        """A rule segment, as soon as its members are those of the rule."""
        wanted = segments.Segment(display_name=name, rule=rule)
        made = await self.segmentation.CreateSegment(segments.CreateSegmentRequest(segment=wanted))

        async def is_ready() -> bool:
            held = await self.segmentation.GetSegment(segments.GetSegmentRequest(name=made.name))
            return bool(held.state == segments.Segment.STATE_READY)

        await until(is_ready)
        return str(made.name)

    async def members(self, segment: str) -> set[str]:
        """The contacts that are in a segment now."""
        found: list[str] = []
        async for answer in self.segmentation.StreamMembers(segments.StreamMembersRequest(segment=segment)):
            found += answer.contacts
        assert len(found) == len(set(found)), "nobody is streamed twice"
        return set(found)

    async def becomes(self, segment: str, wanted: set[str]) -> None:
        """Return when a segment holds these contacts and nobody else: it follows changes a moment later."""

        async def is_so() -> bool:
            return await self.members(segment) == wanted

        await until(is_so)

    async def sender(self, name: str, address: str) -> str:
        """A sender whose address is proven by the code that was mailed to it."""
        wanted = pb.Sender(display_name=name, address=address)
        made = await self.campaign.CreateSender(pb.CreateSenderRequest(sender=wanted))
        assert made.state == pb.Sender.STATE_UNVERIFIED
        postbox = self._postbox
        assert postbox is not None

        async def mailed() -> list[str]:
            texts = [mail.body("plain") for mail in postbox.mails(recipient=address)]
            return [code for text in texts for code in CODE.findall(text)]

        codes = await until(mailed)
        proven = await self.campaign.VerifySender(pb.VerifySenderRequest(name=made.name, code=codes[0]))
        assert proven.state == pb.Sender.STATE_VERIFIED
        return str(made.name)

    async def mailing(self, name: str, segment: str, sender: str) -> pb.Activity:
        """A campaign in draft with one mail to a segment."""
        wanted = pb.Campaign(display_name=name)
        campaign = await self.campaign.CreateCampaign(pb.CreateCampaignRequest(campaign=wanted))
        activity = pb.Activity(
            display_name=f"{name}, the mail", include_segments=[segment], sender=sender, subscription_topic=TOPIC,
            subject_template=SUBJECT, html_template=HTML, text_template=TEXT,
        )  # fmt: skip
        request = pb.CreateActivityRequest(parent=campaign.name, activity=activity)
        return await self.campaign.CreateActivity(request)

    async def dry_run(self, campaign: str) -> pb.DryRunCampaignResponse:
        return await self.campaign.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))

    async def people(self, name: str, *contacts: str) -> str:
        """A list segment of these contacts."""
        wanted = segments.Segment(display_name=name)
        made = await self.segmentation.CreateSegment(segments.CreateSegmentRequest(segment=wanted))
        request = segments.AddMembersRequest(name=made.name, contacts=contacts)
        await self.segmentation.AddMembers(request)
        return str(made.name)

    async def brake(self, contact: str, reason: str) -> None:
        """Hold mail to a contact for an hour."""
        brake = pb.Brake(contact=contact, reason=reason)
        brake.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
        await self.campaign.CreateBrake(pb.CreateBrakeRequest(brake=brake))

    async def launch(self, campaign: str) -> pb.Campaign:
        """Launch, and wait until the ledger holds only ends."""
        await self.campaign.LaunchCampaign(pb.LaunchCampaignRequest(name=campaign))

        async def finished() -> pb.Campaign | None:
            held = await self.campaign.GetCampaign(pb.GetCampaignRequest(name=campaign))
            return held if held.state == pb.Campaign.STATE_FINISHED else None

        return await until(finished, seconds=120)

    async def ledger(self, activity: str, **filters: str) -> list[pb.Send]:
        """Every line, page by page."""
        told = " AND ".join(f'{field} = "{value}"' for field, value in filters.items())
        return [send async for send in self._sends(pb.ListSendsRequest(parent=activity, page_size=70, filter=told))]

    async def _sends(self, request: pb.ListSendsRequest) -> AsyncIterator[pb.Send]:
        while True:
            answer = await self.campaign.ListSends(request)
            for send in answer.sends:
                yield send
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


def campaign_of(activity: str) -> str:
    """`campaigns/…` of `campaigns/…/activities/…`."""
    return activity.partition("/activities/")[0]


def state_of(send: pb.Send) -> str:
    """The state in words, with its reason where it has one."""
    state = pb.Send.State.Name(send.state).removeprefix("STATE_")
    return f"{state}({send.reason})" if send.reason else state
