"""What a colleague's day is made of: whose contacts did something, ranked, and which tasks are open."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import identity
import pytest
from chassis.errors import InvalidArgument
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.activities import REASONS
from services.interaction.domain.builtin import BUILTIN
from tests.interaction.world import NOW, World, new_link, touch

Reason = pb.ContactActivity


def test_reasons_are_given_for_types_that_there_are():
    assert set(REASONS) <= set(BUILTIN)


async def someone(world: World, value: str, owner: str = "users/jana", **fields):
    contact = uuid4()
    world.contact(contact, owner=owner, **fields)
    world.holds(contact, world.subjects.of("email", value))
    return contact


async def activities(stub, **fields) -> pb.ListContactActivitiesResponse:
    request = pb.ListContactActivitiesRequest(**fields)
    request.since_time.FromDatetime(NOW - timedelta(days=1))
    return await stub.ListContactActivities(request)


async def test_who_asked_stands_before_who_read_and_machines_and_other_owners_do_not_stand_there(world: World):
    people = {name: await someone(world, f"{name}@kiln.example") for name in ("ada", "ben", "cleo", "dan")}
    theirs = await someone(world, "eva@kiln.example", "users/tomas")
    await world.settled()
    await world.accept(
        touch("1", "email.clicked", value="ada@kiln.example", ago=60),
        touch("2", "web.visited", source="web", value="cookie-1", ago=10, contact=f"contacts/{people['ada']}"),
        touch("3", "email.replied", value="ben@kiln.example", ago=7_200),
        touch("4", "email.opened", value="cleo@kiln.example", ago=60),
        touch("5", "email.clicked", value="cleo@kiln.example", ago=60, actor=pb.Actor(kind=pb.ACTOR_KIND_MACHINE)),
        touch("6", "email.clicked", value="dan@kiln.example", ago=90_000),
        touch("7", "email.clicked", value="eva@kiln.example", ago=60),
    )
    jana = await world.caller("rep", subject="users/jana")
    found = (await activities(jana)).contact_activities
    assert [(one.contact, one.reason, one.touch_count) for one in found] == [
        (f"contacts/{people['ben']}", Reason.REASON_ASKED, 1),
        (f"contacts/{people['ada']}", Reason.REASON_READ, 2),
    ]
    assert found[1].touch.type == "email.clicked"
    first = await activities(jana, page_size=1)
    second = await activities(jana, page_size=1, page_token=first.next_page_token)
    assert [first.contact_activities[0].contact, second.contact_activities[0].contact] == [one.contact for one in found]
    assert second.next_page_token == ""
    assert [one.contact for one in (await activities(jana, owner="users/tomas")).contact_activities] == [
        f"contacts/{theirs}"
    ]


async def test_a_merged_contacts_touches_are_the_survivors_and_an_excluded_one_is_nobodys(world: World):
    ada, double = await someone(world, "ada@kiln.example"), await someone(world, "ada@home.example", "users/old")
    world.link(new_link(identity.Kind.MERGE, contact=double, survivor=ada))
    await world.settled()
    clicked, wrong = await world.accept(
        touch("1", "email.clicked", value="ada@home.example", ago=60),
        touch("2", "email.replied", value="ada@kiln.example", ago=60),
    )
    world.link(new_link(identity.Kind.EXCLUSION, contact=ada, touch=wrong))
    await world.settled()
    found = (await activities(await world.caller("rep", subject="users/jana"))).contact_activities
    assert [(one.contact, one.touch.name) for one in found] == [(f"contacts/{ada}", clicked)]


async def test_a_moment_that_is_none_or_long_ago_is_refused(world: World):
    jana = await world.caller("rep", subject="users/jana")
    request = pb.ListContactActivitiesRequest()
    request.since_time.FromDatetime(datetime.now(UTC) - timedelta(days=40))
    for wrong in (request, pb.ListContactActivitiesRequest()):
        with pytest.raises(InvalidArgument, match=r"since_time|required"):
            await jana.ListContactActivities(wrong)
    with pytest.raises(InvalidArgument):
        await activities(jana, owner="contacts/1")


def due(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


async def test_tasks_are_listed_by_due_time_until_they_are_done(world: World):
    ada = await someone(world, "ada@kiln.example")
    await world.settled()
    wanted = {"late": due(hours=2), "soon": due(hours=1), "whenever": "", "odd": "after lunch"}
    said = [
        touch(
            title, "task.created", ago=60 + at,
            attributes={"title": title, "assignee": "users/jana", "due_time": when},
        )
        for at, (title, when) in enumerate(wanted.items())
    ]  # fmt: skip
    names = await world.accept(*said, touch("x", "task.created", attributes={"title": "x", "assignee": "users/tomas"}))
    jana = await world.caller("rep", subject="users/jana")
    tasks = (await jana.ListTasks(pb.ListTasksRequest())).tasks
    assert [task.title for task in tasks[:2]] == ["soon", "late"]
    assert {task.title for task in tasks[2:]} == {"whenever", "odd"}
    assert {task.contact for task in tasks} == {f"contacts/{ada}"}
    page = await jana.ListTasks(pb.ListTasksRequest(page_size=3))
    rest = await jana.ListTasks(pb.ListTasksRequest(page_size=3, page_token=page.next_page_token))
    assert [one.touch for one in (*page.tasks, *rest.tasks)] == [one.touch for one in tasks]
    request = pb.ListTasksRequest()
    request.due_before_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=90))
    assert [one.title for one in (await jana.ListTasks(request)).tasks] == ["soon"]
    # Done under another of the person's identifiers than it was made under, and dropped.
    await world.accept(
        touch("d", "task.completed", source="phone", value="+4930901820", contact=f"contacts/{ada}",
              attributes={"task": names[1], "outcome": "sent"}),
        touch("c", "task.cancelled", attributes={"task": names[0]}),
    )  # fmt: skip
    assert {one.title for one in (await jana.ListTasks(pb.ListTasksRequest())).tasks} == {"whenever", "odd"}
