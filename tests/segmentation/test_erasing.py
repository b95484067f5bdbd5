"""An erased person leaves every segment, and nothing that comes late puts her back."""

from chassis.bus import Record
from erasing import STREAM
from touchline.contact.v1 import contact_events_pb2 as events
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.segmentation.events import ErasureHandler
from tests.residue import holding
from tests.segmentation.world import START, hear, stamp

HERS = ("Canary Weber", "canary plan", "Chief Canary", "canary mill")


def erased(world, contact):
    said = events.ContactErased(erasure=f"erasures/{world.id()}", contact=f"contacts/{contact}")
    said.erase_time.CopyFrom(stamp(START))
    said.contacts.add(contact=f"contacts/{contact}", revision=world.next(contact))
    for subject in world.subjects[contact]:
        said.subjects.add(subject=subject.bytes, kind="email")
    value = events.ContactEvent(contact_erased=said).SerializeToString()
    return Record(STREAM, 0, 1, b"", value, [("ce_sequence", b"1.1")])


async def facts(segmentation, query):
    async with segmentation.database.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def test_she_leaves_lists_and_rules_and_nothing_of_her_is_left(segmentation, marketer, world, settle):
    her, other = world.contacts[:2]
    named = events.ContactChanged(
        contact=f"contacts/{her}", revision=world.next(her), display_name="Canary Weber", title="Chief Canary",
        stage="lead", state="STATE_ACTIVE",
    )  # fmt: skip
    named.attributes["plan"].string_value = "canary plan"
    async with segmentation.database.connection() as conn:
        bought = world.purchase(her, "canary mill", 1999, "EUR", START)
        await hear(conn, [world.record(contact_changed=named), bought])
        assert set(await holding(conn, HERS)) >= {"public.person", "public.purchase"}
    members = [f"contacts/{contact}" for contact in (her, other)]
    made = await marketer.CreateSegment(pb.CreateSegmentRequest(segment=pb.Segment(display_name="List")))
    await marketer.AddMembers(pb.AddMembersRequest(name=made.name, contacts=members))
    async with segmentation.database.transaction() as tx:
        await ErasureHandler()(tx, erased(world, her))
    await settle()
    kept = await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))
    assert kept.member_count == 1
    person = f"SELECT state, display_name, attributes FROM person WHERE contact_id = '{her}'"
    assert await facts(segmentation, person) == [("ERASED", "", {})]
    late = [world.link("HOLDS", world.subjects[her][0], her, "email"), world.record(contact_changed=named), bought]
    async with segmentation.database.connection() as conn:
        await hear(conn, late)
        await conn.execute("DELETE FROM outbox")
        assert await holding(conn, HERS) == {}
    assert await facts(segmentation, f"SELECT count(*) FROM link WHERE contact_id = '{her}'") == [(0,)]


async def test_no_rule_holds_who_is_restricted_until_it_is_lifted(segmentation, world):
    her = world.contacts[0]
    for is_restricted, state in ((True, "RESTRICTED"), (False, "ACTIVE")):
        said = events.ContactChanged(
            contact=f"contacts/{her}", revision=world.next(her), state="STATE_ACTIVE", restricted=is_restricted
        )
        async with segmentation.database.connection() as conn:
            await hear(conn, [world.record(contact_changed=said)])
        assert await facts(segmentation, f"SELECT state FROM person WHERE contact_id = '{her}'") == [(state,)]
