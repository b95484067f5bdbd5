"""Reading by gRPC where it is easily wrong: many browsers, long threads, other people's contacts, broken exports."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import identity
import pytest
from chassis.errors import InvalidArgument, NotFound
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.interaction.world import NOW, World, names, new_link, touch

BROWSERS = 450


def visit(number: int, contact: str, ago: float) -> pb.Touch:
    """A visit by a browser that nobody has linked, under a signed link that names the contact."""
    browser = f"browser-{number}"
    return touch(f"{browser}/{ago}", "web.visited", source="web", value=browser, ago=ago, contact=contact)


async def test_any_number_of_browsers_may_name_a_contact(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    said = [visit(number, f"contacts/{ada}", ago=10 + number) for number in range(BROWSERS)]
    said.append(touch("mail", ago=5))
    message = {"message": "m1", "message_time": said[-1].occurred_time}
    said += [touch(f"{n}", source="web", value=f"browser-{n}", contact=f"contacts/{ada}", **message) for n in (3, 440)]
    caused = await world.accept(*said)
    threads = await world.timeline(f"contacts/{ada}", size=47)
    shown = [name for thread in names(threads) for name in thread]
    assert sorted(shown) == sorted(caused)
    assert [thread.thread_time.ToMicroseconds() for thread in threads] == sorted(
        (thread.thread_time.ToMicroseconds() for thread in threads), reverse=True
    )
    picked = await world.timeline(f"contacts/{ada}", size=47, filter=pb.TimelineFilter(types=["web.*"]))
    assert sorted(name for thread in names(picked) for name in thread) == sorted(caused[:BROWSERS])
    (together,) = [thread for thread in threads if len(thread.touches) > 1]
    listed = await world.stub.ListThreadTouches(pb.ListThreadTouchesRequest(parent=together.name))
    assert [one.name for one in listed.touches] == [one.name for one in together.touches]


async def watched(stub: Any, parent: str, position: str) -> pb.Touch:
    """The first touch that a watch tells."""
    async for answer in stub.WatchTimeline(pb.WatchTimelineRequest(parent=parent, watch_position=position), timeout=30):
        if answer.WhichOneof("change") == "touch":
            return answer.touch
    raise AssertionError("the watch ended without a touch")


async def test_the_owner_of_a_merged_contact_sees_the_survivor_as_the_survivors_owner_lets_them(world: World):
    survivor, merged = uuid4(), uuid4()
    world.contact(survivor, owner="users/jana", team="teams/north")
    world.contact(merged, owner="users/ola", team="teams/south")
    world.holds(survivor, world.subjects.of("email", "ada@kiln.example"))
    world.link(new_link(identity.Kind.MERGE, contact=merged, survivor=survivor))
    world.contact(merged, owner="users/ola", team="teams/south", revision=2, state=2)
    await world.accept(touch("1", "sms.replied", attributes={"text": "secret plan"}))
    north = await world.caller("rep", subject="users/jana", team="teams/north")
    south = await world.caller("rep", subject="users/ola", team="teams/south")
    for parent in (f"contacts/{survivor}", f"contacts/{merged}"):
        for stub, is_shown in ((north, True), (south, False)):
            page = await stub.GetTimeline(pb.GetTimelineRequest(parent=parent))
            (one,) = page.threads[0].touches
            assert ("ada@kiln.example" in str(one), "secret" in str(one)) == (is_shown, is_shown), parent
            await world.accept(touch(str(uuid4()), "sms.replied", attributes={"text": "secret plan"}))
            told = await watched(stub, parent, page.watch_position)
            assert ("ada@kiln.example" in str(told), "secret" in str(told)) == (is_shown, is_shown), parent


async def test_a_type_for_the_owners_team_is_nowhere_for_another_team(world: World):
    admin = await world.caller("admin")
    kind = pb.TouchType(
        name="touchTypes/hr.noted",
        channel=pb.CHANNEL_OTHER,
        touch_class=pb.TOUCH_CLASS_ACTIVE,
        audience=pb.TouchType.AUDIENCE_OWNER_TEAM,
        fields=[pb.TouchType.Field(key="note", kind=pb.TouchType.FIELD_KIND_STRING)],
        title_template="Note: {note}",
    )
    await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))
    ada = uuid4()
    world.contact(ada, owner="users/jana", team="teams/north")
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    (known,) = await world.accept(touch("1", "hr.noted", attributes={"note": "will be let go"}))
    nobodys = {"value": "nobody@kiln.example"}
    await world.accept(touch("2", "hr.noted", attributes={"note": "of nobody"}, **nobodys), touch("3", **nobodys))
    team = await world.caller("rep", subject="users/ida", team="teams/north")
    other = await world.caller("rep", subject="users/ola", team="teams/south")
    assert (await team.GetTouch(pb.GetTouchRequest(name=known))).title == "Note: will be let go"
    with pytest.raises(NotFound):
        await other.GetTouch(pb.GetTouchRequest(name=known))
    with pytest.raises(NotFound):
        await other.BatchGetTouches(pb.BatchGetTouchesRequest(names=[known]))
    unlinked = await other.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest())
    assert [one.type for one in unlinked.touches] == ["email.opened"]
    everything = await world.stub.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest())
    assert sorted(one.type for one in everything.touches) == ["email.opened", "hr.noted"]


async def test_a_thread_is_listed_to_its_end_past_touches_that_are_not_the_persons(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    message = {"message": "m1", "message_time": NOW - timedelta(hours=20)}
    caused = await world.accept(*(touch(str(n), ago=20 * 3600 - n, **message) for n in range(6)))
    for wrong in (caused[1], caused[2], caused[5]):
        world.link(new_link(identity.Kind.EXCLUSION, contact=ada, touch=wrong))
    await world.settled()
    (thread,) = await world.timeline(f"contacts/{ada}")
    listed, token, pages = [], "", 0
    while token or not pages:
        request = pb.ListThreadTouchesRequest(parent=thread.name, page_size=1, page_token=token)
        page = await world.stub.ListThreadTouches(request)
        listed, token, pages = [*listed, *page.touches], page.next_page_token, pages + 1
    assert [one.name for one in listed] == [caused[0], caused[3], caused[4]] == names([thread])[0]
    assert pages == 3


async def test_reading_that_broke_off_keeps_to_its_first_positions(world: World):
    addresses = [f"p{n}@kiln.example" for n in range(30)]
    early = await world.accept(*(touch(value, value=value) for value in addresses))
    first, cursor, read = [], "", []
    async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest(batch_size=15)):
        first, cursor = first or list(answer.positions), answer.cursor
        read += [one.name for one in answer.touches]
        if read:
            break
    await world.accept(*(touch(f"late {value}", value=value) for value in addresses))
    again = [answer async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest(cursor=cursor))]
    assert list(again[0].positions) == first
    assert sorted([*read, *(one.name for answer in again for one in answer.touches)]) == sorted(early)
    fresh = [answer async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest())]
    resumed = [answer async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest(cursor=fresh[0].cursor))]
    assert [one.name for answer in resumed for one in answer.touches] == [o.name for a in fresh for o in a.touches]


async def shelf(world: World, days: int = 9) -> list[pb.Thread]:
    """One visit a day; the whole timeline, newest first."""
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(*(touch(f"visit-{day}", "web.visited", ago=day * 86_400 + 60) for day in range(days)))
    return await world.timeline(f"contacts/{ada}")


async def test_a_page_begins_at_a_moment_or_with_a_thread_and_goes_on_from_there(world: World):
    every = await shelf(world)
    parent = every[0].name.partition("/threads/")[0]
    for number in (0, 3, 8):
        for start in ({"start_time": every[number].thread_time}, {"start_thread": every[number].name}):
            found = await world.timeline(parent, size=2, **start)
            assert [one.name for one in found] == [one.name for one in every[number:]], start


async def test_a_page_that_begins_with_a_thread_the_filter_leaves_out_begins_where_it_would_stand(world: World):
    every = await shelf(world, days=4)
    parent = every[0].name.partition("/threads/")[0]
    before = pb.TimelineFilter(to_time=every[1].thread_time)
    found = await world.timeline(parent, start_thread=every[1].name, filter=before)
    assert [one.name for one in found] == [one.name for one in every[2:]]


async def test_a_start_that_is_no_place_of_this_timeline_is_refused(world: World):
    every = await shelf(world, days=1)
    parent = every[0].name.partition("/threads/")[0]
    for start in ("contacts/other/threads/x", f"{parent}/threads/x"):
        with pytest.raises(InvalidArgument):
            await world.timeline(parent, start_thread=start)


async def test_what_machines_did_stands_beside_a_message_that_shows_people_only(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    mail = touch("mail", "email.handed_over", ago=900)
    message = {"message": "m1", "message_time": mail.occurred_time}
    machine = {"actor": pb.Actor(kind=pb.ACTOR_KIND_MACHINE)}
    await world.accept(
        touch("mail", "email.handed_over", ago=900, **message),
        touch("o1", "email.opened", ago=890, **message, **machine),
        touch("o2", "email.opened", ago=880, **message, **machine),
        touch("c1", "email.clicked", ago=870, **message, **machine),
        touch("o3", "email.opened", ago=60, **message),
        touch("alone", "web.visited", ago=30, **machine),
    )
    (thread,) = await world.timeline(f"contacts/{ada}", filter=pb.TimelineFilter(people_only=True))
    assert [one.type for one in thread.touches] == ["email.handed_over", "email.opened"]
    assert [(one.type, one.count) for one in thread.machine_touches] == [("email.opened", 2), ("email.clicked", 1)]
    whole = await world.timeline(f"contacts/{ada}")
    assert [len(one.touches) for one in whole] == [1, 5]
    assert not whole[1].machine_touches


async def test_what_is_said_of_a_touch_that_is_no_longer_hers_takes_nothing_off_her_count(world: World):
    ada, moment = uuid4(), NOW - timedelta(seconds=45)
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"), to_time=moment)
    await world.settled()
    hers, later = await world.accept(touch("1", ago=50), touch("2", ago=40))
    world.link(new_link(identity.Kind.EXCLUSION, contact=ada, touch=later))
    await world.settled()
    assert names(await world.timeline(f"contacts/{ada}")) == [[hers]]
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}"))
    assert page.counts.total == 1
