"""Erasing a person's touches: what is hers goes, what others share stays, nothing late brings any of it back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import identity
from chassis.erasures import vacuum
from google.protobuf.struct_pb2 import Struct
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.interaction.test_events import rows
from tests.interaction.world import NOW, World, names, new_link, touch
from tests.residue import holding

URL = "https://kiln.example/canary?mail=her"
HERS = ("canary@kiln.example", "Canary Ada", "canary note", "192.0.2.77", URL, "canary-id")


def attributes(**told: object) -> Struct:
    made = Struct()
    made.update(told)
    return made


async def left(world: World) -> dict[str, set[str]]:
    async with world.database.connection() as conn:
        await conn.execute("DELETE FROM outbox")
        return await holding(conn, HERS)


async def a_history(world: World, ada: UUID) -> list[str]:
    """Touches of every kind of hers: by mail, by a rep, with evidence, refused."""
    subject = world.subjects.of("email", "canary@kiln.example")
    world.contact(ada, name="Canary Ada", owner="users/ada")
    for _ in range(2):  # what the planner notes are values that come more than once
        world.contact(uuid4(), name="Somebody")
    world.holds(ada, subject)
    value = {"value": "canary@kiln.example"}
    found = await world.accept(
        touch("canary-id", "email.opened", ago=90, evidence=pb.Evidence(ip="192.0.2.77", user_agent="Probe"), **value),
        touch("2", "web.visited", ago=80, attributes=attributes(url=URL), **value),
        touch("3", "call.logged", ago=70, attributes=attributes(note="canary note", duration_minutes=2),
              names=pb.Names(contact="Canary Ada"), **value),
    )  # fmt: skip
    await world.record(touch("canary-id", "email.clicked", ago=90, **value))  # says something else: a conflict
    await world.settled()
    return found


async def test_nothing_of_an_erased_person_is_left_and_her_page_says_so(world: World) -> None:
    ada = uuid4()
    await a_history(world, ada)
    async with world.database.connection() as conn:
        await conn.execute("ANALYZE")
    assert {"public.touch_conflict", "public.contact", "pg_stats"} <= (await left(world)).keys()
    world.erase(ada, alone=[world.subjects.of("email", "canary@kiln.example")])
    await world.settled()
    async with world.database.connection() as conn:
        (counts,) = await (await conn.execute("SELECT rows FROM erasure")).fetchone()
        await vacuum(conn, [table for table, count in counts.items() if count])
    assert (counts["touch"], counts["touch_raw"], counts["touch_conflict"], counts["link"]) == (3, 1, 1, 1)
    assert await left(world) == {}
    assert rows(world, "SELECT count(*) FROM link") == [(0,)]
    assert rows(world, "SELECT count(*) FROM touch_count") == [(0,)]
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}"))
    assert (list(page.threads), page.counts.total) == ([], 0)


async def test_a_touch_that_comes_late_is_forgotten_and_one_of_later_starts_afresh(world: World) -> None:
    ada = uuid4()
    await a_history(world, ada)
    world.erase(ada, alone=[world.subjects.of("email", "canary@kiln.example")], ago=30)
    await world.settled()
    value = {"value": "canary@kiln.example"}
    late = touch("late", ago=60, contact=f"contacts/{ada}", **value)
    own = touch("own", "call.logged", source="console", ago=-5)
    own.identifier.value = str(ada)
    await world.record(late, touch("4", ago=50, **value), own)
    await world.accept(touch("fresh", ago=-5, **value))
    kept = rows(world, "SELECT contact_id, occurred_time FROM touch")
    assert kept == [(None, NOW + timedelta(seconds=5))]


async def test_links_and_states_from_before_do_not_come_back(world: World) -> None:
    ada, omar = uuid4(), uuid4()
    subject = world.subjects.of("email", "canary@kiln.example")
    link = new_link(identity.Kind.HOLDS, contact=ada, subject=subject)
    world.erase(ada, alone=[subject])
    await world.settled()
    world.contact(ada, owner="users/ada", revision=3)
    world.link(link)
    world.link(new_link(identity.Kind.MERGE, contact=omar, survivor=ada))
    await world.settled()
    assert rows(world, "SELECT count(*) FROM link") == [(0,)]
    assert rows(world, "SELECT state, owner FROM contact") == [(4, "")]


async def test_of_a_shared_mailbox_only_what_is_hers_alone_goes(world: World) -> None:
    ada, omar = uuid4(), uuid4()
    desk = world.subjects.of("email", "desk@kiln.example")
    for contact in (ada, omar):
        world.contact(contact)
        world.link(new_link(identity.Kind.SHARED, contact=contact, subject=desk))
    await world.settled()
    value = {"value": "desk@kiln.example"}
    both, hers, his = await world.accept(
        touch("1", ago=50, **value),
        touch("2", ago=40, contact=f"contacts/{ada}", **value),
        touch("3", ago=30, contact=f"contacts/{omar}", **value),
    )
    world.erase(ada, shared=[desk])
    await world.settled()
    assert names(await world.timeline(f"contacts/{omar}")) == [[his], [both]]
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{omar}"))
    assert page.counts.total == 2
    await world.accept(touch("4", ago=20, contact=f"contacts/{ada}", **value))
    assert hers not in str(names(await world.timeline(f"contacts/{omar}")))


PHONE = {"source": "phone", "value": "+4930901820"}
HANDED_OVER = NOW - timedelta(seconds=45)


def call(event: str, ago: float, **fields: Any) -> pb.Touch:
    return touch(event, "call.logged", ago=ago, attributes=attributes(duration_minutes=1), **PHONE, **fields)


def a_number(world: World, ada: UUID, omar: UUID) -> list[identity.Link]:
    """A number that was hers, and then his."""
    number = world.subjects.of("phone", PHONE["value"])
    return [
        new_link(identity.Kind.HOLDS, contact=ada, subject=number, to_time=HANDED_OVER),
        new_link(identity.Kind.HOLDS, contact=omar, subject=number, from_time=HANDED_OVER),
    ]


async def of_two(world: World) -> tuple[UUID, UUID, list[identity.Link]]:
    """Two people, known to interaction with the number that was hers and is his."""
    ada, omar = uuid4(), uuid4()
    links = a_number(world, ada, omar)
    for contact, link in zip((ada, omar), links, strict=True):
        world.contact(contact)
        world.link(link)
    await world.settled()
    return ada, omar, links


async def test_of_a_number_that_changed_hands_what_comes_late_is_forgotten_where_it_was_hers(world: World) -> None:
    ada, omar, links = await of_two(world)
    _, his = await world.accept(call("1", 50), call("2", 40))
    world.erase(ada, shared=[links[0].subject], links=links)
    await world.settled()
    _, edge, late, named = await world.accept(
        call("3", 45.000_001), call("4", 45), call("5", 20), call("6", 60, contact=f"contacts/{omar}")
    )
    assert names(await world.timeline(f"contacts/{omar}")) == [[late], [his], [edge], [named]]
    assert rows(world, "SELECT count(*) FROM touch") == [(4,)]
    assert await strays(world) == []


async def test_what_was_taken_off_her_page_goes_too_where_only_she_held_the_number(world: World) -> None:
    ada, omar, links = await of_two(world)
    wrong, his = await world.accept(call("1", 50), call("2", 40))
    world.link(new_link(identity.Kind.EXCLUSION, contact=ada, touch=wrong))
    await world.settled()
    assert await strays(world) == [wrong]
    world.erase(ada, shared=[links[0].subject], links=links)
    await world.settled()
    assert await strays(world) == []
    await world.accept(call("1", 50))
    assert names(await world.timeline(f"contacts/{omar}")) == [[his]]
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]


async def test_what_was_seen_in_her_browser_goes_also_from_before_it_was_known_to_be_hers(world: World) -> None:
    ada, omar, since = uuid4(), uuid4(), NOW - timedelta(seconds=60)
    held = []
    for contact, cookie in ((ada, "her-browser"), (omar, "his-browser")):
        world.contact(contact)
        held.append(world.holds(contact, world.subjects.of("cookie", cookie), from_time=since))
    await world.settled()
    before, _, his = await world.accept(seen("1", "her", 90), seen("2", "her", 50), seen("3", "his", 40))
    assert await strays(world) == [before]
    world.erase(ada, alone=[held[0].subject], links=held[:1])
    await world.settled()
    await world.accept(seen("4", "her", 80), seen("5", "her", 45))
    assert names(await world.timeline(f"contacts/{omar}")) == [[his]]
    assert await strays(world) == []
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]
    (later,) = await world.accept(seen("6", "her", 1))  # whoever sits there now
    assert await strays(world) == [later]


def seen(event: str, whose: str, ago: float) -> pb.Touch:
    return touch(event, "web.visited", source="web", value=f"{whose}-browser", ago=ago, attributes=attributes(url=URL))


async def strays(world: World) -> list[str]:
    """What is nobody's."""
    page = await (await world.caller("admin")).ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest())
    return [one.name for one in page.touches]


