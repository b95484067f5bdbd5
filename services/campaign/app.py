"""The wiring of campaign: the only file that knows every other."""

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import erasing
import touchrelay
import tracking
from chassis.bus import ConsumerLoop, Subscription, one_at_a_time
from chassis.bus_kafka import KafkaProducer
from chassis.chores import Chore, Forgetting, doing
from chassis.clock import SystemClock
from chassis.config import Settings
from chassis.db import Database
from chassis.keeping import Keeping
from chassis.outbox import Relay
from chassis.roles import Serving
from chassis.rpc import Channel, build_server, own_channel
from chassis.run import Service
from snapshots import contact_events
from touchline.campaign.v1.campaign_pb2_grpc import add_CampaignServiceServicer_to_server
from touchrelay import TouchSender

from services.campaign import events
from services.campaign.domain import measuring
from services.campaign.events.contacts import CONTACTS, ContactsHandler
from services.campaign.events.erasures import on_contact_erased
from services.campaign.gateways.consent import Consents
from services.campaign.gateways.contacts import Contacts
from services.campaign.gateways.letters import Letters
from services.campaign.gateways.mail import SmtpPool
from services.campaign.gateways.optins import OptIns
from services.campaign.gateways.outcomes import Outcomes
from services.campaign.gateways.segments import Segments
from services.campaign.jobs.confirming import confirming
from services.campaign.jobs.planning import Planning
from services.campaign.jobs.restoring import restoring
from services.campaign.jobs.sending import Sending
from services.campaign.rpc import API, CampaignServicer, Outside
from services.campaign.store.keeping import RULES
from services.campaign.usecases.confirming import Confirming
from services.campaign.usecases.erasing import sweep
from services.campaign.usecases.sending import Dispatcher, Limits, Preparation, Scribe

SOURCE = "/touchline/campaign"
CONSUMER = "campaign"
LARGEST_REQUEST = 16 * 1024 * 1024  # bytes; a template that is far too large is told so, with its place


@dataclass
class ServeRole(Serving):
    """gRPC, and whom it asks: segmentation, contact, the mail server."""

    channels: tuple[Channel, ...]
    letters: Letters

    async def close(self) -> None:
        """Let go of whom it asks, too."""
        await self.letters.close()
        for opened in self.channels:
            await opened.close()
        await super().close()


@dataclass
class ConsumeRole:
    """What contact says, on its way into our projection."""

    database: Database
    contact: Channel
    loop: ConsumerLoop

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop."""
        await self.database.open()
        try:
            await self.loop.run(stop)
        finally:
            await self.contact.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return self.loop.health()


@dataclass
class WorkRole:
    """The outbox on its way: facts to Kafka, touches to interaction; and the planner."""

    database: Database
    producer: KafkaProducer
    touches: TouchSender
    relays: tuple[Relay, ...]
    segmentation: Channel
    contact: Channel
    planning: Planning
    outcomes: Outcomes
    chores: tuple[Chore, ...]

    async def run(self, stop: asyncio.Event) -> None:
        """Relay and plan until told to stop."""
        await self.database.open()
        try:
            async with doing(*self.chores), asyncio.TaskGroup() as group:
                await self.producer.start()
                for relay in self.relays:
                    group.create_task(relay.run(stop))
                group.create_task(self.planning.run(stop))
        finally:
            await self.touches.close()
            await self.outcomes.close()
            await self.segmentation.close()
            await self.contact.close()
            await self.producer.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        facts, touches = (relay.health()["outbox"] for relay in self.relays)
        told = {"outbox": facts, "touch_outbox": touches}
        return {
            **self.database.health(),
            **self.producer.health(),
            **self.touches.health(),
            **self.planning.health(),
            **{name: state for chore in self.chores for name, state in chore.health().items()},
            **told,
        }


@dataclass
class SendRole:
    """The send loop with its connections."""

    database: Database
    contact: Channel
    pool: SmtpPool
    sending: Sending
    confirming: Chore

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; what is under way is seen to its end."""
        await self.database.open()
        try:
            await self.pool.start()
            async with doing(self.confirming):
                await self.sending.run(stop)
        finally:
            await self.pool.close()
            await self.contact.close()
            await self.database.close()

    def health(self) -> Mapping[str, str]:
        return {**self.database.health(), **self.sending.health(), **self.confirming.health()}


