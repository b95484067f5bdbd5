"""On real Kafka: what contact and interaction say becomes a membership, and the membership becomes a record."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

from chassis.bus_kafka import KafkaProducer, Topics
from chassis.db import Database
from kafka import KafkaConsumer, TopicPartition
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_events_pb2 import SegmentationEvent, SegmentMembershipChanged

from services.segmentation import app, events
from services.segmentation.domain import rules
from tests.patience import PATIENCE
from tests.segmentation.test_agreement import a_rule
from tests.segmentation.world import World, touch_record

CLICKED = rules.And((rules.Touches(("email.clicked",), within=timedelta(days=1)), rules.Attribute(
    "display_name", rules.Operator.IS_SET
)))  # fmt: skip


@contextlib.asynccontextmanager
async def running(role):
    stop = asyncio.Event()
    task = asyncio.create_task(role.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


def flips(settings, seconds):
    """The first membership told on the stream."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    try:
        topic = settings.topic_prefix + events.STREAM
        consumer.assign([TopicPartition(topic, number) for number in range(6)])
        consumer.seek_to_beginning()
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        while datetime.now(UTC) < deadline:
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    event = SegmentationEvent.FromString(record.value)
                    if event.WhichOneof("event") == "segment_membership_changed":
                        return event.segment_membership_changed
    finally:
        consumer.close()
    raise AssertionError("no membership was told")


async def test_a_contact_and_a_click_become_a_membership_and_a_record(make_database, kafka, topic_prefix):
    settings = make_database("segmentation", kafka_bootstrap=kafka.bootstrap(), topic_prefix=topic_prefix)
    await asyncio.to_thread(Topics.load().apply, settings)
    world, database = World(3), Database(settings, encode=events.encode)
    producer = KafkaProducer(settings, streams=[events.CONTACTS, events.RECORDED])
    await database.open()
    await producer.start()
    async with running(await app.consume(settings)), running(await app.work(settings)):
        segment = await a_rule(database, world, 1, CLICKED)
        person = world.contacts[3]
        click = touch_record(world, person, "email.clicked", datetime.now(UTC))
        for record in (world.contact(person, "ACTIVE"), click):
            headers = [("ce_sequence", b"1.1")]
            await producer.send(record.stream, partition=0, key=b"", value=record.value, headers=headers)
        said = await asyncio.to_thread(flips, settings, PATIENCE)
    await producer.close()
    await database.close()
    assert (said.contact, said.segment) == (f"contacts/{person}", f"segments/{segment}")
    assert said.change == SegmentMembershipChanged.CHANGE_ENTERED
    assert said.cause.kind in {pb.Cause.KIND_TOUCH, pb.Cause.KIND_CONTACT}