async def test_a_number_that_was_hers_to_the_end_is_closed_until_she_was_erased(
    world: World,
) -> None:
    ada, omar = uuid4(), uuid4()
    his, hers = a_number(world, omar, ada)
    his, hers = replace(his, to_time=NOW - timedelta(seconds=60)), replace(hers, from_time=NOW - timedelta(seconds=60))
    for _ in range(2):
        world.erase(ada, shared=[hers.subject], links=[hers, his], ago=30)
    await world.settled()
    assert await world.accept(call("1", 61), call("2", 60), call("3", 31), call("4", 30))
    kept = rows(world, "SELECT occurred_time FROM touch ORDER BY occurred_time")
    assert kept == [(NOW - timedelta(seconds=61),), (NOW - timedelta(seconds=30),)]


async def test_an_erasure_that_comes_before_any_link_takes_what_was_hers_and_leaves_what_is_his(world: World) -> None:
    ada, omar = uuid4(), uuid4()
    links = a_number(world, ada, omar)
    desk = world.subjects.of("email", "desk@kiln.example")
    shared = [new_link(identity.Kind.SHARED, contact=contact, subject=desk) for contact in (ada, omar)]
    value = {"value": "desk@kiln.example"}
    _, his, both, _ = await world.accept(
        call("1", 50), call("2", 40), touch("3", ago=35, **value),
        touch("4", ago=34, contact=f"contacts/{ada}", **value),
    )  # fmt: skip
    world.erase(ada, shared=[links[0].subject, desk], links=[*links, *shared])
    await world.settled()
    assert set(await strays(world)) == {his, both}
    for link in (*links, *shared):
        world.link(link)
    world.contact(omar)
    await world.settled()
    (late,) = await world.accept(touch("5", ago=20, **value))
    assert names(await world.timeline(f"contacts/{omar}")) == [[late], [both], [his]]
    assert rows(world, "SELECT count(*) FROM touch") == [(3,)]


