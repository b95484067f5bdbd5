"""How the people of an account stand, what touched a deal, and teams that are hidden from each other by every door."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import InvalidArgument, NotFound
from chassis.rpc import build_server, channel
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import (
    InteractionServiceStub,
    add_InteractionServiceServicer_to_server,
)

from services.interaction.rpc import API, UNLIMITED, InteractionServicer, Streams
from tests.interaction.test_activities import activities, someone
from tests.interaction.world import NOW, World, touch
from tests.patience import PATIENT

State = pb.Engagement


async def engagements(stub: Any, *contacts: Any) -> list[pb.Engagement]:
    request = pb.BatchGetEngagementsRequest(contacts=[f"contacts/{one}" for one in contacts])
    request.since_time.FromDatetime(NOW - timedelta(days=90))
    return list((await stub.BatchGetEngagements(request)).engagements)


async def test_people_are_engaged_silent_or_untouched_in_the_order_asked(world: World):
    ada, ben, cleo = [await someone(world, f"{name}@kiln.example") for name in ("ada", "ben", "cleo")]
    await world.settled()
    clicked, _, _, _ = await world.accept(
        touch("1", "email.clicked", ago=60),
        touch("2", "email.clicked", ago=7_200),
        touch("3", "email.delivered", value="ben@kiln.example", ago=60),
        touch("4", "email.clicked", value="ben@kiln.example", ago=200 * 86_400),
    )
    found = await engagements(world.stub, cleo, ada, ben)
    assert [one.state for one in found] == [State.STATE_UNTOUCHED, State.STATE_ENGAGED, State.STATE_SILENT]
    assert (found[1].last_response.name, found[1].response_count) == (clicked, 2)
    assert found[2].last_touch_time.ToDatetime() == (NOW - timedelta(seconds=60)).replace(tzinfo=None)
    with pytest.raises(NotFound):
        await engagements(world.stub, ada, uuid4())
    for wrong in ([], ["contacts/x"], [f"contacts/{ada}"] * 201):
        with pytest.raises(InvalidArgument):
            await world.stub.BatchGetEngagements(pb.BatchGetEngagementsRequest(contacts=wrong))


async def test_a_deal_has_its_touches_from_the_first_on_whoevers_they_are(world: World):
    deal = f"deals/{uuid4()}"
    names = await world.accept(
        *(touch(str(n), "email.clicked", value=f"p{n}@kiln.example", ago=100 - n, deal=deal) for n in range(5)),
        touch("other", "email.clicked", deal=f"deals/{uuid4()}"),
    )
    pages, token = [], ""
    while True:
        page = await world.stub.ListDealTouches(pb.ListDealTouchesRequest(parent=deal, page_size=2, page_token=token))
        pages.append([one.name for one in page.touches])
        token = page.next_page_token
        if not token:
            break
    assert pages == [names[:2], names[2:4], names[4:5]]
    with pytest.raises(InvalidArgument):
        await world.stub.ListDealTouches(pb.ListDealTouchesRequest(parent="deals/x"))


@contextlib.asynccontextmanager
async def hiding(world: World, *roles: str, **fields: Any) -> AsyncIterator[Any]:
    """A stub of somebody where teams are hidden from each other."""
    streams = Streams(world.intake, world.hub, world.subjects, world.consents, hides_teams=True)
    servicer = InteractionServicer(world.database, streams)
    added = [(add_InteractionServiceServicer_to_server, servicer, API)]
    server = build_server(world.settings, added, unlimited=UNLIMITED, port=0)
    await server.start()
    opened = channel(f"{world.settings.host}:{server.port}", token=world.token(*roles, **fields), timeout=PATIENT)
    try:
        async with opened as inner:
            yield InteractionServiceStub(inner)
    finally:
        await server.stop(0)


async def refusal(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(NotFound) as refused:
        await call
    return refused.value.reason, refused.value.message, dict(refused.value.metadata)


def doors(stub: Any, contact: Any, thread: str, touch_name: str) -> dict[str, Any]:
    """A call by every door that names the contact or a touch of hers."""
    parent = f"contacts/{contact}"
    engaged = pb.BatchGetEngagementsRequest(contacts=[parent])
    engaged.since_time.FromDatetime(NOW)
    return {
        "timeline": stub.GetTimeline(pb.GetTimelineRequest(parent=parent)),
        "export": stub.GetTimeline(pb.GetTimelineRequest(parent=parent, for_export=True)),
        "thread": stub.ListThreadTouches(pb.ListThreadTouchesRequest(parent=f"{parent}/threads/{thread}")),
        "brief": stub.GetTouchBrief(pb.GetTouchBriefRequest(name=f"{parent}/touchBrief")),
        "engagement": stub.BatchGetEngagements(engaged),
        "touch": stub.GetTouch(pb.GetTouchRequest(name=touch_name)),
        "touches": stub.BatchGetTouches(pb.BatchGetTouchesRequest(names=[touch_name])),
    }


async def test_where_teams_are_hidden_another_teams_contact_is_by_every_door_as_if_it_never_was(world: World):
    ada, deal = await someone(world, "ada@kiln.example", team="teams/central"), f"deals/{uuid4()}"
    await world.settled()
    task = {"title": "Call", "assignee": "users/tomas"}
    (name, _) = await world.accept(
        touch("1", "email.clicked", ago=60, deal=deal), touch("2", "task.created", ago=50, attributes=task)
    )
    thread = (await world.timeline(f"contacts/{ada}"))[0].name.rpartition("/")[2]
    never, unknown = uuid4(), f"touches/{'A' * 43}"
    async with hiding(world, "rep", subject="users/tomas", team="teams/north") as stranger:
        theirs, nobodys = doors(stranger, ada, thread, name), doors(stranger, never, thread, unknown)
        for door in theirs:
            said, told = await refusal(theirs[door]), await refusal(nobodys[door])
            assert str(said) == str(told).replace(str(never), str(ada)).replace(unknown, name), door
        assert not (await activities(stranger, owner="users/jana")).contact_activities
        assert not (await stranger.ListTasks(pb.ListTasksRequest())).tasks
        assert not (await stranger.ListDealTouches(pb.ListDealTouchesRequest(parent=deal))).touches
        with pytest.raises(NotFound):
            await anext(aiter(stranger.WatchTimeline(pb.WatchTimelineRequest(parent=f"contacts/{ada}"))))
    async with hiding(world, "rep", subject="users/petra", team="teams/central") as colleague:
        assert (await colleague.GetTouch(pb.GetTouchRequest(name=name))).name == name
        assert len((await activities(colleague, owner="users/jana")).contact_activities) == 1
