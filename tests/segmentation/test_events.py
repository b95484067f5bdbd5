"""What segmentation says reaches its stream, keyed by segment."""

from chassis.bus_memory import MemoryBroker
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_events_pb2 import SegmentationEvent

from services.segmentation.events import STREAM
from tests.relaying import heard, relaying

CONTACT = "contacts/0190a1b2-0000-7000-8000-000000000001"


async def test_members_are_announced_behind_their_segment(segmentation, marketer):
    broker = MemoryBroker()
    async with relaying(segmentation.settings, broker, "segmentation"):
        made = await marketer.CreateSegment(pb.CreateSegmentRequest(segment=pb.Segment(display_name="All")))
        await marketer.AddMembers(pb.AddMembersRequest(name=made.name, contacts=[CONTACT]))
        first, second = await heard(broker, STREAM, 2)
    assert {first.key, second.key} == {made.name.encode()}
    assert first.header("ce_type") == "touchline.segmentation.v1.SegmentCreated"
    assert list(SegmentationEvent.FromString(second.value).members_added.contacts) == [CONTACT]


async def test_a_thousand_members_fit_into_one_record(segmentation, marketer):
    broker = MemoryBroker()
    contacts = [f"contacts/0190a1b2-0000-7000-8000-{n:012x}" for n in range(1000)]
    async with relaying(segmentation.settings, broker, "segmentation"):
        made = await marketer.CreateSegment(pb.CreateSegmentRequest(segment=pb.Segment(display_name="All")))
        await marketer.AddMembers(pb.AddMembersRequest(name=made.name, contacts=contacts))
        records = await heard(broker, STREAM, 2)
    assert len(SegmentationEvent.FromString(records[1].value).members_added.contacts) == 1000
