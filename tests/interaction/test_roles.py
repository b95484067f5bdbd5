"""The four roles together on a real broker: a touch is accepted, written, watched and published."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import identity
from chassis.bus_kafka import Topics
from chassis.config import Settings
from chassis.errors import Unavailable
from chassis.rpc import channel
from kafka import KafkaConsumer, TopicPartition
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

from services.interaction import app, events
from tests.chassis.ground import until
from tests.interaction.world import touch
from tests.patience import PATIENCE


async def test_a_touch_goes_all_the_way_on_real_kafka(
    make_database: Callable[..., Settings], kafka: Any, topic_prefix: str, token: Callable[..., str]
):
    settings = make_database(
        "interaction", kafka_bootstrap=kafka.bootstrap(), topic_prefix=topic_prefix, port_interaction=0
    )
    await asyncio.to_thread(Topics.load().apply, settings)
    stop = asyncio.Event()
    serve = await app.serve(settings.for_role("interaction", "serve"))
    roles = [serve]
    for name in ("consume", "consume", "publish", "work"):
        roles.append(await getattr(app, name)(settings.for_role("interaction", name)))
    tasks = [asyncio.create_task(role.run(stop)) for role in roles]
    ada = uuid4()
    subject = identity.Subjects(settings.identity_key()).of("email", "ada@kiln.example")
    try:
        async with channel(f"127.0.0.1:{serve.server.port}", token=token("admin", client="test")) as opened:
            stub = InteractionServiceStub(opened)
            await register(stub)
            await know(serve.database, ada, subject)
            async with asyncio.timeout(PATIENCE):
                await watched(stub, serve, ada)
        value = await asyncio.to_thread(published, settings, topic_prefix, subject)
        assert events_pb2.PublishedTouch.FromString(value).contacts == [f"contacts/{ada}"]
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def register(stub: Any) -> None:
    """Register the source, as soon as the server answers."""
    source = pb.Source(name="sources/mail", client="test", identifier_kind="email")
    await stub.RegisterSource(pb.RegisterSourceRequest(source=source), wait_for_ready=True, timeout=30)


async def know(database: Any, ada: Any, subject: bytes) -> None:
    """Put Ada and her address into the projection."""
    from uuid import UUID

    async with database.connection() as conn:
        await conn.execute("INSERT INTO contact (contact_id, state, epoch, revision) VALUES (%s, 1, 1, 1)", (ada,))
        await conn.execute(
            "INSERT INTO link (link_id, kind, subject_id, contact_id, asserted_time, epoch, revision) "
            "VALUES (%s, 'holds', %s, %s, now(), 1, 1)",
            (uuid4(), UUID(bytes=subject), ada),
        )
        await conn.execute("COMMIT")


async def again(call: Callable[[], Any]) -> Any:
    """The answer of a call that may come too early: five roles start on this one loop."""
    while True:
        try:
            return await call()
        except Unavailable:
            await asyncio.sleep(0.1)


async def watched(stub: Any, serve: Any, ada: Any) -> None:
    """Record until it is accepted, and see each touch on the timeline and in the watch."""
    await until(lambda: serve.tail.health()["watch"] == "ok")
    page = await again(lambda: stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{ada}")))
    watching = stub.WatchTimeline(
        pb.WatchTimelineRequest(parent=f"contacts/{ada}", watch_position=page.watch_position), timeout=60
    )
    recorded = pb.RecordTouchesRequest(touches=[touch("1")])
    result = (await again(lambda: stub.RecordTouches(recorded, timeout=20))).results[0]
    assert result.status.code == 0, result.status
    async for answer in watching:
        if answer.WhichOneof("change") == "touch":
            assert answer.touch.name == result.name
            return


def published(settings: Settings, prefix: str, subject: bytes) -> bytes:
    """The first record of the public stream."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000
    )
    consumer.assign([TopicPartition(prefix + events.TOUCHES, number) for number in range(24)])
    try:
        record = next(consumer)
        assert record.key == subject
        return record.value
    finally:
        consumer.close()