async def serve(settings: Settings) -> ServeRole:
    """The role that answers gRPC."""
    database = Database(settings, encode=events.encode)
    segmentation, contact = (_channel(settings, name) for name in ("segmentation", "contact"))
    letters = Letters(settings)
    outside = Outside(settings, Segments(segmentation), Consents(contact), letters)
    servicer = CampaignServicer(database, outside)
    registrations = [(add_CampaignServiceServicer_to_server, servicer, API)]
    server = build_server(settings, registrations, report=database.health, largest=LARGEST_REQUEST)
    return ServeRole(database, server, (segmentation, contact), letters)


async def consume(settings: Settings) -> ConsumeRole:
    """The role that keeps the projection of people, companies and deals."""
    database, contact = Database(settings), _channel(settings, "contact")
    return ConsumeRole(database, contact, ConsumerLoop(settings, database, CONSUMER, subscriptions(contact)))


def subscriptions(contact: Channel) -> list[Subscription]:
    """What `consume` hears, and where it finds everything when the stream's beginning is gone."""
    handler, everything = ContactsHandler(Contacts(contact)), contact_events(contact)
    return [
        Subscription(CONTACTS, handler, outbox=True, snapshot=everything, emits=False),
        Subscription(erasing.STREAM, one_at_a_time(on_contact_erased), outbox=True, emits=False),
    ]


async def work(settings: Settings) -> WorkRole:
    """The role that sends what happened to Kafka, and touches to interaction."""
    database, producer = Database(settings, encode=events.encode), KafkaProducer(settings, streams=[events.STREAM])
    segmentation, contact = (_channel(settings, name) for name in ("segmentation", "contact"))
    touches = TouchSender(_channel(settings, "interaction"), events.SOURCES)
    outcomes = Outcomes(_channel(settings, "interaction"))
    return WorkRole(
        database,
        producer,
        touches,
        (
            Relay(database, producer, source=SOURCE, streams=[events.STREAM]),
            Relay(database, touches, source=SOURCE, streams=[touchrelay.STREAM], refused=touches.keep_refused),
        ),
        segmentation,
        contact,
        Planning(database, SystemClock(), Segments(segmentation), Contacts(contact)),
        outcomes,
        (
            restoring(database, SystemClock(), outcomes),
            Forgetting(database).chore(),
            erasing.Acknowledging(database, contact, "campaign", sweep=sweep).chore(),
            Keeping(database, "campaign", RULES).chore(),
        ),
    )


async def send(settings: Settings) -> SendRole:
    """The role that hands mails to the mail server."""
    database = Database(settings, encode=events.encode)
    contact = _channel(settings, "contact")
    pool, keyring, urls = (
        SmtpPool(settings),
        tracking.Keyring.load(settings.tracking_key_file),
        tracking.urls(settings.edge_url),
    )
    dispatcher = Dispatcher(
        database,
        SystemClock(),
        consents=Consents(contact),
        pool=pool,
        scribe=Scribe(keyring, urls),
        preparation=Preparation(settings.dkim_key_dir),
        owner=f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}",
        limits=Limits(settings.send_batch, timedelta(seconds=settings.send_lease_seconds)),
        policies=measuring.read(settings.tracking_countries),
    )
    asking = Confirming(database, SystemClock(), OptIns(contact), pool, keyring, urls, settings.dkim_key_dir)
    return SendRole(database, contact, pool, Sending(database, SystemClock(), dispatcher), confirming(asking))


def _channel(settings: Settings, service: str) -> Channel:
    """The way to another service, with our own token."""
    return own_channel(settings, service)


SERVICE = Service(
    "campaign",
    {"serve": serve, "consume": consume, "work": work, "send": send},
    migrations=Path(__file__).parent / "migrations",
)
