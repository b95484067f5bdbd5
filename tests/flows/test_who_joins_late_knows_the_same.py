"""Whoever joins when the streams no longer begin at their beginning ends with what those know who heard everything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from chassis.bus import ConsumerLoop
from chassis.config import Settings
from chassis.db import Database
from chassis.rpc import Channel
from kafka import KafkaAdminClient, TopicPartition
from snapshots import contact_events
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from deploy.local.kafka import Kafka
from services.campaign import app as campaign
from services.interaction import app as interaction
from services.segmentation import app as segmentation
from tests.databases import Databases
from tests.flows.system import GRPC, System, eventually

TOUCHES = 41
CONTACTS, RECORDED = "touchline.contact.events.v1", "touchline.interaction.recorded.v1"
HEADS = "SELECT partition, epoch, seq FROM outbox_head WHERE stream = %s ORDER BY partition"
HEARD = "SELECT partition, epoch, seq FROM inbox_offset WHERE stream = %s AND seq > 0 ORDER BY partition"
KEPT = {
    "segmentation": ("person", "account", "link", "consent", "suppression", "purchase", "touch", "vocabulary"),
    "campaign": ("person", "account", "deal"),
    "interaction": ("link", "contact", "account", "tracking_consent"),
}
HEARS = {
    "segmentation": {"contact": CONTACTS, "interaction": RECORDED},
    "campaign": {"contact": CONTACTS},
    "interaction": {"contact": CONTACTS},
}


@pytest.fixture
def own_system(databases_of_run: Databases, kafka: Kafka, run_folder: Path) -> Iterator[System]:
    """A system of its own: its streams lose their beginning."""
    for name in GRPC:
        databases_of_run.add(name, "_late", migrated=False)
    fields = databases_of_run.settings("_late", **kafka.settings(), topic_prefix="late.")
    system = System(run_folder / "late", fields.model_dump(mode="json", exclude_unset=True), GRPC)
    try:
        yield system.start()
    finally:
        system.stop()


@pytest.mark.timeout(600)
async def test_late_services_end_with_what_those_know_who_heard_everything(
    own_system: System, databases_of_run: Databases
) -> None:
    await _live(own_system, "a")
    await asyncio.to_thread(eventually, lambda: _written(own_system) == TOUCHES)
    for service in HEARS:
        await asyncio.to_thread(_until_heard, own_system, service, own_system.settings.for_role(service))
    for stream in (CONTACTS, RECORDED):
        assert await asyncio.to_thread(_cut, own_system, stream) > 0
    async with contextlib.AsyncExitStack() as stack:
        late = {
            service: await stack.enter_async_context(_late(own_system, databases_of_run, service)) for service in HEARS
        }
        await _live(own_system, "b")
        await asyncio.to_thread(eventually, lambda: _written(own_system) == 2 * TOUCHES)
        for service, tables in KEPT.items():
            for settings in (own_system.settings.for_role(service), late[service]):
                await asyncio.to_thread(_until_heard, own_system, service, settings)
            for table in tables:
                known = _rows(own_system.settings.for_role(service), table)
                assert known, table
                assert _rows(late[service], table) == known, f"{service}: {table}"


async def _live(system: System, mark: str) -> None:
    """People with everything that a rule can ask about, and touches of theirs and of nobody."""
    async with system.channel("contact") as contacts, system.channel("interaction") as interactions:
        contact = contact_pb2_grpc.ContactServiceStub(contacts)
        recording = interaction_pb2_grpc.InteractionServiceStub(interactions)
        people = [await _person(contact, f"{mark}{number}") for number in range(12)]
        await contact.MergeContacts(contact_pb2.MergeContactsRequest(name=people[0], duplicate=people[1]))
        await contact.DeleteContact(contact_pb2.DeleteContactRequest(name=people[2]))
        account = await contact.CreateAccount(
            contact_pb2.CreateAccountRequest(account=contact_pb2.Account(display_name=f"Acme {mark}", industry="steel"))
        )
        bought = contact_pb2.ImportPurchasesRequest.Item(
            contact=people[3], product="press", amount_minor=1, currency_code="EUR", source_purchase_id=mark
        )
        bought.purchase_time.GetCurrentTime()
        await contact.ImportPurchases(contact_pb2.ImportPurchasesRequest(items=[bought], source="shop"))
        part = contact_pb2.Deal.Participant(contact=people[3])
        deal = contact_pb2.Deal(display_name=f"Press {mark}", account=account.name, participants=[part])
        await contact.CreateDeal(contact_pb2.CreateDealRequest(deal=deal))
        for number, purpose in ((4, contact_pb2.PURPOSE_MARKETING), (5, contact_pb2.PURPOSE_TRACKING)):
            address = _address(f"{mark}{number}")
            consent = contact_pb2.ConsentEvent(
                address=address,
                purpose=purpose,
                status=contact_pb2.ConsentEvent.STATUS_GRANTED,
                lawful_basis="LAWFUL_BASIS_CONSENT",
            )
            await contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=consent))
            stop = contact_pb2.Suppression(address=address, reason=contact_pb2.Suppression.REASON_COMPLAINT)
            made = await contact.SuppressAddress(contact_pb2.SuppressAddressRequest(suppression=stop))
        await contact.LiftSuppression(contact_pb2.LiftSuppressionRequest(name=made.name, reason="asked by letter"))
        source = pb.Source(name="sources/late", client="flow", identifier_kind="email")
        await recording.RegisterSource(pb.RegisterSourceRequest(source=source))
        await _touch(system, recording, mark)


async def _person(contact: Any, mark: str) -> str:
    told = contact_pb2.Contact(display_name=f"Person {mark}", stage="lead", tags=["vip"], identifiers=[_address(mark)])
    return str((await contact.CreateContact(contact_pb2.CreateContactRequest(contact=told))).name)


def _address(mark: str) -> contact_pb2.Identifier:
    return contact_pb2.Identifier(kind="email", value=f"late.{mark}@acme.example")


async def _touch(system: System, recording: Any, mark: str) -> None:
    """Touches, and a correction once they are written, so that one partition of the recorded stream has two records."""
    told, before = [], await asyncio.to_thread(_written, system)
    for number in range(TOUCHES - 1):
        touch = pb.Touch(type="email.opened", source="sources/late", source_event_id=f"{mark}-{number}")
        touch.identifier.kind, touch.identifier.value = "email", f"late.{mark}{number % 14}@acme.example"
        touch.occurred_time.GetCurrentTime()
        told.append(touch)
    answer = await recording.RecordTouches(pb.RecordTouchesRequest(touches=told))
    assert all(result.status.code == 0 for result in answer.results), answer
    await asyncio.to_thread(eventually, lambda: _written(system) == before + len(told))
    again = pb.Touch()
    again.CopyFrom(told[0])
    again.source_event_id, again.correction_of = f"{mark}-again", answer.results[0].name
    corrected = await recording.RecordTouches(pb.RecordTouchesRequest(touches=[again]))
    assert all(result.status.code == 0 for result in corrected.results), corrected


def _written(system: System) -> int:
    """How many touches interaction has written, and so told."""
    return int(
        _query(system.settings.for_role("interaction"), "SELECT count(*) FROM touch WHERE source = 'late'")[0][0]
    )


def _until_heard(system: System, service: str, settings: Settings) -> None:
    """Return when a service has applied all that the streams' owners have told, and told all that they were told."""
    for owner, stream in HEARS[service].items():
        told = _query(system.settings.for_role(owner), HEADS, stream)
        assert told
        eventually(lambda told=told, stream=stream: _query(settings, HEARD, stream) == told, 120)


