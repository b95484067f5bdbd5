"""SegmentationService over a real channel on real PostgreSQL: codes, reasons, paging, masks, request ids, events."""

import asyncio

import pytest
from chassis.errors import Aborted, AlreadyExists, InvalidArgument, NotFound, PermissionDenied
from google.protobuf.field_mask_pb2 import FieldMask
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_events_pb2 import SegmentationEvent

from services.segmentation.domain import segments


def contact(number):
    return f"contacts/0190a1b2-0000-7000-8000-{number:012x}"


async def a_segment(stub, display_name="Plant managers", **fields):
    segment = pb.Segment(display_name=display_name, **fields)
    return await stub.CreateSegment(pb.CreateSegmentRequest(segment=segment))


async def add(stub, segment, *numbers, **fields):
    request = pb.AddMembersRequest(name=segment.name, contacts=[contact(n) for n in numbers], **fields)
    return await stub.AddMembers(request)


async def members(stub, segment, page_size=0):
    found, token = [], ""
    while True:
        request = pb.ListMembersRequest(parent=segment.name, page_size=page_size, page_token=token)
        page = await stub.ListMembers(request)
        found += page.members
        token = page.next_page_token
        if not token:
            return found


async def test_a_segment_begins_as_an_empty_list(marketer):
    made = await a_segment(marketer, description="who runs a plant")
    assert (made.kind, made.member_count, made.etag) == (pb.Segment.KIND_LIST, 0, '"1"')
    assert await marketer.GetSegment(pb.GetSegmentRequest(name=made.name)) == made
    assert await members(marketer, made) == []


async def test_two_segments_cannot_be_told_apart_by_the_same_name(marketer):
    first, second = await a_segment(marketer, "Größte Kunden"), await a_segment(marketer, "Others")
    with pytest.raises(AlreadyExists) as refused:
        await a_segment(marketer, "GRÖSSTE kunden".replace("SS", "ß"))
    assert (refused.value.reason, refused.value.metadata["segment"]) == ("SEGMENT_NAME_TAKEN", first.name)
    patch = pb.Segment(name=second.name, display_name=first.display_name)
    with pytest.raises(AlreadyExists):
        await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=patch))
    itself = pb.Segment(name=first.name, display_name="größte Kunden")
    assert (await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=itself))).display_name == "größte Kunden"


async def test_of_ten_who_take_a_name_at_once_one_gets_it(marketer):
    outcomes = await asyncio.gather(*(a_segment(marketer) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, pb.Segment) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 9


async def test_contacts_come_and_go_and_are_counted_once(marketer):
    made = await a_segment(marketer)
    assert (await add(marketer, made, 1, 2, 2)).member_count == 2
    filled = await add(marketer, made, 2, 3)
    assert (filled.member_count, filled.etag) == (3, made.etag)
    assert [member.contact for member in await members(marketer, made, page_size=2)] == [contact(n) for n in (1, 2, 3)]
    (first, *_) = await members(marketer, made)
    assert (first.added_by, first.name) == ("users/maria", f"{made.name}/members/{contact(1).split('/')[1]}")
    left = await marketer.RemoveMembers(pb.RemoveMembersRequest(name=made.name, contacts=[contact(1), contact(9)]))
    assert left.member_count == 2


async def test_a_list_is_filled_by_many_at_once_without_losing_count(marketer):
    made = await a_segment(marketer)
    await asyncio.gather(*(add(marketer, made, *range(at, at + 10)) for at in range(0, 50, 5)))
    assert (await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))).member_count == 55
    assert len(await members(marketer, made, page_size=7)) == 55


async def test_only_news_is_said_and_membership_counts_apart_from_the_segment(segmentation, marketer):
    made = await a_segment(marketer)
    await add(marketer, made, 1, 2)
    await add(marketer, made, 1, 2)
    await add(marketer, made, 2, 3)
    await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=pb.Segment(name=made.name, description="new")))
    await marketer.RemoveMembers(pb.RemoveMembersRequest(name=made.name, contacts=[contact(3), contact(4)]))
    await marketer.DeleteSegment(pb.DeleteSegmentRequest(name=made.name))
    said = [SegmentationEvent.FromString(row[3]) for row in await segmentation.outbox()]
    assert [(event.WhichOneof("event"), event.revision) for event in said] == [
        ("segment_created", 1),
        ("members_added", 1),
        ("members_added", 2),
        ("segment_updated", 2),
        ("members_removed", 3),
        ("segment_deleted", 3),
    ]
    assert list(said[2].members_added.contacts) == [contact(3)]
    assert said[2].members_added.segment.member_count == 3
    assert list(said[4].members_removed.contacts) == [contact(3)]


