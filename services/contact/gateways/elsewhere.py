"""What the other services keep of a person, asked for one export: each answer is a file of the archive."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from chassis.errors import FailedPrecondition, NotFound
from chassis.rpc import Channel
from google.protobuf.json_format import MessageToJson
from touchline.campaign.v1 import campaign_pb2
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.interaction.v1 import interaction_pb2
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub
from touchline.segmentation.v1 import segmentation_pb2
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

PAGE = 500
MOST_NAMES = 1000
SECONDS = 30.0  # for one page
LOST = b"This mail is not kept as it went out, and cannot be written again with what is known today.\n"


class File(NamedTuple):
    """A file of the archive: where it lies there, what it holds, how many things that are."""

    path: str
    content: bytes
    items: int


class Elsewhere:
    """Segmentation, campaign and interaction, asked as this service itself; raises what they raise."""

    def __init__(self, segmentation: Channel, campaign: Channel, interaction: Channel) -> None:
        self._channels = (segmentation, campaign, interaction)
        self._segmentation: Any = SegmentationServiceStub(segmentation)
        self._campaign: Any = CampaignServiceStub(campaign)
        self._interaction: Any = InteractionServiceStub(interaction)

    async def close(self) -> None:
        """Close the channels."""
        await asyncio.gather(*(opened.close() for opened in self._channels))

    async def files(self, contact: str, merged: Sequence[str]) -> AsyncIterator[File]:
        """Everything of a person and of those merged into her, a file at a time."""
        async for file in self._touches(contact):
            yield file
        async for file in self._segments([contact, *merged]):
            yield file
        async for file in self._mails(contact):
            yield file

    async def _touches(self, contact: str) -> AsyncIterator[File]:
        """Her timeline, each touch with its verdict and the reasons of that; a file a page."""
        wish = interaction_pb2.GetTimelineRequest(parent=contact, page_size=200, for_export=True)
        number = 0
        while True:
            page = await self._interaction.GetTimeline(wish, timeout=SECONDS)
            touches = [touch for thread in page.threads for touch in await self._whole(thread)]
            if touches:
                number += 1
                yield listed(f"interaction/touches-{number:04}.json", touches)
                async for file in self._evidence(number, [touch.name for touch in touches]):
                    yield file
            wish.page_token = page.next_page_token
            if not wish.page_token:
                return

    async def _evidence(self, number: int, names: Sequence[str]) -> AsyncIterator[File]:
        """From where and with what each touch of a page came, as long as that is kept."""
        found: list[Any] = []
        for at in range(0, len(names), MOST_NAMES):
            wish = interaction_pb2.BatchGetTouchEvidenceRequest(names=names[at : at + MOST_NAMES])
            found += (await self._interaction.BatchGetTouchEvidence(wish, timeout=SECONDS)).touch_evidence
        if found:
            yield listed(f"interaction/evidence-{number:04}.json", found)

    async def _whole(self, thread: Any) -> list[Any]:
        if not thread.has_more_touches:
            return list(thread.touches)
        wish, found = interaction_pb2.ListThreadTouchesRequest(parent=thread.name, page_size=1000), []
        while True:
            page = await self._interaction.ListThreadTouches(wish, timeout=SECONDS)
            found += page.touches
            wish.page_token = page.next_page_token
            if not wish.page_token:
                return found

    async def _segments(self, contacts: Sequence[str]) -> AsyncIterator[File]:
        """The segments that she is in, since when, and what each condition of their rules says of her."""
        wish, found = segmentation_pb2.ListSegmentsRequest(page_size=PAGE), []
        while True:
            page = await self._segmentation.ListSegments(wish, timeout=SECONDS)
            for segment in page.segments:
                for contact in contacts:
                    why = segmentation_pb2.ExplainMembershipRequest(segment=segment.name, contact=contact)
                    try:
                        answer = await self._segmentation.ExplainMembership(why, timeout=SECONDS)
                    except NotFound:  # deleted meanwhile
                        continue
                    if answer.is_member or answer.is_kept:
                        found += [segment, answer]
            wish.page_token = page.next_page_token
            if not wish.page_token:
                break
        yield listed("segmentation/memberships.json", found)

    async def _mails(self, contact: str) -> AsyncIterator[File]:
        """What was planned for her and became of it, and each mail as she got it, or named so where it is not kept."""
        wish = campaign_pb2.ListSendsRequest(
            parent="campaigns/-/activities/-", page_size=PAGE, filter=f'contact = "{contact}"'
        )
        sends = []
        while True:
            page = await self._campaign.ListSends(wish, timeout=SECONDS)
            sends += page.sends
            wish.page_token = page.next_page_token
            if not wish.page_token:
                break
        yield listed("campaign/sends.json", sends)
        for message in [send.message for send in sends if send.message]:
            try:
                mail = await self._campaign.GetSentMail(
                    campaign_pb2.GetSentMailRequest(message=message), timeout=SECONDS
                )
            except NotFound:  # it never left
                continue
            except FailedPrecondition:  # it is not kept, and its templates do not suit what is known of her today
                yield File(f"campaign/mails/{message}-lost.txt", LOST, 1)
                continue
            name = message if mail.rendering == campaign_pb2.SentMail.RENDERING_AS_SENT else f"{message}-written-again"
            yield File(f"campaign/mails/{name}.html", mail.html.encode(), 1)
            yield File(f"campaign/mails/{name}.txt", f"{mail.subject}\n\n{mail.text}".encode(), 1)
        brakes = campaign_pb2.ListBrakesRequest(page_size=PAGE, filter=f'contact = "{contact}"')
        yield listed("campaign/brakes.json", list((await self._campaign.ListBrakes(brakes, timeout=SECONDS)).brakes))


def listed(path: str, messages: Sequence[Any]) -> File:
    """Messages as a JSON array, in the spelling of their API."""
    parts = [MessageToJson(one, ensure_ascii=False, preserving_proto_field_name=True) for one in messages]
    return File(path, ("[\n" + ",\n".join(parts) + "\n]\n").encode(), len(messages))