async def test_what_was_taken_off_everybody_else_of_a_shared_box_is_hers_whether_or_not_that_was_heard(
    world: World,
) -> None:
    ada, omar, value = uuid4(), uuid4(), {"value": "desk@kiln.example"}
    desk = world.subjects.of("email", value["value"])
    links = [new_link(identity.Kind.SHARED, contact=contact, subject=desk) for contact in (ada, omar)]
    for contact, link in zip((ada, omar), links, strict=True):
        world.contact(contact)
        world.link(link)
    await world.settled()
    hers, both = await world.accept(touch("1", ago=50, **value), touch("2", ago=40, **value))
    told, taken_back = (new_link(identity.Kind.EXCLUSION, contact=omar, touch=each) for each in (hers, both))
    world.link(taken_back)
    world.erase(ada, shared=[desk], links=[*links, told])
    await world.settled()
    assert await strays(world) == [both]
    world.link(told)
    world.link(replace(taken_back, retracted_time=NOW, revision=2))
    await world.settled()
    late, _ = await world.accept(touch("3", ago=30, **value), touch("1", ago=50, **value))
    assert names(await world.timeline(f"contacts/{omar}")) == [[late], [both]]
    assert rows(world, "SELECT count(*) FROM touch") == [(2,)]


async def test_links_that_we_did_not_hear_the_end_of_take_nothing_that_is_his(world: World) -> None:
    ada, omar = uuid4(), uuid4()
    links = a_number(world, ada, omar)
    world.link(replace(links[0], to_time=None))
    world.link(new_link(identity.Kind.MERGE, contact=omar, survivor=ada))  # was taken back since
    await world.settled()
    _, his = await world.accept(call("1", 50), call("2", 40))
    world.erase(ada, shared=[links[0].subject], links=links)
    await world.settled()
    assert await strays(world) == [his]


async def test_an_erasure_from_before_holdings_were_told_is_judged_by_the_links_that_are_known(world: World) -> None:
    ada, omar, links = await of_two(world)
    _, his = await world.accept(call("1", 50), call("2", 40))
    world.erase(ada, shared=[links[0].subject])
    await world.settled()
    assert names(await world.timeline(f"contacts/{omar}")) == [[his]]
    assert rows(world, "SELECT count(*) FROM touch") == [(1,)]
    (late,) = await world.accept(call("3", 60))
    assert await strays(world) == [late], "as it was then: nobody's"
    assert rows(world, "SELECT count(*) FROM erased_span") == [(0,)]