async def test_a_deleted_segment_takes_its_memberships_with_it(segmentation, marketer):
    made = await a_segment(marketer)
    await add(marketer, made, 1)
    await marketer.DeleteSegment(pb.DeleteSegmentRequest(name=made.name))
    async with segmentation.database.connection() as conn:
        assert await (await conn.execute("SELECT count(*) FROM membership")).fetchone() == (0,)
    for call in (
        marketer.GetSegment(pb.GetSegmentRequest(name=made.name)),
        marketer.ListMembers(pb.ListMembersRequest(parent=made.name)),
        add(marketer, made, 1),
    ):
        with pytest.raises(NotFound) as refused:
            await call
        assert refused.value.reason == "SEGMENT_NOT_FOUND"


async def test_a_full_list_refuses_and_stays_as_it_is(marketer, monkeypatch):
    monkeypatch.setattr(segments, "MAXIMUM_MEMBERS", 2)
    made = await a_segment(marketer)
    await add(marketer, made, 1, 2)
    with pytest.raises(Exception, match="limit") as refused:
        await add(marketer, made, 3)
    assert (refused.value.reason, refused.value.metadata["limit"]) == ("SEGMENT_FULL", "2")
    assert (await add(marketer, made, 1)).member_count == 2


@pytest.mark.parametrize(
    ("contacts", "field"),
    [([], "contacts"), (["contacts/x"], "contacts[0]"), ([contact(1), "accounts/2"], "contacts[1]")],
)
async def test_members_are_named_properly(marketer, contacts, field):
    made = await a_segment(marketer)
    with pytest.raises(InvalidArgument) as refused:
        await marketer.AddMembers(pb.AddMembersRequest(name=made.name, contacts=contacts))
    assert refused.value.violations[0].field == field


async def test_a_thousand_at_once_fit_and_one_more_does_not(marketer):
    made = await a_segment(marketer)
    assert (await add(marketer, made, *range(1000))).member_count == 1000
    with pytest.raises(InvalidArgument):
        await add(marketer, made, *range(1001))


async def test_an_update_keeps_to_its_mask_and_its_etag(marketer):
    made = await a_segment(marketer, description="before")
    patch = pb.Segment(name=made.name, description="after", display_name="ignored", etag=made.etag)
    mask = FieldMask(paths=["description"])
    changed = await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=patch, update_mask=mask))
    assert (changed.description, changed.display_name, changed.etag) == ("after", made.display_name, '"2"')
    with pytest.raises(Aborted):
        await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=patch, update_mask=mask))
    with pytest.raises(Aborted):
        await marketer.DeleteSegment(pb.DeleteSegmentRequest(name=made.name, etag=made.etag))


async def test_segments_are_paged_and_filtered(marketer):
    made = [await a_segment(marketer, f"List {n}") for n in range(5)]
    await add(marketer, made[3], 1)
    page = await marketer.ListSegments(pb.ListSegmentsRequest(page_size=2))
    assert [segment.display_name for segment in page.segments] == ["List 4", "List 3"]
    rest = await marketer.ListSegments(pb.ListSegmentsRequest(page_size=3, page_token=page.next_page_token))
    assert [segment.display_name for segment in rest.segments] == ["List 2", "List 1", "List 0"]
    assert rest.next_page_token == ""
    full = await marketer.ListSegments(pb.ListSegmentsRequest(filter="member_count > 0"))
    assert [segment.display_name for segment in full.segments] == ["List 3"]


async def test_a_repeated_request_answers_with_the_segment_as_it_is_now(segmentation, marketer):
    request = pb.CreateSegmentRequest(segment=pb.Segment(display_name="Once"), request_id="one")
    made = await marketer.CreateSegment(request)
    await add(marketer, made, 1, request_id="two")
    await add(marketer, made, 5)
    again = await add(marketer, made, 1, request_id="two")
    assert again.member_count == 2
    assert (await marketer.CreateSegment(request)).member_count == 2
    assert len(await segmentation.outbox()) == 3


async def test_who_may_not_plan_may_read(segmentation, marketer):
    made = await a_segment(marketer)
    rep = await segmentation.stub("rep")
    assert (await rep.GetSegment(pb.GetSegmentRequest(name=made.name))).name == made.name
    with pytest.raises(PermissionDenied):
        await add(rep, made, 1)
