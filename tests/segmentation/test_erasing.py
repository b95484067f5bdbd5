"""An erased person leaves every segment, and nothing that comes late puts her back."""

from chassis.bus import Record
from erasing import STREAM
from identity import parse_touch_name, touch_name
from touchline.contact.v1 import contact_events_pb2 as events
from touchline.interaction.v1.intake_pb2 import TouchBatch
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.segmentation.events import RECORDED, ErasureHandler
from services.segmentation.store.people import NOBODY
from tests.residue import holding
from tests.segmentation.world import HOUR, START, hear, stamp, us

HERS = ("Canary Weber", "canary plan", "Chief Canary", "canary mill")


def erased(world, contact, *, links=(), shared=(), off=()):
    said = events.ContactErased(erasure=f"erasures/{world.id()}", contact=f"contacts/{contact}")
    said.erase_time.CopyFrom(stamp(START))
    said.contacts.add(contact=f"contacts/{contact}", revision=world.next(contact))
    for subject in world.subjects[contact]:
        said.subjects.add(subject=subject.bytes, kind="email", shared=subject in shared)
    for subject, holder, since, until in links:
        (about,) = (each for each in said.subjects if each.subject == subject.bytes)
        held = (about.holdings if holder == contact else about.other_holdings).add(contact=f"contacts/{holder}")
        for field, at in (("from_time", since), ("to_time", until)):
            if at:
                getattr(held, field).CopyFrom(stamp(at))
    for touch, holder in off:
        (about,) = (each for each in said.subjects if each.subject == parse_touch_name(touch)[0])
        about.other_exclusions.add(touch=touch, contact=f"contacts/{holder}")
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


def touches(world, subject, *occurred, contact=None):
    """Touches under a subject, as interaction tells them."""
    world.records += 1
    batch = TouchBatch()
    for at in occurred:
        batch.touches.add(
            touch_id=world.id().bytes, subject=subject.bytes, type="call.logged", occurred_us=us(at),
            contact=contact.bytes if contact else b"",
        )  # fmt: skip
    sequence = [("ce_sequence", f"1.{world.records}".encode())]
    return Record(RECORDED, 0, world.records, None, batch.SerializeToString(), sequence)


def a_number(world, her, his):
    """A number that was hers until a day before START, and then his."""
    number, moment = world.id(), START - 24 * HOUR
    world.subjects[her].append(number)
    return number, [(number, her, None, moment), (number, his, moment, None)]


def handed_over(world, number, her, his):
    """That number's links, as contact tells them."""
    moment = stamp(START - 24 * HOUR)
    return [
        world.link("HOLDS", number, her, "phone", to_time=moment),
        world.link("HOLDS", number, his, "phone", from_time=moment),
    ]


async def owners(segmentation, subject):
    """Who has which touches of a subject, oldest first."""
    query = f"SELECT person_id, occurred_time FROM touch WHERE subject_id = '{subject}' ORDER BY 2, 1"
    return await facts(segmentation, query)


async def test_of_a_number_that_changed_hands_what_was_hers_goes_and_does_not_come_late(segmentation, world):
    her, his = world.contacts[:2]
    number, links = a_number(world, her, his)
    before, after = START - 25 * HOUR, START - 24 * HOUR
    async with segmentation.database.connection() as conn:
        await hear(conn, [*handed_over(world, number, her, his), touches(world, number, before, after)])
    assert await owners(segmentation, number) == [(her, before), (his, after)]
    async with segmentation.database.transaction() as tx:
        await ErasureHandler()(tx, erased(world, her, links=links, shared=[number]))
    async with segmentation.database.connection() as conn:
        late = touches(world, number, before, after + HOUR), touches(world, number, before - HOUR, contact=his)
        await hear(conn, late)
    assert await owners(segmentation, number) == [(his, before - HOUR), (his, after), (his, after + HOUR)]


async def test_an_erasure_that_comes_before_any_link_takes_what_was_hers_alone(segmentation, world):
    her, his = world.contacts[:2]
    number, links = a_number(world, her, his)
    desk, before, after = world.id(), START - 25 * HOUR, START - 24 * HOUR
    world.subjects[her].append(desk)
    shared = [(desk, her, None, None), (desk, his, None, None)]
    async with segmentation.database.connection() as conn:  # that she shares it is not heard of yet
        await hear(conn, [world.link("HOLDS", desk, her, "email"), touches(world, desk, before)])
        await hear(conn, [touches(world, number, before, after)])
    assert await owners(segmentation, desk) == [(her, before)]
    async with segmentation.database.transaction() as tx:
        await ErasureHandler()(tx, erased(world, her, links=[*links, *shared], shared=[number, desk]))
    assert await owners(segmentation, desk) == [(his, before)]
    assert await owners(segmentation, number) == [(NOBODY, after)]
    heard = [
        world.link("HOLDS", number, his, "phone", from_time=stamp(after)), world.link("SHARED", desk, his, "email"),
        world.link("SHARED", desk, her, "email"),
    ]  # fmt: skip
    async with segmentation.database.connection() as conn:
        await hear(conn, [*heard, touches(world, desk, after)])
    assert await owners(segmentation, desk) == [(his, before), (his, after)]
    assert await owners(segmentation, number) == [(his, after)]


async def test_what_was_taken_off_everybody_else_of_a_shared_box_goes_and_does_not_come_late(segmentation, world):
    her, his = world.contacts[:2]
    desk, first, second = world.id(), START - 25 * HOUR, START - 24 * HOUR
    world.subjects[her].append(desk)
    shared = [(desk, her, None, None), (desk, his, None, None)]
    hers, both = touches(world, desk, first), touches(world, desk, second)
    off = touch_name(desk.bytes, TouchBatch.FromString(hers.value).touches[0].touch_id)
    async with segmentation.database.connection() as conn:
        await hear(conn, [world.link("SHARED", desk, contact, "email") for contact in (her, his)])
        await hear(conn, [hers, both])
    async with segmentation.database.transaction() as tx:
        await ErasureHandler()(tx, erased(world, her, links=shared, shared=[desk], off=[(off, his)]))
    assert await owners(segmentation, desk) == [(his, second)]
    async with segmentation.database.connection() as conn:
        await hear(conn, [hers, both])
    assert await owners(segmentation, desk) == [(his, second)]


async def test_an_erasure_from_before_holdings_were_told_takes_what_is_known_to_be_hers(segmentation, world):
    her, his = world.contacts[:2]
    number, _ = a_number(world, her, his)
    before, after = START - 25 * HOUR, START - 24 * HOUR
    async with segmentation.database.connection() as conn:
        await hear(conn, [*handed_over(world, number, her, his), touches(world, number, before, after)])
    async with segmentation.database.transaction() as tx:
        await ErasureHandler()(tx, erased(world, her, shared=[number]))
    assert await owners(segmentation, number) == [(his, after)]
    assert await facts(segmentation, "SELECT count(*) FROM erased_span") == [(0,)]


async def test_no_rule_holds_who_is_restricted_until_it_is_lifted(segmentation, world):
    her = world.contacts[0]
    for is_restricted, state in ((True, "RESTRICTED"), (False, "ACTIVE")):
        said = events.ContactChanged(
            contact=f"contacts/{her}", revision=world.next(her), state="STATE_ACTIVE", restricted=is_restricted
        )
        async with segmentation.database.connection() as conn:
            await hear(conn, [world.record(contact_changed=said)])
        assert await facts(segmentation, f"SELECT state FROM person WHERE contact_id = '{her}'") == [(state,)]
