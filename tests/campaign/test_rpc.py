"""CampaignService over a real channel on real PostgreSQL: codes, reasons, paging, masks, request ids, events."""

import asyncio
from datetime import UTC, datetime

import pytest
from chassis.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_events_pb2 import CampaignEvent

NOBODY = "0190a1b2-0000-7000-8000-000000000000"


async def a_campaign(stub, **fields):
    fields.setdefault("display_name", "Spring mailing")
    return await stub.CreateCampaign(pb.CreateCampaignRequest(campaign=pb.Campaign(**fields)))


async def a_programme(stub, **fields):
    fields.setdefault("display_name", "Efficiency year")
    return await stub.CreateProgramme(pb.CreateProgrammeRequest(programme=pb.Programme(**fields)))


async def set_state(campaign, name, state):
    async with campaign.database.connection() as conn:
        await conn.execute("UPDATE campaign SET state = %s WHERE id = %s", [state, name.split("/")[1]])


async def test_a_campaign_begins_as_a_draft_owned_by_its_creator(marketer):
    made = await a_campaign(marketer, brand="Kestrel", planned_start_time=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert made.state == pb.Campaign.STATE_DRAFT
    assert (made.owner, made.brand, made.etag) == ("users/maria", "Kestrel", '"1"')
    assert made.planned_start_time.ToDatetime(tzinfo=UTC) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert not made.HasField("planned_end_time")
    assert await marketer.GetCampaign(pb.GetCampaignRequest(name=made.name)) == made


async def test_a_programme_keeps_its_days(marketer):
    made = await a_programme(
        marketer, start_date=Date(year=2026, month=1, day=1), end_date=Date(year=2026, month=12, day=31)
    )
    read = await marketer.GetProgramme(pb.GetProgrammeRequest(name=made.name))
    assert (read.start_date.month, read.end_date.day) == (1, 31)
    assert read == made


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"display_name": ""}, "campaign.display_name", "REQUIRED"),
        ({"display_name": "x" * 201}, "campaign.display_name", "STRING_MAX_LEN"),
        ({"display_name": "a\0b"}, "campaign.display_name", "STRING_NUL"),
        ({"programme": "campaigns/1"}, "campaign.programme", "RESOURCE_NAME_INVALID"),
        ({"planned_start_time": {"seconds": 1}}, "campaign.planned_start_time", "TIMESTAMP_GTE_LT"),
        (
            {"planned_start_time": {"seconds": 1780000000, "nanos": 2**31 - 1}},
            "campaign.planned_start_time",
            "CAMPAIGN_TIMES_INVALID",
        ),
        (
            {"planned_start_time": {"seconds": 1780000000}, "planned_end_time": {"seconds": 1770000000}},
            "campaign.planned_end_time",
            "CAMPAIGN_TIMES_INVALID",
        ),
    ],
)
async def test_bad_input_is_refused_field_by_field_and_nothing_changes(campaign, marketer, fields, field, reason):
    with pytest.raises(InvalidArgument) as refused:
        await a_campaign(marketer, **{"display_name": "Fine", **fields})
    assert (refused.value.violations[0].field, refused.value.violations[0].reason) == (field, reason)
    assert not (await marketer.ListCampaigns(pb.ListCampaignsRequest())).campaigns
    assert await campaign.outbox() == []


@pytest.mark.parametrize("day", [Date(year=2026), Date(year=2026, month=2, day=30), Date(month=2, day=1)])
async def test_a_date_is_a_day_of_the_calendar(marketer, day):
    with pytest.raises(InvalidArgument) as refused:
        await a_programme(marketer, start_date=day)
    assert refused.value.violations[0].reason == "PROGRAMME_DATES_INVALID"


