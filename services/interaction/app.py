"""The wiring of interaction: the only file that knows every other."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import erasing
import identity
from chassis.anchoring import Anchoring
from chassis.bus import LAGGING, ConsumerLoop, Producer, Snapshot, Subscription, one_at_a_time
from chassis.bus_kafka import KafkaProducer, StreamEnds
from chassis.chores import Chore
from chassis.config import Settings
from chassis.db import Database
from chassis.keeping import Keeping
from chassis.outbox import Relay
from chassis.roles import Relaying
from chassis.rpc import Channel, build_server, own_channel
from chassis.rpc.server import RpcServer
from chassis.run import Service
from chassis.signing import Signer
from chassis.streams import catalogue
from chassis.web import WebServer
from snapshots import contact_events
from touchline.interaction.v1.interaction_pb2_grpc import add_InteractionServiceServicer_to_server
from tracking import Keyring, urls

from services.interaction import events
from services.interaction.gateways import (
    CONSENT_REQUESTS,
    INTAKE,
    Browsers,
    ConsentRequests,
    Delivery,
    Intake,
    Letters,
    Neighbours,
    OptIns,
    Spool,
    Standing,
    Webhooks,
)
from services.interaction.http import Callers, Confirming, Edge, build_app, cookies, networks
from services.interaction.jobs import Alerts, Evidence, Retention
from services.interaction.rpc import API, CONSUMER, ITEM_WISE, TIMELY, UNLIMITED, InteractionServicer, Streams
from services.interaction.store import RECORDED
from services.interaction.store.keeping import RULES
from services.interaction.usecases import Hub

PUBLISHER = "interaction.publish"
SOURCE = "/touchline/interaction"
PUBLISHED_ENVELOPES = 50  # at once: what a slow machine can make and send within the patience of the publisher
ALERTS_SECONDS = 5.0
BESIDE = ("contact", "campaign")
EDGE_REQUESTS = 2_000  # at the same time; beyond, the edge answers 503 at once


@dataclass
class ServeRole:
    """gRPC, the way to the intake stream, and the tail of what is written."""

    database: Database
    producer: Producer
    tail: events.Tail
    server: RpcServer
    neighbours: Neighbours
    ends: StreamEnds

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; what callers wait for goes to Kafka before it ends."""
        await self.database.open()
        await self.producer.start()
        self.tail.start()
        try:
            await self.server.run(stop)
        finally:
            await self.producer.close()
            await self.tail.close()
            await self.neighbours.close()
            await self.ends.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return {**self.database.health(), **self.producer.health(), **self.tail.health()}


@dataclass
class ConsumeRole:
    """A consumer on its database, and what else it works with."""

    database: Database
    loop: ConsumerLoop
    producer: Producer | None = None
    contact: Channel | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop."""
        await self.database.open()
        try:
            if self.producer is not None:
                await self.producer.start()
            await self.loop.run(stop)
        finally:
            if self.producer is not None:
                await self.producer.close()
            if self.contact is not None:
                await self.contact.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return self.loop.health()


@dataclass
class WorkRole(Relaying):
    """The relay and the chores, and whom erasures are acknowledged to."""

    contact: Channel

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until told to stop."""
        try:
            await super().run(stop)
        finally:
            await self.contact.close()


@dataclass
class EdgeRole:
    """The public web server, the way to Kafka, and the spool that stands in for it."""

    producer: Producer
    delivery: Delivery
    asked: tuple[Standing | OptIns, ...]
    server: WebServer

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, also while Kafka is away; what Kafka has not taken by then stays on disk."""
        starting = asyncio.create_task(self.producer.start())
        delivering = asyncio.create_task(self.delivery.run(stop))
        try:
            await asyncio.sleep(0)
            await self.server.run(stop)
        finally:
            stop.set()
            await asyncio.gather(starting, delivering)
            await self.producer.close()
            await self.delivery.close()
            for each in self.asked:
                await each.close()

    def health(self) -> Mapping[str, str]:
        return {**self.producer.health(), **self.delivery.health()}


async def serve(settings: Settings) -> ServeRole:
    """The role that answers gRPC."""
    database, producer, hub = Database(settings), KafkaProducer(settings, streams=[INTAKE, CONSENT_REQUESTS]), Hub()
    contact, campaign = (own_channel(settings, name) for name in BESIDE)
    neighbours = Neighbours(contact, campaign)
    subjects = identity.Subjects(settings.identity_key(), settings.region, version=settings.normalisation)
    allows_http = Webhooks(settings.webhook_networks).allows_http
    consents = ConsentRequests(producer, partitions=catalogue()[CONSENT_REQUESTS].partitions)
    ends = StreamEnds(settings, INTAKE)
    streams = Streams(Intake(producer), hub, subjects, consents, neighbours, settings.hides_teams, allows_http, ends)
    servicer = InteractionServicer(database, streams)
    server = build_server(
        settings,
        [(add_InteractionServiceServicer_to_server, servicer, API)],
        report=lambda: {**database.health(), **producer.health()},
        unlimited=UNLIMITED,
        item_wise=ITEM_WISE,
        timely=TIMELY,
    )
    return ServeRole(database, producer, events.Tail(settings, hub), server, neighbours, ends)


async def consume(settings: Settings) -> ConsumeRole:
    """The role that writes touches and keeps the projection of links."""
    database = Database(settings)
    contact = own_channel(settings, "contact")
    loop = ConsumerLoop(settings, database, CONSUMER, subscriptions(contact_events(contact)))
    return ConsumeRole(database, loop, contact=contact)


def subscriptions(people: Snapshot | None = None) -> list[Subscription]:
    """What `consume` hears, and where it finds everybody when the beginning of contact's stream is gone."""
    return [
        Subscription(INTAKE, events.IntakeHandler()),
        Subscription(events.CONTACTS, one_at_a_time(events.ContactHandler()), outbox=True, snapshot=people),
        Subscription(erasing.STREAM, one_at_a_time(events.ErasureHandler(CONSUMER, INTAKE)), outbox=True),
    ]


