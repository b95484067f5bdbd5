"""The SDK against a real service: token, request ids, deadlines, refusals."""

import subprocess
import sys

import grpc
import pytest
from chassis.config import Settings
from google.rpc import code_pb2
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline_client import Touchline, refusal_of, refusal_of_status
from touchline_client.client import with_request_id

from tests.serving import serving


@pytest.fixture
async def campaign(make_database, token):
    async with serving("campaign", make_database("campaign"), CampaignServiceStub, token) as served:
        yield served


async def test_a_caller_with_a_token_is_served(campaign, token):
    async with Touchline(token=token("marketer"), targets={"campaign": campaign.target}) as touchline:
        request = pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Spring"))
        made = await touchline.campaign.CreateCampaign(request)
        assert (await touchline.campaign.GetCampaign(pb.GetCampaignRequest(name=made.name))) == made
    assert request.request_id == ""
    async with campaign.database.connection() as conn:
        assert await (await conn.execute("SELECT count(*) FROM request_id")).fetchone() == (1,)


async def test_a_token_is_asked_for_at_each_call(campaign, token):
    tokens = iter([token("marketer"), "expired"])
    async with Touchline(token=lambda: next(tokens), targets={"campaign": campaign.target}) as touchline:
        await touchline.campaign.ListCampaigns(pb.ListCampaignsRequest())
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await touchline.campaign.ListCampaigns(pb.ListCampaignsRequest())
    assert refusal_of(refused.value).code == "UNAUTHENTICATED"


async def test_a_refusal_says_which_field_and_what_to_do(campaign, token):
    async with Touchline(token=token("marketer"), targets={"campaign": campaign.target}) as touchline:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await touchline.campaign.CreateCampaign(pb.CreateCampaignRequest(campaign=pb.Campaign(brand="x")))
    refusal = refusal_of(refused.value)
    assert (refusal.code, refusal.fields[0][0], refusal.is_passing) == (
        "INVALID_ARGUMENT",
        "campaign.display_name",
        False,
    )
    assert "campaign.display_name" in str(refusal)


async def test_nobody_there_is_a_passing_refusal_within_the_deadline():
    async with Touchline(targets={"campaign": "127.0.0.1:1"}, timeout=0.5) as touchline:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await touchline.campaign.ListCampaigns(pb.ListCampaignsRequest())
    assert refusal_of(refused.value).is_passing


def test_a_request_id_of_the_callers_own_is_kept_and_reads_get_none():
    assert with_request_id(pb.DeleteCampaignRequest(request_id="mine")).request_id == "mine"
    assert len(with_request_id(pb.DeleteCampaignRequest()).request_id) == 36
    reading = pb.GetCampaignRequest(name="campaigns/x")
    assert with_request_id(reading) is reading


def test_an_items_status_is_read_like_a_calls():
    status = Status(code=code_pb2.RESOURCE_EXHAUSTED, message="too much")
    status.details.add().Pack(ErrorInfo(reason="BUFFER_FULL", metadata={"limit": "1"}))
    refusal = refusal_of_status(status)
    assert (refusal.reason, refusal.metadata, refusal.is_passing) == ("BUFFER_FULL", {"limit": "1"}, True)


def test_targets_follow_the_settings():
    assert Settings().target("campaign").endswith(":7103")


def test_the_sdk_brings_nothing_of_the_house_along():
    ours = {"chassis", "identity", "services", "typer", "rich", "kafka", "psycopg", "sqlalchemy"}
    check = f"import sys, touchline_client; print(sorted({ours} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
