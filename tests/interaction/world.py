"""Interaction in the test's own process: its server, its consumer and relay on the memory broker, real PostgreSQL."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import erasing
import identity
from chassis.bus import ConsumerLoop, Record
from chassis.bus_memory import MemoryBroker, MemoryProducer, MemorySource
from chassis.clock import SystemClock
from chassis.config import Settings
from chassis.db import Database
from chassis.ids import uuid7
from chassis.outbox import Position, Relay, encode_positions
from chassis.rpc import build_server, channel
from chassis.streams import catalogue
from touchline.contact.v1 import contact_events_pb2 as contact_events
from touchline.contact.v1.contact_pb2 import Contact, IdentityLink
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import (
    InteractionServiceStub,
    add_InteractionServiceServicer_to_server,
)

from services.interaction import events
from services.interaction.app import SOURCE, subscriptions
from services.interaction.gateways import CONSENT_REQUESTS, INTAKE, ConsentRequests, Intake
from services.interaction.rpc import API, CONSUMER, ITEM_WISE, TIMELY, UNLIMITED, InteractionServicer, Streams
from services.interaction.store import RECORDED
from services.interaction.usecases import Hub
from tests.patience import PATIENCE, PATIENT

EPOCH = 1_700_000_000
NOW = datetime.now(UTC).replace(microsecond=0)
SOURCES = {"mail": "email", "phone": "phone", "web": "cookie", "console": "contact"}


class World:
    """Everything a test of interaction talks to."""

    def __init__(self, settings: Settings, token: Callable[..., str]) -> None:
        self.settings = settings
        self.token = token
        self.broker = MemoryBroker()
        self.database = Database(settings)
        self.subjects = identity.Subjects(settings.identity_key(), settings.region)
        self.hub = Hub()
        self.producer = MemoryProducer(self.broker)
        self.intake = Intake(self.producer)
        self.consents = ConsentRequests(self.producer, partitions=catalogue()[CONSENT_REQUESTS].partitions)
        self.clock = SystemClock()
        self.numbers: dict[int, int] = defaultdict(int)
        self.tailed: dict[tuple[str, int], int] = defaultdict(int)
        self.stub: Any = None
        self.loop: ConsumerLoop
        self._stop = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        """Serve, consume, relay and tail for the length of a block."""
        await self.database.open()
        await self.producer.start()
        servicer = InteractionServicer(self.database, Streams(self.intake, self.hub, self.subjects, self.consents))
        server = build_server(
            self.settings,
            [(add_InteractionServiceServicer_to_server, servicer, API)],
            unlimited=UNLIMITED,
            item_wise=ITEM_WISE,
            timely=TIMELY,
            port=0,
        )
        await server.start()
        self.target = f"{self.settings.host}:{server.port}"
        source = MemorySource(self.broker, CONSUMER)
        self.loop = ConsumerLoop(
            self.settings,
            self.database,
            CONSUMER,
            subscriptions(),
            source=source,
            producer=MemoryProducer(self.broker),
        )
        relay = Relay(self.database, MemoryProducer(self.broker), source=SOURCE)
        tasks = [asyncio.create_task(role) for role in (self.loop.run(self._stop), relay.run(self._stop), self._tail())]
        try:
            async with contextlib.AsyncExitStack() as stack:
                self._stack = stack
                self.stub = await self.caller("service", client="test")
                await self._register_sources()
                yield self
        finally:
            self._stop.set()
            await asyncio.gather(*tasks)
            await server.stop(0)
            await self.producer.close()
            await self.database.close()

    async def caller(self, *roles: str, **fields: Any) -> Any:
        """A stub of somebody with these roles."""
        opened = channel(self.target, token=self.token(*roles, **fields), timeout=PATIENT)
        return InteractionServiceStub(await self._stack.enter_async_context(opened))

    async def _register_sources(self) -> None:
        admin = await self.caller("admin")
        for name, kind in SOURCES.items():
            if name != "console":
                source = pb.Source(name=f"sources/{name}", client="test", identifier_kind=kind)
                await admin.RegisterSource(pb.RegisterSourceRequest(source=source))

    async def _tail(self) -> None:
        while not self._stop.is_set():
            for stream in (RECORDED, events.EVENTS):
                for number in range(catalogue()[stream].partitions):
                    self._tail_one(stream, number)
            await asyncio.sleep(0.01)

    def _tail_one(self, stream: str, number: int) -> None:
        records = self.broker.records.get((stream, number), [])  # type: ignore[call-overload]
        for record in records[self.tailed[stream, number] :]:
            found = events.entry(record)
            if found is not None:
                self.hub.put(found)
        self.tailed[stream, number] = len(records)

    async def record(self, *touches: pb.Touch, stub: Any = None, **fields: Any) -> list[Any]:
        """RecordTouches' results."""
        request = pb.RecordTouchesRequest(touches=touches, **fields)
        return list((await (stub or self.stub).RecordTouches(request)).results)

    async def accept(self, *touches: pb.Touch) -> list[str]:
        """Record touches that must be accepted, and wait until they are written; answers their names."""
        results = []
        for at in range(0, len(touches), 500):
            results += await self.record(*touches[at : at + 500])
        assert all(result.status.code == 0 for result in results), [r.status for r in results if r.status.code][:3]
        await self.settled()
        return [result.name for result in results]

    async def settled(self, patience: float = PATIENCE) -> None:
        """Wait until the consumer has applied everything that is in its streams."""
        end = asyncio.get_running_loop().time() + patience
        while not self._is_settled():
            assert asyncio.get_running_loop().time() < end, "the consumer did not get there in time"
            await asyncio.sleep(0.01)

    def _is_settled(self) -> bool:
        held = self.loop.positions()
        return all(
            partition in held and held[partition].next >= len(records)
            for partition, records in list(self.broker.records.items())
            if records and partition.stream in (INTAKE, events.CONTACTS, erasing.STREAM)
        )

    def say(self, **event: Any) -> str:
        """What the contact service would say; answers its position."""
        message = contact_events.ContactEvent(**event)
        self.numbers[0] += 1
        headers = [("ce_sequence", f"{EPOCH}.{self.numbers[0]}".encode()), ("ce_type", b"ContactEvent")]
        self.broker.append(events.CONTACTS, 0, b"", message.SerializeToString(), headers)
        return encode_positions([Position(events.CONTACTS, 0, EPOCH, self.numbers[0])])

    def erase(
        self,
        *contacts: UUID,
        revision: int = 9,
        ago: float = 5,
        links: Sequence[identity.Link] = (),
        **subjects: Sequence[bytes],
    ) -> UUID:
        """The contact service says that somebody is erased; `alone` and `shared` are the subjects that she held.

        `links` are by whom those were held; without any it is an erasure from before that was told.
        """
        erasure = uuid7(datetime.now(UTC))
        told = contact_events.ContactErased(erasure=f"erasures/{erasure}", contact=f"contacts/{contacts[0]}")
        told.erase_time.FromDatetime(NOW - timedelta(seconds=ago))
        for contact in contacts:
            told.contacts.add(contact=f"contacts/{contact}", revision=revision)
            own = told.subjects.add(subject=self.subjects.of("contact", str(contact)), kind="contact")
            if links:
                own.holdings.add(contact=f"contacts/{contact}")
        for how in ("alone", "shared"):
            for subject in subjects.get(how, ()):
                told.subjects.add(subject=subject, kind="email", shared=how == "shared")
        for link in links:
            subject = link.subject or identity.parse_touch_name(link.touch)[0]
            (about,) = (each for each in told.subjects if each.subject == subject)
            if link.touch:
                about.other_exclusions.add(touch=link.touch, contact=f"contacts/{link.contact}")
                continue
            held = about.holdings if link.contact in contacts else about.other_holdings
            holding = held.add(contact=f"contacts/{link.contact}")
            for field in ("from_time", "to_time"):
                if (moment := getattr(link, field)) is not None:
                    getattr(holding, field).FromDatetime(moment)
        message = contact_events.ContactEvent(contact_erased=told)
        self.numbers[1] += 1
        headers = [("ce_sequence", f"{EPOCH}.{self.numbers[1]}".encode()), ("ce_type", b"ContactEvent")]
        self.broker.append(erasing.STREAM, 0, b"", message.SerializeToString(), headers)
        return erasure

    def contact(
        self, contact: UUID, *, name: str = "", owner: str = "", team: str = "", revision: int = 1, state: int = 1
    ) -> str:
        """The contact service says that there is a contact."""
        changed = contact_events.ContactChanged(
            contact=f"contacts/{contact}",
            display_name=name,
            revision=revision,
            owner=owner,
            team=team,
            state=Contact.State.ValueType(state),
        )
        return self.say(contact_changed=changed)

    def link(self, link: identity.Link) -> str:
        """The contact service says that there is a link."""
        said = IdentityLink(
            name=f"identityLinks/{link.id}",
            kind=IdentityLink.Kind.Value(f"KIND_{link.kind.name}"),
            subject=link.subject,
            contact=f"contacts/{link.contact}" if link.contact else "",
            survivor=f"contacts/{link.survivor}" if link.survivor else "",
            account=f"accounts/{link.account}" if link.account else "",
            touch=link.touch,
            revision=link.revision,
        )
        for field in ("from_time", "to_time", "asserted_time", "retracted_time"):
            if (moment := getattr(link, field)) is not None:
                getattr(said, field).FromDatetime(moment)
        return self.say(link_changed=contact_events.LinkChanged(link=said))

    def holds(self, contact: UUID, subject: bytes, **fields: Any) -> identity.Link:
        """Say that a contact holds a subject."""
        link = new_link(identity.Kind.HOLDS, contact=contact, subject=subject, **fields)
        self.link(link)
        return link

    async def timeline(self, parent: str, *, size: int = 50, stub: Any = None, **fields: Any) -> list[pb.Thread]:
        """Every thread of a timeline, page by page."""
        threads: list[pb.Thread] = []
        token = ""
        while True:
            request = pb.GetTimelineRequest(parent=parent, page_size=size, page_token=token, **fields)
            page = await (stub or self.stub).GetTimeline(request)
            assert not page.links_changed
            threads += page.threads
            token = page.next_page_token
            if not token:
                return threads
            assert len(page.threads) == size, "a page that is not the last is full"


def new_link(kind: identity.Kind, **fields: Any) -> identity.Link:
    """A link asserted now."""
    fields.setdefault("asserted_time", datetime.now(UTC))
    fields.setdefault("revision", 1)
    return identity.Link(id=uuid7(datetime.now(UTC)), kind=kind, **fields)


def touch(
    event: str,
    type_: str = "email.opened",
    *,
    source: str = "mail",
    value: str = "ada@kiln.example",
    ago: float = 3600,
    **fields: Any,
) -> pb.Touch:
    """A touch that occurred `ago` seconds before NOW, the moment when the suite was loaded."""
    said = pb.Touch(
        identifier=pb.Identifier(kind=SOURCES[source], value=value),
        type=type_,
        source=f"sources/{source}",
        source_event_id=event,
        **fields,
    )
    said.occurred_time.FromDatetime(NOW - timedelta(seconds=ago))
    return said


def names(threads: Sequence[pb.Thread]) -> list[list[str]]:
    """The names of the touches on a timeline, thread by thread."""
    return [[one.name for one in thread.touches] for thread in threads]


def intake_records(broker: MemoryBroker) -> list[Record]:
    """What lies in the intake stream."""
    return [record for partition, log in broker.records.items() if partition.stream == INTAKE for record in log]
