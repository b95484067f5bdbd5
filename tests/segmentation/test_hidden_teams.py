"""Where teams are hidden from each other, another team's person is in no segment's list, sample or explanation."""

from typing import Any

import pytest
from chassis.config import TeamVisibility
from chassis.errors import InvalidArgument
from touchline.contact.v1 import contact_events_pb2 as events
from touchline.contact.v1 import contact_pb2
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from tests.segmentation.test_rpc import a_segment, add, contact, members
from tests.segmentation.world import START, World, hear, stamp
from tests.serving import serving

ACTIVE = contact_pb2.Contact.STATE_ACTIVE


@pytest.fixture
async def hiding(make_database, token):
    settings = make_database("segmentation", team_visibility=TeamVisibility.HIDDEN)
    async with serving("segmentation", settings, SegmentationServiceStub, token) as served:
        world = World(5)
        records = [
            world.record(
                contact_changed=events.ContactChanged(
                    contact=contact(number), revision=1, display_name=f"P{number}", state=ACTIVE,
                    create_time=stamp(START), **owned,
                )
            )
            for number, owned in enumerate(({"team": "teams/west"}, {"team": "teams/south"}, {"owner": "users/bob"}), 1)
        ]  # fmt: skip
        async with served.database.connection() as conn:
            await hear(conn, records)
        yield served


async def streamed(stub: Any, segment: pb.Segment) -> list[str]:
    answers = stub.StreamMembers(pb.StreamMembersRequest(segment=segment.name))
    return [one async for answer in answers for one in answer.contacts]


async def test_members_samples_and_explanations_are_of_whom_one_knows_and_services_know_everybody(hiding):
    service = await hiding.stub("service")
    bob = await hiding.stub("marketer", subject="users/bob", team="teams/south")
    everyone = [contact(number) for number in (1, 2, 3)]
    segment = await a_segment(service)
    await add(service, segment, 1, 2, 3)
    assert await streamed(service, segment) == everyone
    for stub, known in ((service, everyone), (bob, everyone[1:])):
        assert [one.contact for one in await members(stub, segment, 1)] == known
        preview = await stub.PreviewSegment(pb.PreviewSegmentRequest(rule=pb.Rule(everyone=pb.EveryContact())))
        assert (preview.member_count, [one.contact for one in preview.samples]) == (3, known)
    await counts_whom_he_knows(await hiding.stub("rep", subject="users/bob", team="teams/south"), segment.name)
    for role in ("marketer", "approver"):
        await counts_everybody(await hiding.stub(role, subject="users/bob", team="teams/south"), segment.name)
    rule = await a_segment(service, "All", rule=pb.Rule(everyone=pb.EveryContact()))
    for each in (segment, rule):
        theirs, nobodys, hers = [
            await bob.ExplainMembership(pb.ExplainMembershipRequest(segment=each.name, contact=name))
            for name in (contact(1), contact(9), contact(2))
        ]
        assert hers.is_member
        for answer in (theirs, nobodys):
            answer.ClearField("contact")
            answer.ClearField("evaluate_time")
        assert theirs == nobodys
        assert not theirs.is_member


async def counts_everybody(planner: Any, segment: str) -> None:
    """Who plans or approves mailings counts all three, also those whom nobody names to him."""
    assert (await planner.GetSegment(pb.GetSegmentRequest(name=segment))).member_count == 3
    (listed,) = (await planner.ListSegments(pb.ListSegmentsRequest(filter="member_count = 3"))).segments
    assert listed.member_count == 3


async def counts_whom_he_knows(rep: Any, segment: str) -> None:
    """Who plans no mailings counts two of three, and no filter counts for him."""
    assert (await rep.GetSegment(pb.GetSegmentRequest(name=segment))).member_count == 2
    (listed,) = (await rep.ListSegments(pb.ListSegmentsRequest())).segments
    assert listed.member_count == 2
    with pytest.raises(InvalidArgument):
        await rep.ListSegments(pb.ListSegmentsRequest(filter="member_count = 3"))