async def test_an_update_changes_what_its_mask_names_and_nothing_else(marketer):
    made = await a_campaign(marketer, description="before", brand="Kestrel")
    patch = pb.Campaign(name=made.name, description="after", brand="other", state=pb.Campaign.STATE_RUNNING)
    changed = await marketer.UpdateCampaign(
        pb.UpdateCampaignRequest(campaign=patch, update_mask=FieldMask(paths=["description"]))
    )
    assert (changed.description, changed.brand, changed.state) == ("after", "Kestrel", pb.Campaign.STATE_DRAFT)
    assert (changed.display_name, changed.etag) == ("Spring mailing", '"2"')
    assert changed.update_time.ToNanoseconds() > changed.create_time.ToNanoseconds()


async def test_a_whole_update_clears_what_it_leaves_out_but_never_the_name(marketer):
    made = await a_campaign(marketer, description="before")
    whole = FieldMask(paths=["*"])
    renamed = pb.Campaign(name=made.name, display_name="New", owner="users/otto")
    changed = await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=renamed, update_mask=whole))
    assert (changed.description, changed.owner, changed.display_name) == ("", "users/otto", "New")
    nameless = pb.Campaign(name=made.name)
    with pytest.raises(InvalidArgument) as refused:
        await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=nameless, update_mask=whole))
    assert refused.value.violations[0].reason == "REQUIRED"


async def test_a_mask_that_names_no_field_is_refused(marketer):
    made = await a_campaign(marketer)
    with pytest.raises(InvalidArgument) as refused:
        await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=made, update_mask=FieldMask(paths=["colour"])))
    assert refused.value.reason == "UPDATE_MASK_INVALID"


async def test_a_stale_etag_is_aborted_and_none_means_whatever_is_there(marketer):
    made = await a_campaign(marketer)
    patch = pb.Campaign(name=made.name, brand="a", etag=made.etag)
    await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=patch))
    with pytest.raises(Aborted) as refused:
        await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=patch))
    assert refused.value.reason == "ETAG_MISMATCH"
    with pytest.raises(Aborted):
        await marketer.DeleteCampaign(pb.DeleteCampaignRequest(name=made.name, etag=made.etag))
    patch.etag = ""
    assert (await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=patch))).etag == '"3"'


async def test_a_campaign_that_is_over_is_neither_edited_nor_deleted(campaign, marketer):
    made = await a_campaign(marketer)
    await set_state(campaign, made.name, "FINISHED")
    with pytest.raises(FailedPrecondition) as refused:
        await marketer.UpdateCampaign(pb.UpdateCampaignRequest(campaign=pb.Campaign(name=made.name, brand="x")))
    assert (refused.value.reason, refused.value.metadata["state"]) == ("CAMPAIGN_NOT_EDITABLE", "FINISHED")
    with pytest.raises(FailedPrecondition) as refused:
        await marketer.DeleteCampaign(pb.DeleteCampaignRequest(name=made.name))
    assert refused.value.reason == "CAMPAIGN_NOT_DELETABLE"


async def test_a_programme_with_campaigns_is_kept(marketer):
    programme = await a_programme(marketer)
    made = await a_campaign(marketer, programme=programme.name)
    with pytest.raises(FailedPrecondition) as refused:
        await marketer.DeleteProgramme(pb.DeleteProgrammeRequest(name=programme.name))
    assert refused.value.reason == "PROGRAMME_NOT_EMPTY"
    await marketer.DeleteCampaign(pb.DeleteCampaignRequest(name=made.name))
    await marketer.DeleteProgramme(pb.DeleteProgrammeRequest(name=programme.name))
    with pytest.raises(NotFound) as gone:
        await marketer.GetProgramme(pb.GetProgrammeRequest(name=programme.name))
    assert gone.value.reason == "PROGRAMME_NOT_FOUND"