async def publish(settings: Settings) -> ConsumeRole:
    """The role that tells other systems."""
    database, producer = Database(settings), KafkaProducer(settings, streams=[events.TOUCHES])
    handler = events.PublishHandler(producer)
    heard = [Subscription(RECORDED, handler, outbox=True, emits=False, max_records=PUBLISHED_ENVELOPES)]
    return ConsumeRole(database, ConsumerLoop(settings, database, PUBLISHER, heard, limits=LAGGING), producer)


async def work(settings: Settings) -> WorkRole:
    """The role that sends what happened to Kafka, deletes what is kept no longer, and tells owners and contact."""
    database, producer = (
        Database(settings),
        KafkaProducer(settings, streams=[RECORDED, events.EVENTS, events.AUDIT]),
    )
    relay, evidence = Relay(database, producer, source=SOURCE), Chore("evidence", Evidence(database).keep)
    retention = Chore("retention", Retention(database, consumer=CONSUMER, stream=INTAKE).keep)
    telling = Alerts(database, Letters(settings), Webhooks(settings.webhook_networks), settings.console_address)
    alerts = Chore("alerts", telling.tell, every=ALERTS_SECONDS, again=ALERTS_SECONDS)
    contact = own_channel(settings, "contact")
    erasures = erasing.Acknowledging(database, contact, "interaction").chore()
    keeping = Keeping(database, "interaction", RULES).chore()
    anchoring = Anchoring(database, "interaction", Signer(settings.identity_key()), events.anchored).chore()
    return WorkRole(
        database, producer, relay, contact, chores=(evidence, retention, alerts, erasures, keeping, anchoring)
    )


async def edge(settings: Settings) -> EdgeRole:
    """The role that answers the open web. It has no database."""
    producer = KafkaProducer(settings, streams=[INTAKE, CONSENT_REQUESTS])
    spool = Spool(
        Path(settings.edge_spool_dir) if settings.edge_spool_dir else settings.state / "edge-spool",
        limit=settings.edge_spool_bytes,
    )
    partitions, asking = (catalogue()[stream].partitions for stream in (INTAKE, CONSENT_REQUESTS))
    browsers, keyring = Browsers(producer, partitions=asking), Keyring.load(settings.tracking_key_file)
    intake = Intake(producer, rest=0.0)  # whoever opens a mail does not call again
    delivery, standing = Delivery(intake, browsers, spool, partitions=partitions), Standing(settings)
    pages = Edge(
        keyring=keyring,
        delivery=delivery,
        consents=ConsentRequests(producer, partitions=asking),
        standing=standing,
        callers=Callers(networks(settings.edge_trusted_proxies)),
        urls=urls(settings.edge_url),
        partitions=partitions,
        cookies=cookies(settings.edge_cookie_domain, settings.edge_url, keyring),
    )
    app = build_app(pages, Confirming(pages, opt_ins := OptIns(settings)))
    server = WebServer(app, settings, settings.port_edge, proxy_headers=False, limit_concurrency=EDGE_REQUESTS)
    return EdgeRole(producer, delivery, (standing, opt_ins), server)


SERVICE = Service(
    "interaction",
    {"serve": serve, "edge": edge, "consume": consume, "publish": publish, "work": work},
    migrations=Path(__file__).parent / "migrations",
    processes={"consume": 2},
    yielding=["publish"],
)
