"""The wiring of contact: the only file that knows every other."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chassis.anchoring import Anchoring
from chassis.bus import ConsumerLoop, Subscription, one_at_a_time
from chassis.bus_kafka import KafkaProducer, StreamEnds
from chassis.config import Settings
from chassis.db import Database
from chassis.keeping import Keeping
from chassis.outbox import Relay
from chassis.roles import Relaying, Serving
from chassis.rpc import Channel, build_server, own_channel
from chassis.run import Service
from chassis.signing import Signer
from identity import Subjects
from touchline.contact.v1.contact_pb2_grpc import add_ContactServiceServicer_to_server

from services.contact import events
from services.contact.gateways import Elsewhere
from services.contact.jobs import Erasing, Purging, Reading, Renormalising, Sealing, Seeking, Telling
from services.contact.rpc import API, UNLIMITED, ContactServicer
from services.contact.store.keeping import RULES

CONSUMER = "contact.consume"


@dataclass
class ServeRole(Serving):
    """gRPC, and the services that are asked for an export."""

    elsewhere: Elsewhere

    async def close(self) -> None:
        """Let go of whom it asks, too."""
        await self.elsewhere.close()
        await super().close()


async def serve(settings: Settings) -> ServeRole:
    """The role that answers gRPC."""
    database = Database(settings, encode=events.encode)
    key, ways = (
        settings.identity_key(),
        (_channel(settings, name) for name in ("segmentation", "campaign", "interaction")),
    )
    elsewhere = Elsewhere(*ways)
    servicer = ContactServicer(
        database,
        Subjects(key, settings.region, version=settings.normalisation),
        signer=Signer(key),
        elsewhere=elsewhere,
        hides_teams=settings.hides_teams,
        refuses_unregistered=settings.refuses_unregistered_attributes,
    )
    server = build_server(
        settings, [(add_ContactServiceServicer_to_server, servicer, API)], report=database.health, unlimited=UNLIMITED
    )
    return ServeRole(database, server, elsewhere)


@dataclass
class ConsumeRole:
    """The consumer of what people ask for on the edge and of erasures, and the note that it has read everything."""

    database: Database
    loop: ConsumerLoop
    reading: Reading

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop."""
        await self.database.open()
        noting = asyncio.create_task(self.reading.run(stop))
        try:
            await self.loop.run(stop)
        finally:
            stop.set()
            await noting
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return {**self.loop.health(), **self.reading.health()}


async def consume(settings: Settings) -> ConsumeRole:
    """The role that applies what people ask for on the edge."""
    database, stream = Database(settings, encode=events.encode), events.CONSENT_REQUESTS
    subjects = Subjects(settings.identity_key(), version=settings.normalisation)
    heard = [
        Subscription(stream, one_at_a_time(events.ConsentRequestHandler(subjects))),
        Subscription(events.ERASURES, one_at_a_time(events.ErasureHandler()), outbox=True),
    ]
    reading = Reading(database, StreamEnds(settings, stream), consumer=CONSUMER, stream=stream)
    return ConsumeRole(database, ConsumerLoop(settings, database, CONSUMER, heard), reading)


async def work(settings: Settings) -> Relaying:
    """The role that sends what happened to Kafka, seeks duplicates, seals consents and ends erasures by the clock."""
    database = Database(settings, encode=events.encode)
    producer = KafkaProducer(settings, streams=[events.STREAM, events.ERASURES, events.AUDIT])
    relay = Relay(database, producer, source="/touchline/contact")
    subjects = Subjects(settings.identity_key(), version=settings.normalisation)
    chores = (
        Seeking(database).chore(),
        Telling(database).chore(),
        Sealing(database).chore(),
        Erasing(database).chore(),
        Anchoring(database, "contact", Signer(settings.identity_key()), events.anchored).chore(),
        Keeping(database, "contact", RULES).chore(),
        Purging(database, subjects).chore(),
        Renormalising(database, subjects).chore(),
    )
    return Relaying(database, producer, relay, chores=chores)


def _channel(settings: Settings, service: str) -> Channel:
    """The way to another service, with our own token."""
    return own_channel(settings, service)


SERVICE = Service(
    "contact", {"serve": serve, "consume": consume, "work": work}, migrations=Path(__file__).parent / "migrations"
)