async def test_what_is_not_there_is_not_found(marketer):
    with pytest.raises(NotFound) as refused:
        await marketer.GetCampaign(pb.GetCampaignRequest(name=f"campaigns/{NOBODY}"))
    assert (refused.value.reason, refused.value.metadata["campaign"]) == ("CAMPAIGN_NOT_FOUND", f"campaigns/{NOBODY}")
    with pytest.raises(NotFound) as refused:
        await a_campaign(marketer, programme=f"programmes/{NOBODY}")
    assert refused.value.reason == "PROGRAMME_NOT_FOUND"
    with pytest.raises(InvalidArgument):
        await marketer.GetCampaign(pb.GetCampaignRequest(name="campaigns/one"))


async def test_lists_are_paged_newest_first_and_miss_nothing(marketer):
    made = [(await a_campaign(marketer, display_name=f"Mailing {n}")).name for n in range(7)]
    seen, token = [], ""
    while True:
        page = await marketer.ListCampaigns(pb.ListCampaignsRequest(page_size=3, page_token=token))
        seen += [campaign.name for campaign in page.campaigns]
        token = page.next_page_token
        if not token:
            break
    assert seen == made[::-1]


async def test_a_token_of_another_filter_or_caller_is_refused(campaign, marketer):
    for n in range(3):
        await a_campaign(marketer, display_name=f"Mailing {n}")
    token = (await marketer.ListCampaigns(pb.ListCampaignsRequest(page_size=1))).next_page_token
    with pytest.raises(InvalidArgument) as refused:
        await marketer.ListCampaigns(pb.ListCampaignsRequest(page_token=token, filter='brand = "x"'))
    assert refused.value.reason == "PAGE_TOKEN_MISMATCH"
    other = await campaign.stub("analyst", subject="users/anton")
    with pytest.raises(InvalidArgument):
        await other.ListCampaigns(pb.ListCampaignsRequest(page_token=token))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('brand = "Kestrel"', {"A", "B"}),
        ('state = DRAFT AND display_name = "A"', {"A"}),
        ("state = RUNNING", set()),
        ('programme = "{programme}"', {"B"}),
        ('programme != "{programme}"', {"A", "C"}),
        ('create_time > "2100-01-01T00:00:00Z"', set()),
        ('owner = "users/maria"', {"A", "B", "C"}),
    ],
)
async def test_campaigns_are_found_by_filter(marketer, text, expected):
    programme = (await a_programme(marketer)).name
    await a_campaign(marketer, display_name="A", brand="Kestrel")
    await a_campaign(marketer, display_name="B", brand="Kestrel", programme=programme)
    await a_campaign(marketer, display_name="C")
    request = pb.ListCampaignsRequest(filter=text.replace("{programme}", programme))
    assert {each.display_name for each in (await marketer.ListCampaigns(request)).campaigns} == expected


async def test_a_filter_over_something_else_is_refused(marketer):
    with pytest.raises(InvalidArgument):
        await marketer.ListCampaigns(pb.ListCampaignsRequest(filter="revision = 1"))
    with pytest.raises(InvalidArgument):
        await marketer.ListCampaigns(pb.ListCampaignsRequest(filter='programme = "x"'))


async def test_programmes_are_listed_and_filtered(marketer):
    await a_programme(marketer, display_name="One")
    two = await a_programme(marketer, display_name="Two")
    found = await marketer.ListProgrammes(pb.ListProgrammesRequest(filter='display_name = "Two"'))
    assert list(found.programmes) == [two]
    assert len((await marketer.ListProgrammes(pb.ListProgrammesRequest())).programmes) == 2


async def test_a_repeated_request_id_does_nothing_again(campaign, marketer):
    request = pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Once"), request_id="one")
    first = await marketer.CreateCampaign(request)
    assert await marketer.CreateCampaign(request) == first
    update = pb.UpdateCampaignRequest(campaign=pb.Campaign(name=first.name, brand="b"), request_id="two")
    second = await marketer.UpdateCampaign(update)
    assert await marketer.UpdateCampaign(update) == second
    assert (await marketer.CreateCampaign(request)).brand == "b"
    assert len(await campaign.outbox()) == 2
    with pytest.raises(InvalidArgument):
        await marketer.CreateCampaign(
            pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Other"), request_id="one")
        )