def _cut(system: System, stream: str) -> int:
    """Delete all but the last records of each partition, as retention does; how many partitions lost some."""
    ends = system.end_offsets(stream)
    topic = system.settings.topic_prefix + stream
    cuts = {TopicPartition(topic, number): end - 1 for number, end in ends.items() if end > 1}
    admin = KafkaAdminClient(bootstrap_servers=system.settings.kafka_bootstrap)
    try:
        admin.delete_records(cuts)
    finally:
        admin.close()
    return len(cuts)


@contextlib.asynccontextmanager
async def _late(system: System, databases: Databases, service: str) -> AsyncIterator[Settings]:
    """A second one of the service, with an empty database and a group of its own."""
    ports = {f"port_{name}": getattr(system.settings, f"port_{name}") for name in GRPC}
    bus = {"kafka_bootstrap": system.settings.kafka_bootstrap, "topic_prefix": system.settings.topic_prefix}
    settings = databases.make(service, **bus, **ports)
    channels: dict[str, Channel] = {name: system.channel(name, "service") for name in HEARS[service]}
    contact = channels["contact"]
    heard = {
        "segmentation": lambda: segmentation.subscriptions(channels),
        "campaign": lambda: campaign.subscriptions(contact),
        "interaction": lambda: [each for each in interaction.subscriptions(contact_events(contact)) if each.snapshot],
    }[service]()
    database, stop = Database(settings), asyncio.Event()
    await database.open()
    running = asyncio.create_task(ConsumerLoop(settings, database, f"late.{service}", heard).run(stop))
    try:
        yield settings
    finally:
        stop.set()
        await running
        await database.close()
        for opened in channels.values():
            await opened.close()


def _rows(settings: Settings, table: str) -> list[Any]:
    """What is kept, but for when it was asked for."""
    found = _query(settings, f"SELECT to_jsonb(t) - 'read_time' FROM {table} t ORDER BY 1")
    return [row[0] for row in found]


def _query(settings: Settings, query: str, *values: Any) -> list[Any]:
    with psycopg.connect(settings.database_dsn()) as connection:
        return connection.execute(query, values).fetchall()
