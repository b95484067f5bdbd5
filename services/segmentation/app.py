"""The wiring of segmentation: the only file that knows every other."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import erasing
from chassis.bus import LAGGING, ConsumerLoop, Subscription, one_at_a_time
from chassis.bus_kafka import KafkaProducer
from chassis.chores import doing
from chassis.config import Settings
from chassis.db import Database
from chassis.outbox import Relay
from chassis.roles import Relaying, Serving
from chassis.rpc import Channel, build_server, own_channel
from chassis.run import Service
from snapshots import contact_events, recorded_touches
from touchline.segmentation.v1.segmentation_pb2_grpc import add_SegmentationServiceServicer_to_server

from services.segmentation import events
from services.segmentation.jobs import Evaluator
from services.segmentation.rpc import UNLIMITED, SegmentationServicer

API = "touchline.segmentation.v1.SegmentationService"
CONSUMER = "segmentation.consume"


@dataclass
class Working(Relaying):
    """The relay, the evaluation of rules, and whom erasures are acknowledged to."""

    evaluator: Evaluator
    contact: Channel

    async def run(self, stop: asyncio.Event) -> None:
        """Relay and evaluate until told to stop."""
        await self.database.open()
        evaluating = asyncio.create_task(self.evaluator.run(stop))
        try:
            async with doing(*self.chores):
                await self.producer.start()
                await self.relay.run(stop)
            await evaluating
        finally:
            evaluating.cancel()
            await self.contact.close()
            await self.producer.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return {**super().health(), **self.evaluator.health()}


@dataclass
class Consuming:
    """A consumer on its database, and whom it asks for what its streams no longer hold."""

    database: Database
    channels: Mapping[str, Channel]
    loop: ConsumerLoop

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop."""
        await self.database.open()
        try:
            await self.loop.run(stop)
        finally:
            for opened in self.channels.values():
                await opened.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return self.loop.health()


async def serve(settings: Settings) -> Serving:
    """The role that answers gRPC."""
    database = Database(settings, encode=events.encode)
    servicer = SegmentationServicer(database, hides_teams=settings.hides_teams)
    server = build_server(
        settings,
        [(add_SegmentationServiceServicer_to_server, servicer, API)],
        report=database.health,
        unlimited=UNLIMITED,
    )
    return Serving(database, server)


async def consume(settings: Settings) -> Consuming:
    """The role that keeps what rules look at in step with contact and interaction."""
    database = Database(settings, encode=events.encode, pool_size=2)
    asked = ("contact", "interaction")
    channels = {name: own_channel(settings, name) for name in asked}
    loop = ConsumerLoop(settings, database, CONSUMER, subscriptions(channels), limits=LAGGING)
    return Consuming(database, channels, loop)


def subscriptions(channels: Mapping[str, Channel]) -> list[Subscription]:
    """What `consume` hears, and where it finds everything when a stream's beginning is gone."""
    people, touches = contact_events(channels["contact"]), recorded_touches(channels["interaction"])
    recorded, changes = events.TouchesHandler(), events.TouchesHandler.changes
    return [
        Subscription(events.CONTACTS, events.ContactsHandler(), outbox=True, snapshot=people),
        Subscription(events.RECORDED, recorded, outbox=True, snapshot=touches, emits=changes),
        Subscription(erasing.STREAM, one_at_a_time(events.ErasureHandler()), outbox=True),
    ]


async def work(settings: Settings) -> Working:
    """The role that evaluates rules, and sends what happened to Kafka."""
    database = Database(settings, encode=events.encode)
    producer = KafkaProducer(settings, streams=[events.STREAM])
    relay = Relay(database, producer, source="/touchline/segmentation")
    contact = own_channel(settings, "contact")
    erasures = erasing.Acknowledging(database, contact, "segmentation").chore()
    return Working(database, producer, relay, Evaluator(database), contact, chores=(erasures,))


SERVICE = Service(
    "segmentation",
    {"serve": serve, "consume": consume, "work": work},
    migrations=Path(__file__).parent / "migrations",
    yielding=["consume"],
)
