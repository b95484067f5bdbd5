"""What the edge's tests stand on: an edge on the memory broker, its tokens, and what it wrote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from chassis.bus_memory import MemoryBroker, MemoryProducer
from chassis.clock import FixedClock
from chassis.errors import Unavailable
from chassis.streams import catalogue
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch
from touchline.interaction.v1.interaction_events_pb2 import BrowserBound, ConsentRequest
from tracking import Keyring, Token, urls

from services.interaction.gateways import (
    CONSENT_REQUESTS,
    INTAKE,
    Browsers,
    ConsentRequests,
    Delivery,
    Intake,
    Spool,
    Stands,
)
from services.interaction.http import Callers, Confirming, Edge, build_app, cookies, networks

RING = Keyring([("t1", b"k" * 32)])
MESSAGE = UUID("0198f3c0-1111-7000-8000-000000000001")
NOW = datetime.fromtimestamp((MESSAGE.int >> 80) / 1000 // 2 * 2 + 3600, UTC)  # an hour after it was made
CONTACT, CAMPAIGN, ACTIVITY = (str(UUID(int=(7 << 76) | (2 << 62) | number)) for number in (1, 2, 3))
PATHS = {"confirm": "s"}
SUBJECT = bytes(range(16))
PAGE = "https://kiln.example/spring?utm_source=mail&q=1"


class NobodyKnows:
    """What Standing answers while contact is away."""

    async def of(self, *, subject: bytes, contact: str, topic: str) -> list[Stands]:
        return self.unknown(topic)

    def unknown(self, topic: str) -> list[Stands]:
        return [Stands("MARKETING", topic, None), Stands("TRACKING", "", None)]


class NobodyConfirms:
    """What OptIns answers while contact is away."""

    async def obstacle(self, opt_in: UUID) -> str:
        return ""

    async def confirm(self, opt_in: UUID, caller_hash: bytes) -> str:
        raise Unavailable("contact is away")


@dataclass
class World:
    """An edge, a client without a browser's memory, and the broker behind it."""

    broker: MemoryBroker
    http: httpx.AsyncClient
    edge: Edge
    clock: FixedClock
    spool: Spool

    def touches(self) -> list[tuple[IntakeTouch, pb.Touch]]:
        """Every touch on the intake stream, with its payload."""
        batches = [TouchBatch.FromString(record.value) for record in self.records(INTAKE)]
        touches = [touch for batch in batches for touch in batch.touches]
        return [(touch, pb.Touch.FromString(touch.payload)) for touch in touches]

    def requests(self) -> list[ConsentRequest]:
        """Every request on the consent stream."""
        return [ConsentRequest.FromString(one.value) for one in self._asked() if not _is_browser(one)]

    def browsers(self) -> list[BrowserBound]:
        """Every browser that contact is told of."""
        return [BrowserBound.FromString(one.value) for one in self._asked() if _is_browser(one)]

    def _asked(self) -> list[Any]:
        return self.records(CONSENT_REQUESTS)

    def records(self, stream: str) -> list[Any]:
        return [one for partition, log in self.broker.records.items() if partition.stream == stream for one in log]


def _is_browser(record: Any) -> bool:
    return ("ce_type", BrowserBound.DESCRIPTOR.full_name.encode()) in record.headers


@asynccontextmanager
async def edge_world(
    folder: Path, *, proxies: str = "", peer: str = "192.0.2.7", **options: Any
) -> AsyncIterator[World]:
    """An edge that answers in this process."""
    broker, clock = MemoryBroker(), FixedClock(NOW)
    producer = MemoryProducer(broker)
    await producer.start()
    spool = Spool(folder, limit=1 << 20)
    partitions, asking = (catalogue()[stream].partitions for stream in (INTAKE, CONSENT_REQUESTS))
    base, domain = options.pop("base", "https://links.example"), options.pop("cookie_domain", "")
    edge = Edge(
        keyring=RING,
        delivery=Delivery(Intake(producer), Browsers(producer, partitions=asking), spool, partitions=partitions),
        consents=ConsentRequests(producer, partitions=asking, patience=0.1),
        standing=options.pop("standing", NobodyKnows()),
        callers=Callers(networks(proxies)),
        urls=urls(base),
        partitions=partitions,
        clock=clock,
        cookies=cookies(domain, base, RING),
    )
    confirming = Confirming(edge, options.pop("opt_ins", NobodyConfirms()))
    transport = httpx.ASGITransport(app=build_app(edge, confirming), client=(peer, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="https://links.example") as http:
        yield World(broker, http, edge, clock, spool)
    spool.close()


def token(kind: str, **fields: Any) -> Token:
    """A token of one mail."""
    fields = {"url": PAGE, "link": 3} | fields if kind == "click" else fields
    whole = {
        "message": MESSAGE,
        "subject": SUBJECT,
        "contact": CONTACT,
        "campaign": CAMPAIGN,
        "activity": ACTIVITY,
        "topic": "newsletter",
        "purpose": "marketing",
    }
    return Token(kind=kind, **whole | fields)


def path(kind: str, **fields: Any) -> str:
    """Where the link of that token leads."""
    return f"/{PATHS.get(kind, kind[0])}/{RING.sign(token(kind, **fields))}"
