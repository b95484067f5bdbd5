"""Sources and types at the door: what was registered a moment ago is known at once, here and in other processes."""

import asyncio

from chassis.db import Tx
from chassis.errors import Unavailable
from chassis.rpc.status import from_status
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain.types import TouchType
from services.interaction.usecases import KnownTypes
from tests.interaction.world import World, touch


def sauna(*fields: str) -> pb.TouchType:
    return pb.TouchType(
        name="touchTypes/sauna.visited",
        channel=pb.CHANNEL_OTHER,
        touch_class=pb.TOUCH_CLASS_ACTIVE,
        fields=[pb.TouchType.Field(key=key, kind=pb.TouchType.FIELD_KIND_NUMBER) for key in fields],
        title_template="Sauna",
    )


async def register(world: World, kind: pb.TouchType) -> pb.TouchType:
    admin = await world.caller("admin")
    return await admin.RegisterTouchType(pb.RegisterTouchTypeRequest(touch_type=kind))


async def test_a_new_version_may_be_used_and_is_checked_at_once(world: World):
    await register(world, sauna("minutes"))
    await world.accept(touch("1", "sauna.visited", attributes={"minutes": 20}))
    assert (await register(world, sauna("minutes", "heat"))).version == 2
    good, bad, newer = await world.record(
        touch("2", "sauna.visited", type_version=2, attributes={"heat": 90}),
        touch("3", "sauna.visited", attributes={"heat": "very"}),
        touch("4", "sauna.visited", type_version=3),
    )
    assert good.status.code == 0
    assert bad.status.code == 3
    assert from_status(newer.status).reason == "TOUCH_TYPE_UNKNOWN"


async def test_another_process_looks_for_a_version_that_it_does_not_know(world: World):
    await register(world, sauna("minutes"))
    elsewhere = KnownTypes(world.database, store.find_touch_type)
    await elsewhere.learn_versions([("sauna.visited", 1)])
    await register(world, sauna("minutes", "heat"))
    for _ in range(1_000):  # an older version than asked for is an absence, remembered for a moment
        await elsewhere.learn_versions([("sauna.visited", 2)])
        found = elsewhere.get("sauna.visited")
        if found is not None and found.version == 2:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never looked again")


async def test_another_process_judges_by_a_new_version_after_five_seconds_also_where_none_is_named(world: World):
    await register(world, sauna("minutes"))
    moment = 0.0
    elsewhere = KnownTypes(world.database, store.find_touch_type, now=lambda: moment)
    versions = []
    for moment in (0.0, 0.1, 5.2):
        await elsewhere.learn_versions([("sauna.visited", 0)])
        versions.append(found.version if (found := elsewhere.get("sauna.visited")) else 0)
        if moment == 0.0:
            await register(world, sauna("minutes", "heat"))
    assert versions == [1, 1, 2]


async def test_what_is_known_is_asked_for_once_in_a_while_when_nobody_answers(world: World):
    await register(world, sauna("minutes"))
    clock, asked = [0.0], []

    async def find(tx: Tx, name: str) -> TouchType | None:
        asked.append(clock[0])
        if clock[0]:
            raise Unavailable("PostgreSQL does not answer")
        return await store.find_touch_type(tx, name)

    elsewhere = KnownTypes(world.database, find, now=lambda: clock[0])
    for moment in (0.0, 6.0, 6.1, 10.9, 11.1):
        clock[0] = moment
        await elsewhere.learn_versions([("sauna.visited", 1)])
        assert elsewhere.get("sauna.visited") is not None
    assert asked == [0.0, 6.0, 11.1]


async def test_a_source_may_be_used_right_after_it_was_missed(world: World):
    said = touch("1")
    said.source = "sources/fresh"
    (missed,) = await world.record(said)
    assert from_status(missed.status).reason == "SOURCE_UNKNOWN"
    admin = await world.caller("admin")
    source = pb.Source(name="sources/fresh", client="test", identifier_kind="email")
    await admin.RegisterSource(pb.RegisterSourceRequest(source=source))
    (known,) = await world.record(said)
    assert known.status.code == 0, known.status
