"""Fifty callers with one request_id: one effect, one answer, also when the process dies between the two."""

import asyncio
import random
import uuid

import pytest
from chassis.errors import Aborted, DomainError, InvalidArgument, Unavailable
from touchline.campaign.v1 import campaign_pb2, campaign_pb2_grpc
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc

from tests.flows.system import System

CALLERS = 50
PATIENCE = 40.0


async def _until_answered(call, request):
    """What a client does: ABORTED and UNAVAILABLE are worth another try with the same id."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await call(request)
        except (Aborted, Unavailable, DomainError) as error:
            if not isinstance(error, Aborted | Unavailable) or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(random.uniform(0.02, 0.3))


def _request(title: str) -> campaign_pb2.CreateCampaignRequest:
    campaign = campaign_pb2.Campaign(display_name=title)
    return campaign_pb2.CreateCampaignRequest(campaign=campaign, request_id=str(uuid.uuid4()))


async def _named(campaign: campaign_pb2_grpc.CampaignServiceStub, title: str) -> list[str]:
    answer = await campaign.ListCampaigns(campaign_pb2.ListCampaignsRequest(page_size=1000))
    return [held.name for held in answer.campaigns if held.display_name == title]


async def test_fifty_calls_with_one_request_id_have_one_effect_and_one_answer(system: System):
    async with system.channel("campaign") as channel:
        campaign = campaign_pb2_grpc.CampaignServiceStub(channel)
        request = _request(f"Fifty callers {uuid.uuid4()}")
        answers = await asyncio.gather(*(_until_answered(campaign.CreateCampaign, request) for _ in range(CALLERS)))
        assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
        assert await _named(campaign, request.campaign.display_name) == [answers[0].name]
        other = campaign_pb2.CreateCampaignRequest(campaign=request.campaign, request_id=request.request_id)
        other.campaign.description = "Another body"
        with pytest.raises(InvalidArgument):
            await campaign.CreateCampaign(other)


async def test_fifty_contacts_with_one_request_id_are_one_contact(system: System):
    async with system.channel("contact") as channel:
        contact = contact_pb2_grpc.ContactServiceStub(channel)
        email = f"{uuid.uuid4()}@fifty.example"
        request = contact_pb2.CreateContactRequest(request_id=str(uuid.uuid4()))
        request.contact.identifiers.add(kind="email", value=email)
        answers = await asyncio.gather(*(_until_answered(contact.CreateContact, request) for _ in range(CALLERS)))
        assert len({answer.name for answer in answers}) == 1


@pytest.mark.timeout(240)
async def test_a_kill_between_effect_and_answer_leaves_one_effect(system: System):
    rng = random.Random(3)
    async with system.channel("campaign") as channel:
        campaign = campaign_pb2_grpc.CampaignServiceStub(channel)
        for number in range(4):
            request = _request(f"Killed {number} {uuid.uuid4()}")
            calls = [asyncio.create_task(_until_answered(campaign.CreateCampaign, request)) for _ in range(CALLERS)]
            await asyncio.sleep(rng.uniform(0.0, 0.08))
            system.kill("campaign.serve")
            answers = await asyncio.gather(*calls)
            assert len({answer.name for answer in answers}) == 1
            assert await _named(campaign, request.campaign.display_name) == [answers[0].name]
            await asyncio.to_thread(system.wait_until_ready)
