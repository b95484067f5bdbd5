"""What campaign says reaches its stream, in order per resource; what contact says is read, or refused as invalid."""

import asyncio
from uuid import uuid4

import pytest
from chassis.bus import Invalid, Record
from chassis.bus_memory import MemoryBroker
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_events_pb2 import CampaignEvent
from touchline.contact.v1 import contact_events_pb2 as theirs

from services.campaign.events import STREAM
from services.campaign.events.contacts import CONTACTS, FOLLOWERS, ContactsHandler
from tests.chassis.ground import until
from tests.patience import PATIENCE
from tests.relaying import heard, relaying


async def a_campaign(stub, name="Spring"):
    return await stub.CreateCampaign(pb.CreateCampaignRequest(campaign=pb.Campaign(display_name=name)))


async def test_a_fact_is_a_cloud_event_keyed_by_its_resource(campaign, marketer):
    broker = MemoryBroker()
    async with relaying(campaign.settings, broker, "campaign"):
        made = await a_campaign(marketer)
        (record,) = await heard(broker, STREAM, 1)
    assert record.key == made.name.encode()
    assert record.header("ce_type") == "touchline.campaign.v1.CampaignCreated"
    assert (record.header("ce_source"), record.header("ce_subject")) == ("/touchline/campaign", made.name)
    assert record.header("ce_id") == f"{STREAM}/{record.partition}/{record.header('ce_sequence')}"
    assert CampaignEvent.FromString(record.value).campaign_created.campaign == made


async def test_facts_of_one_campaign_come_in_order_also_when_the_broker_was_away(campaign, marketer):
    broker = MemoryBroker(is_away=True)
    async with relaying(campaign.settings, broker, "campaign"):
        made = await a_campaign(marketer)
        for number in range(5):
            patch = pb.Campaign(name=made.name, brand=f"brand {number}")
            await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=patch))
        await asyncio.sleep(0.2)
        assert not broker.records
        broker.recover()
        records = await heard(broker, STREAM, 6)
    assert [CampaignEvent.FromString(record.value).revision for record in records] == [1, 2, 3, 4, 5, 6]
    numbers = [int(record.header("ce_sequence").split(".")[1]) for record in records]
    assert numbers == list(range(1, 7))


async def test_what_is_delivered_leaves_the_outbox(campaign, marketer):
    broker = MemoryBroker()
    async with relaying(campaign.settings, broker, "campaign") as role:
        await a_campaign(marketer)
        await heard(broker, STREAM, 1)
        async with asyncio.timeout(PATIENCE):
            while await campaign.outbox():  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.02)
        parts = ("postgresql", "kafka", "outbox", "request_ids")
        await until(lambda: role.health() == dict.fromkeys(parts, "ok"))


@pytest.mark.parametrize(
    "event",
    [
        theirs.ContactEvent(account_changed=theirs.AccountChanged(display_name="Kiln")),
        theirs.ContactEvent(deal_changed=theirs.DealChanged(display_name="Oven")),
    ],
)
async def test_a_company_or_a_deal_without_a_name_is_invalid_and_not_kept_under_a_made_up_one(event):
    record = Record(CONTACTS, 0, 0, None, event.SerializeToString(), [("ce_sequence", b"1.1")])
    with pytest.raises(Invalid, match="without a name"):
        await ContactsHandler(None).prepare(None, [record])


async def test_whom_was_merged_into_somebody_is_found_by_an_index_and_not_by_reading_everybody(campaign):
    async with campaign.database.connection() as conn:
        await conn.execute("SET enable_seqscan = off")
        plan = await (await conn.execute(f"EXPLAIN {FOLLOWERS}", ([uuid4()],))).fetchall()
        await conn.execute("RESET enable_seqscan")
    assert "person_survivor_index" in str(plan)
