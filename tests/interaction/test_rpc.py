"""The gRPC door of interaction: codes, reasons, paging, masks, filters."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from chassis.rpc.status import from_status
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from tests.interaction.world import NOW, World, names, touch


async def test_a_touch_is_on_its_timeline(world: World):
    ada = uuid4()
    world.contact(ada, owner="users/jana")
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    (name,) = await world.accept(touch("1", "email.clicked", attributes={"link": "Pricing"}))
    assert names(await world.timeline(f"contacts/{ada}")) == [[name]]
    got = await world.stub.GetTouch(pb.GetTouchRequest(name=name))
    assert (got.title, got.channel, got.rank) == ("Clicked Pricing", pb.CHANNEL_EMAIL, 40)
    assert got.HasField("recorded_time")


async def test_the_same_touch_again_changes_nothing_and_other_content_is_a_conflict(world: World):
    first = await world.accept(touch("1"))
    assert await world.accept(touch("1")) == first
    assert await world.accept(touch("1", ago=99)) == first
    got = await world.stub.GetTouch(pb.GetTouchRequest(name=first[0]))
    assert got.occurred_time.ToDatetime() == (NOW - timedelta(seconds=3600)).replace(tzinfo=None)
    admin = await world.caller("admin")
    listed = await admin.ListTouchConflicts(pb.ListTouchConflictsRequest())
    assert [conflict.touch for conflict in listed.touch_conflicts] == first
    assert (listed.touch_conflicts[0].source, listed.touch_conflicts[0].source_event_id) == ("sources/mail", "1")


async def test_conflicts_inside_one_request_are_answered_at_once(world: World):
    results = await world.record(touch("1"), touch("1"), touch("1", ago=5))
    assert [result.status.code for result in results[:2]] == [0, 0]
    assert results[0].name == results[1].name
    refused = from_status(results[2].status)
    assert isinstance(refused, AlreadyExists)
    assert refused.reason == "TOUCH_CONFLICT"


async def test_items_are_refused_one_by_one(world: World):
    ahead, old = touch("2"), touch("3")
    ahead.occurred_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=6))
    old.occurred_time.FromJsonString("1999-12-31T23:59:59Z")
    cases = {
        "": touch("1"),
        "TOUCH_AHEAD_OF_TIME": ahead,
        "TOUCH_TOO_OLD": old,
        "TOUCH_TYPE_UNKNOWN": touch("4", "email.unheard_of"),
        "TOUCH_TOO_LARGE": touch("5", attributes={"text": "x" * 33_000}),
        "TOUCH_INVALID": touch("6", attributes={"text": "a\0b"}),
        "SOURCE_UNKNOWN": touch("7"),
        "SOURCE_NOT_YOURS": touch("8", source="console", value=str(uuid4())),
        "IDENTIFIER_KIND_MISMATCH": touch("9"),
        "IDENTIFIER_INVALID": touch("10", value="nobody"),
        "TOUCH_ATTRIBUTES_INVALID": touch("11", "call.logged", attributes={"duration_minutes": "long"}),
    }
    cases["SOURCE_UNKNOWN"].source = "sources/nobody"
    cases["IDENTIFIER_KIND_MISMATCH"].identifier.kind = "phone"
    results = await world.record(*cases.values())
    told = [getattr(from_status(result.status), "reason", "") for result in results]
    assert told == list(cases)


async def test_a_number_without_country_code_is_read_by_the_installations_region(world: World):
    told = [touch("1", "call.logged", source="phone", value=value) for value in ("030 901820", "+49 30 901820")]
    told[0].source_event_id = "2"
    results = await world.record(*told)
    subjects = {ids.parse_touch_name(result.name, "name")[0] for result in results}
    assert [result.status.code for result in results] == [0, 0]
    assert len(subjects) == 1


async def test_one_item_that_is_no_unicode_spoils_no_other(world: World):
    import grpc

    request = pb.RecordTouchesRequest(touches=[touch("1"), touch("bad-bytes", attributes={"t": "xyz"}), touch("2")])
    raw = request.SerializeToString().replace(b"xyz", b"\xed\xa0\x80")
    method = "/touchline.interaction.v1.InteractionService/RecordTouches"
    async with grpc.aio.insecure_channel(world.target) as plain:
        call = plain.unary_unary(method, response_deserializer=pb.RecordTouchesResponse.FromString)
        token = world.token("service", client="test")
        answer = await call(raw, metadata=(("authorization", f"Bearer {token}"),), timeout=20)
    assert [result.status.code for result in answer.results] == [0, 3, 0]
    assert from_status(answer.results[1].status).reason == "TOUCH_INVALID"


async def test_a_missing_field_is_named(world: World):
    (result,) = await world.record(pb.Touch(contact="contacts/1"))
    refused = from_status(result.status)
    assert isinstance(refused, InvalidArgument)
    told = {violation.field for violation in refused.violations}
    assert told >= {
        "identifier.kind",
        "identifier.value",
        "type",
        "source",
        "source_event_id",
        "occurred_time",
        "contact",
    }


async def test_validate_only_records_nothing(world: World):
    (result,) = await world.record(touch("1"), validate_only=True)
    assert result.status.code == 0
    with pytest.raises(NotFound) as missing:
        await world.stub.GetTouch(pb.GetTouchRequest(name=result.name))
    assert missing.value.reason == "TOUCH_NOT_FOUND"


async def test_a_batch_has_its_limits(world: World):
    for batch in ([], [touch(str(n)) for n in range(1001)]):
        with pytest.raises(InvalidArgument):
            await world.record(*batch)


async def test_a_source_never_changes_hands(world: World):
    admin = await world.caller("admin")
    source = pb.Source(name="sources/mail", client="other", identifier_kind="email")
    with pytest.raises(AlreadyExists) as taken:
        await admin.RegisterSource(pb.RegisterSourceRequest(source=source))
    assert taken.value.reason == "SOURCE_TAKEN"
    source.client, source.display_name = "test", "The mailer"
    assert (await admin.RegisterSource(pb.RegisterSourceRequest(source=source))).display_name == "The mailer"
    listed = [one.name for one in (await world.stub.ListSources(pb.ListSourcesRequest())).sources]
    assert listed == sorted(listed)
    assert "sources/console" in listed


async def test_touch_types_are_only_widened(world: World):
    admin = await world.caller("admin")
    kind = pb.TouchType(
        name="touchTypes/sauna.visited",
        channel=pb.CHANNEL_OTHER,
        touch_class=pb.TOUCH_CLASS_ACTIVE,
        fields=[pb.TouchType.Field(key="minutes", kind=pb.TouchType.FIELD_KIND_NUMBER)],
        title_template="Sauna, {minutes} min",
    )
    assert (await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))).version == 1
    assert (await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))).version == 1
    (name,) = await world.accept(touch("1", "sauna.visited", attributes={"minutes": 20}))
    assert (await world.stub.GetTouch(pb.GetTouchRequest(name=name))).title == "Sauna, 20 min"
    kind.fields.add(key="heat")
    assert (await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))).version == 2
    del kind.fields[0]
    with pytest.raises(FailedPrecondition):
        await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))
    listed = await world.stub.ListTouchTypes(pb.ListTouchTypesRequest(page_size=1000))
    assert {"touchTypes/email.clicked", "touchTypes/sauna.visited"} <= {one.name for one in listed.touch_types}


async def test_addresses_are_masked_for_another_team(world: World):
    ada = uuid4()
    world.contact(ada, owner="users/jana", team="teams/north")
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(touch("1", "sms.replied", attributes={"text": "secret plan"}))
    mine = await world.caller("rep", subject="users/jana")
    team = await world.caller("rep", subject="users/tom", team="teams/north")
    other = await world.caller("rep", subject="users/ola", team="teams/south")
    for stub, value, text in (
        (mine, "ada@kiln.example", 1),
        (team, "ada@kiln.example", 1),
        (other, "a•••@k•••.example", 0),
    ):
        shown = (await world.timeline(f"contacts/{ada}", stub=stub))[0].touches[0]
        assert shown.identifier.value == value
        found = await world.timeline(f"contacts/{ada}", stub=stub, filter=pb.TimelineFilter(text="SECRET"))
        assert len(found) == text
        assert ("secret" in shown.attributes["text"]) == bool(text)


async def test_filters_pick_threads_and_show_them_whole(world: World):
    ada, campaign = uuid4(), uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    sent = NOW - timedelta(hours=3)
    message = {"message": "m1", "message_time": sent}
    mailed = [
        touch("1", "email.handed_over", ago=3 * 3600, campaign=f"campaigns/{campaign}", **message),
        touch("2", "email.clicked", ago=2 * 3600, **message),
        touch("3", "web.visited", ago=1800, source="mail", attributes={"page": "pricing_100%"}),
    ]
    one, two, three = await world.accept(*mailed)

    async def found(**fields: object) -> list[list[str]]:
        return names(await world.timeline(f"contacts/{ada}", filter=pb.TimelineFilter(**fields)))

    assert await found() == [[three], [one, two]]
    assert await found(types=["email.clicked"]) == [[one, two]]
    assert await found(types=["email.*"]) == [[one, two]]
    assert await found(channels=[pb.CHANNEL_WEB]) == [[three]]
    assert await found(campaigns=[f"campaigns/{campaign}"]) == [[one, two]]
    assert await found(text="PRICING_100%") == [[three]]
    assert await found(text="pricingX100") == []
    late = pb.TimelineFilter()
    late.from_time.FromDatetime(NOW - timedelta(hours=1))
    assert names(await world.timeline(f"contacts/{ada}", filter=late)) == [[three]]
    assert await found(actors=[pb.ACTOR_KIND_MACHINE]) == []


async def test_a_token_of_another_filter_is_refused(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(*(touch(str(n), ago=n) for n in range(5)))
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}", page_size=2))
    with pytest.raises(InvalidArgument) as mismatch:
        await world.stub.GetTimeline(
            pb.GetTimelineRequest(
                parent=f"contacts/{ada}",
                page_size=2,
                page_token=page.next_page_token,
                filter=pb.TimelineFilter(people_only=True),
            )
        )
    assert mismatch.value.reason == "PAGE_TOKEN_MISMATCH"


async def test_a_colleagues_token_is_refused_whoever_may_see_the_same_timeline(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(*(touch(str(n), ago=n) for n in range(5)))
    jana, tomas = [await world.caller("rep", subject=f"users/{name}") for name in ("jana", "tomas")]
    request = pb.GetTimelineRequest(parent=f"contacts/{ada}", page_size=2)
    assert len((await tomas.GetTimeline(request)).threads) == 2
    request.page_token = (await jana.GetTimeline(request)).next_page_token
    assert len((await jana.GetTimeline(request)).threads) == 2
    with pytest.raises(InvalidArgument) as mismatch:
        await tomas.GetTimeline(request)
    assert mismatch.value.reason == "PAGE_TOKEN_MISMATCH"


async def test_links_that_change_between_pages_are_told(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(*(touch(str(n), ago=n) for n in range(5)))
    request = pb.GetTimelineRequest(parent=f"contacts/{ada}", page_size=2)
    page = await world.stub.GetTimeline(request)
    world.holds(ada, world.subjects.of("email", "lovelace@kiln.example"))
    await world.settled()
    request.page_token = page.next_page_token
    answer = await world.stub.GetTimeline(request)
    assert answer.links_changed
    assert not answer.threads


async def test_a_page_waits_for_the_links_that_its_reader_has_seen(world: World):
    ada = uuid4()
    world.contact(ada)
    position = world.link(world.holds(ada, world.subjects.of("email", "ada@kiln.example")))
    (name,) = await world.accept(touch("1"))
    request = pb.GetTimelineRequest(parent=f"contacts/{ada}", min_position=position)
    page = await world.stub.GetTimeline(request)
    assert names(page.threads) == [[name]]
    with pytest.raises(InvalidArgument):
        await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}", min_position="§"))


async def test_a_long_thread_shows_its_first_hundred_and_lists_the_rest(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    message = {"message": "m1", "message_time": NOW - timedelta(hours=20)}
    opened = [touch(str(n), ago=20 * 3600 - n, **message) for n in range(250)]
    expected = await world.accept(*opened, touch("last", ago=1))
    threads = await world.timeline(f"contacts/{ada}", size=1)
    assert names(threads) == [[expected[-1]], expected[:100]]
    assert threads[1].has_more_touches
    listed: list[str] = []
    request = pb.ListThreadTouchesRequest(parent=threads[1].name, page_size=90)
    while True:
        page = await world.stub.ListThreadTouches(request)
        listed += [one.name for one in page.touches]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert listed == expected[:250]


async def test_the_header_says_what_matters(world: World):
    ada, campaign = uuid4(), uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    named = {"campaign": f"campaigns/{campaign}", "names": pb.Names(campaign="Autumn")}
    await world.accept(
        touch("1", "email.handed_over", ago=5000, **named),
        touch("2", "email.clicked", ago=4000),
        touch("3", "call.logged", ago=3000, attributes={"duration_minutes": 12}),
        touch("4", "email.opened", ago=10),
    )
    page = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}"))
    assert page.header.last_human_response.type == "email.clicked"
    assert page.header.last_call.type == "call.logged"
    assert [one.display_name for one in page.header.campaigns_in_flight] == ["Autumn"]
    assert not page.header.HasField("next_from_marketing")
    assert page.counts.total == 4
    assert {one.type: one.count for one in page.counts.by_type}["email.opened"] == 1


async def test_unknown_timelines_and_strangers_are_refused(world: World):
    with pytest.raises(NotFound) as unknown:
        await world.stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{uuid4()}"))
    assert unknown.value.reason == "TIMELINE_NOT_FOUND"
    with pytest.raises(InvalidArgument):
        await world.stub.GetTimeline(pb.GetTimelineRequest(parent="deals/1"))
    rep = await world.caller("rep")
    with pytest.raises(PermissionDenied):
        async for _ in rep.ReadTouches(pb.ReadTouchesRequest()):
            pass


async def test_everything_can_be_read_and_gone_on_with(world: World):
    expected = await world.accept(*(touch(str(n), value=f"p{n}@kiln.example") for n in range(30)))
    found, cursors, positions = [], [], []
    async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest(batch_size=7)):
        positions += answer.positions
        found += [one.name for one in answer.touches]
        cursors.append(answer.cursor)
    assert sorted(found) == sorted(expected)
    assert positions
    rest = []
    async for answer in world.stub.ReadTouches(pb.ReadTouchesRequest(cursor=cursors[2])):
        rest += [one.name for one in answer.touches]
    assert found[14:] == rest


async def test_touches_of_nobody_are_listed(world: World):
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    await world.accept(touch("1"))
    strays = await world.accept(*(touch(f"s{n}", value="stray@kiln.example", ago=n) for n in range(5)))
    admin = await world.caller("admin")
    first = await admin.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=3))
    rest = await admin.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=3, page_token=first.next_page_token))
    assert first.total_size == 5
    assert {one.name for one in [*first.touches, *rest.touches]} == set(strays)
    assert not rest.next_page_token
