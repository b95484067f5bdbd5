"""A rule that PostgreSQL refuses to evaluate: it fails alone, says why, and is tried again when somebody changes it."""

from contextlib import asynccontextmanager

from google.protobuf.field_mask_pb2 import FieldMask
from touchline.segmentation.v1 import segmentation_pb2 as pb

from tests.segmentation.test_rules import EVERYONE, both, make, text
from tests.segmentation.world import START, hear, stamp

RENEWED = pb.Rule(
    attribute=pb.AttributeCondition(
        attribute="attributes.renewal",
        operator=pb.OPERATOR_AT_LEAST,
        values=[pb.Value(time_value=stamp(START.replace(year=2000)))],
    )
)
SPOIL = """
UPDATE person SET attributes = jsonb_set(attributes, '{attributes.renewal}', '{"time": "never"}')
WHERE contact_id = (SELECT min(contact_id::text)::uuid FROM person WHERE state = 'ACTIVE') RETURNING contact_id
"""
MEND = "UPDATE person SET attributes = attributes - 'attributes.renewal' WHERE contact_id = %s"
NOTE = "INSERT INTO change (contact_id, concern, touch, resource) VALUES (%s, 'attribute:attributes.renewal', '', '')"


@asynccontextmanager
async def spoiled(segmentation):
    """Somebody has a renewal that is no moment; gives who, on a connection."""
    async with segmentation.database.connection() as conn:
        ((contact,),) = await (await conn.execute(SPOIL)).fetchall()
        yield conn, contact


async def read(stub, segment):
    return await stub.GetSegment(pb.GetSegmentRequest(name=segment.name))


def stands(segment):
    return segment.state, segment.active_rule_version, segment.failure


async def test_a_rule_that_cannot_be_filled_fails_alone(segmentation, marketer, world, settle):
    async with spoiled(segmentation):
        bad = await make(marketer, RENEWED, "Bad")
        good = await make(marketer, EVERYONE, "Good")
        await settle()
    failed, ready = await read(marketer, bad), await read(marketer, good)
    assert stands(failed) == (pb.Segment.STATE_FAILED, 0, "InvalidTextRepresentation 22P02")
    assert stands(ready) == (pb.Segment.STATE_READY, 1, "")
    assert ready.member_count > 5


async def test_a_rule_that_fails_later_keeps_its_members_and_the_others_go_on(segmentation, marketer, world, settle):
    bad, good = await make(marketer, RENEWED, "Bad"), await make(marketer, EVERYONE, "Good")
    await settle()
    before = await read(marketer, bad), await read(marketer, good)
    leaver = (await marketer.ListMembers(pb.ListMembersRequest(parent=good.name))).members[-1].contact
    async with spoiled(segmentation) as (conn, contact):
        assert not leaver.endswith(str(contact))
        await conn.execute(NOTE, (contact,))
        (gone,) = [each for each in world.contacts if leaver.endswith(str(each))]
        await hear(conn, [world.contact(gone, state="DELETED")])
        assert await settle() == 1
    failed, ready = await read(marketer, bad), await read(marketer, good)
    assert stands(failed) == (pb.Segment.STATE_FAILED, 1, "InvalidTextRepresentation 22P02")
    assert failed.member_count == before[0].member_count > 0
    assert (ready.state, ready.member_count) == (pb.Segment.STATE_READY, before[1].member_count - 1)


async def test_a_new_rule_that_fails_leaves_the_old_one_at_work(segmentation, marketer, world, settle):
    made = await make(marketer, EVERYONE)
    await settle()
    members = (await read(marketer, made)).member_count
    async with spoiled(segmentation) as (conn, contact):
        changed = pb.Segment(name=made.name, rule=both(EVERYONE, RENEWED))
        await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=changed))
        await settle()
        assert stands(await read(marketer, made)) == (pb.Segment.STATE_FAILED, 1, "InvalidTextRepresentation 22P02")
        await hear(conn, [world.contact(contact, state="DELETED")])
        await settle()
    assert (await read(marketer, made)).member_count == members - 1
    await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=pb.Segment(name=made.name, rule=text("stage", "x"))))
    await settle()
    ready = await read(marketer, made)
    assert (*stands(ready), ready.member_count) == (pb.Segment.STATE_READY, 3, "", 0)


async def test_a_change_of_the_segment_tries_its_rule_again(segmentation, marketer, world, settle):
    async with spoiled(segmentation) as (conn, contact):
        made = await make(marketer, RENEWED)
        await settle()
        await conn.execute(MEND, (contact,))
    patch = pb.UpdateSegmentRequest(
        segment=pb.Segment(name=made.name, description="mended"), update_mask=FieldMask(paths=["description"])
    )
    assert (await marketer.UpdateSegment(patch)).state == pb.Segment.STATE_BUILDING
    await settle()
    ready = await read(marketer, made)
    assert stands(ready) == (pb.Segment.STATE_READY, 2, "")
    assert ready.member_count > 0