async def test_a_repeated_delete_is_answered_and_a_resource_gone_since_is_said_to_be(marketer):
    create = pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Once"), request_id="one")
    made = await marketer.CreateCampaign(create)
    delete = pb.DeleteCampaignRequest(name=made.name, request_id="two")
    await marketer.DeleteCampaign(delete)
    await marketer.DeleteCampaign(delete)
    with pytest.raises(NotFound) as gone:
        await marketer.CreateCampaign(create)
    assert gone.value.reason == "DELETED_SINCE"


async def test_twenty_concurrent_calls_with_one_request_id_have_one_effect(campaign, marketer):
    request = pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Once"), request_id="one")

    async def call():
        while True:
            try:
                return (await marketer.CreateCampaign(request, timeout=10)).name
            except Aborted:
                await asyncio.sleep(0.05)

    names = await asyncio.gather(*(call() for _ in range(20)))
    assert len(set(names)) == 1
    assert len(await campaign.outbox()) == 1


async def test_every_change_is_said_once_with_the_state_after(campaign, marketer):
    programme = await a_programme(marketer)
    made = await a_campaign(marketer, programme=programme.name)
    changed = await marketer.UpdateCampaign(
        pb.UpdateCampaignRequest(campaign=pb.Campaign(name=made.name, brand="Kestrel"))
    )
    await marketer.DeleteCampaign(pb.DeleteCampaignRequest(name=made.name))
    said = [CampaignEvent.FromString(row[3]) for row in await campaign.outbox()]
    about_it = [event for event in said if event.WhichOneof("event") != "programme_created"]
    assert [event.WhichOneof("event") for event in about_it] == [
        "campaign_created",
        "campaign_updated",
        "campaign_deleted",
    ]
    assert [event.revision for event in about_it] == [1, 2, 3]
    assert about_it[0].campaign_created.campaign == made
    assert about_it[1].campaign_updated.campaign == changed
    assert about_it[2].campaign_deleted.campaign == made.name
    (created,) = [row for row in await campaign.outbox() if row[0] == "touchline.campaign.v1.CampaignCreated"]
    assert (created[1], created[2]) == (made.name, made.name.encode())


async def test_programmes_say_what_becomes_of_them(campaign, marketer):
    made = await a_programme(marketer)
    patch = pb.Programme(name=made.name, display_name="Renamed", etag=made.etag)
    changed = await marketer.UpdateProgramme(pb.UpdateProgrammeRequest(programme=patch))
    assert changed.display_name == "Renamed"
    await marketer.DeleteProgramme(pb.DeleteProgrammeRequest(name=made.name))
    said = [CampaignEvent.FromString(row[3]) for row in await campaign.outbox()]
    kinds = ["programme_created", "programme_updated", "programme_deleted"]
    assert [event.WhichOneof("event") for event in said] == kinds


async def test_who_may_not_plan_may_read(campaign, marketer):
    made = await a_campaign(marketer)
    rep = await campaign.stub("rep")
    assert (await rep.GetCampaign(pb.GetCampaignRequest(name=made.name))).name == made.name
    with pytest.raises(PermissionDenied):
        await a_campaign(rep)
    with pytest.raises(Unauthenticated):
        await (await campaign.stub()).ListCampaigns(pb.ListCampaignsRequest())


async def test_a_programme_is_not_deleted_under_a_campaign_that_is_being_put_there(marketer):
    programme = await a_programme(marketer)
    outcomes = await asyncio.gather(
        a_campaign(marketer, programme=programme.name),
        marketer.DeleteProgramme(pb.DeleteProgrammeRequest(name=programme.name)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, NotFound | FailedPrecondition) for outcome in outcomes) == 1
    assert not any(isinstance(outcome, AlreadyExists) for outcome in outcomes)
