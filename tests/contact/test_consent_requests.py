"""What people ask for on the edge: applied once, kept as evidence, and known to be read to the end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.bus import ConsumerLoop, Subscription, one_at_a_time
from chassis.bus_kafka import KafkaProducer, StreamEnds, Topics
from chassis.bus_memory import MemoryBroker, MemoryProducer, MemorySource
from chassis.config import Settings
from identity import Subjects
from touchline.contact.v1 import contact_events_pb2, contact_pb2
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest

from services.contact import app, events
from services.contact.jobs import Reading
from tests.chassis.ground import until
from tests.contact.people import create, email, phone
from tests.serving import Served

pytestmark = pytest.mark.usefixtures("contact")
NOW = datetime.now(UTC)
Answer = contact_pb2.CheckConsentResponse


def asked(settings: Settings, address: str = "ada@kiln.example", **fields: Any) -> ConsentRequest:
    """A one-click unsubscribe from the newsletter."""
    request = ConsentRequest(
        message=str(uuid4()),
        subject=Subjects(settings.identity_key()).of("email", address),
        wish=ConsentRequest.WISH_WITHDRAW,
        purpose="MARKETING",
        topic="newsletter",
        origin=ConsentRequest.ORIGIN_ONE_CLICK,
        slot=1,
        caller_hash=b"12345678",
    )
    request.request_time.FromDatetime(NOW)
    request.MergeFrom(ConsentRequest(**fields))
    return request


async def grant(api: Any, topic: str = "newsletter", purpose: int = contact_pb2.PURPOSE_MARKETING) -> None:
    event = contact_pb2.ConsentEvent(
        address=email("ada@kiln.example"),
        purpose=purpose,
        channel=contact_pb2.CHANNEL_EMAIL,
        topic=topic,
        status=contact_pb2.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )
    event.capture_time.FromDatetime(NOW - timedelta(days=1))
    await api.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))


async def check(api: Any, topic: str = "newsletter", purpose: int = contact_pb2.PURPOSE_MARKETING) -> str:
    """The reason of the answer."""
    query = contact_pb2.CheckConsentRequest.Query(
        address=email("ada@kiln.example"), purpose=purpose, channel=contact_pb2.CHANNEL_EMAIL, topic=topic
    )
    answer = (await api.CheckConsent(contact_pb2.CheckConsentRequest(queries=[query]))).answers[0]
    is_allowed = answer.decision == Answer.DECISION_ALLOW
    assert is_allowed == (answer.reason == Answer.REASON_GRANTED)
    return str(Answer.Reason.Name(answer.reason))


@asynccontextmanager
async def hearing(contact: Served) -> AsyncIterator[tuple[MemoryBroker, ConsumerLoop]]:
    """Contact's handler on the memory broker and the test's database."""
    broker = MemoryBroker()
    handler = events.ConsentRequestHandler(Subjects(contact.settings.identity_key()))
    heard = [Subscription(events.CONSENT_REQUESTS, one_at_a_time(handler))]
    loop = ConsumerLoop(
        contact.settings,
        contact.database,
        app.CONSUMER,
        heard,
        source=MemorySource(broker, app.CONSUMER),
        producer=MemoryProducer(broker),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop))
    try:
        yield broker, loop
    finally:
        stop.set()
        await task


def tell(broker: MemoryBroker, *requests: ConsentRequest) -> None:
    for request in requests:
        broker.append(events.CONSENT_REQUESTS, 0, request.subject, request.SerializeToString(), ())


async def said(contact: Served) -> list[Any]:
    """Every consent event of the edge, oldest first."""
    columns = "purpose, channel, topic, status, value, evidence, ip_hash"
    query = f"SELECT {columns} FROM consent_event WHERE source = 'edge' ORDER BY id"
    async with contact.database.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def test_an_unsubscribe_is_a_consent_event_with_its_evidence(contact: Served, api: Any):
    await create(api, "Ada", email("ada@kiln.example"))
    await grant(api)
    request = asked(contact.settings, campaign="campaigns/c1")
    async with hearing(contact) as (broker, loop):
        tell(broker, request)
        await until(lambda: loop.counts.applied == 1)
    assert await check(api) == "REASON_WITHDRAWN"
    ((purpose, channel, topic, status, value, evidence, ip_hash),) = await said(contact)
    assert (purpose, channel, topic, status) == ("MARKETING", "EMAIL", "newsletter", "WITHDRAWN")
    assert (value, bytes(ip_hash)) == ("ada@kiln.example", b"12345678")
    assert json.loads(evidence) == {"origin": "one_click", "message": request.message, "campaign": "campaigns/c1"}
    facts = [contact_events_pb2.ContactEvent.FromString(row[3]) for row in await contact.outbox()]
    changed = [fact.consent_changed for fact in facts if fact.WhichOneof("event") == "consent_changed"]
    assert changed[-1].status == contact_pb2.ConsentEvent.STATUS_WITHDRAWN


async def test_each_request_counts_once_however_often_it_comes(contact: Served):
    first = asked(contact.settings)
    again, other_slot, other_topic = ConsentRequest(), ConsentRequest(), ConsentRequest()
    for copy, change in ((again, {}), (other_slot, {"slot": 2}), (other_topic, {"topic": "events"})):
        copy.CopyFrom(first)
        for field, value in change.items():
            setattr(copy, field, value)
    async with hearing(contact) as (broker, loop):
        tell(broker, first, again, first, other_slot, other_topic)
        await until(lambda: loop.counts.applied == 5)
    assert [row[2] for row in await said(contact)] == ["newsletter", "newsletter", "events"]


async def test_an_address_that_nobody_holds_is_heard_too(contact: Served, api: Any):
    async with hearing(contact) as (broker, loop):
        tell(broker, asked(contact.settings))
        await until(lambda: loop.counts.applied == 1)
    await grant(api)
    assert await check(api) == "REASON_WITHDRAWN", "a grant of yesterday that comes later does not take it back"


async def test_leaving_everything_and_coming_back_to_one_topic(contact: Served, api: Any):
    await grant(api)
    await grant(api, "events")
    everything = asked(contact.settings)
    everything.topic = ""
    back = asked(contact.settings, wish=ConsentRequest.WISH_GRANT, slot=2)
    back.request_time.FromDatetime(NOW + timedelta(seconds=4))
    async with hearing(contact) as (broker, loop):
        tell(broker, everything)
        await until(lambda: loop.counts.applied == 1)
        assert [await check(api), await check(api, "events")] == ["REASON_WITHDRAWN"] * 2
        tell(broker, back)
        await until(lambda: loop.counts.applied == 2)
    assert await check(api) == "REASON_GRANTED"
    assert await check(api, "events") == "REASON_WITHDRAWN"


async def test_a_withdrawal_of_tracking_leaves_marketing_alone(contact: Served, api: Any):
    await grant(api)
    await grant(api, "", contact_pb2.PURPOSE_TRACKING)
    assert await check(api, "", contact_pb2.PURPOSE_TRACKING) == "REASON_GRANTED"
    request = asked(contact.settings, purpose="TRACKING")
    request.topic = ""
    async with hearing(contact) as (broker, loop):
        tell(broker, request)
        await until(lambda: loop.counts.applied == 1)
    assert await check(api, "", contact_pb2.PURPOSE_TRACKING) == "REASON_WITHDRAWN"
    assert await check(api) == "REASON_GRANTED"


@pytest.mark.parametrize(
    "broken",
    [
        {"message": "none"},
        {"subject": b"short"},
        {"purpose": "SELLING"},
        {"wish": 77},
        {"topic": "x" * 256},
    ],
    ids=str,
)
async def test_what_nobody_can_apply_is_put_aside_and_the_next_is_heard(contact: Served, broken: dict[str, Any]):
    bad = asked(contact.settings)
    for field, value in broken.items():
        setattr(bad, field, value)
    async with hearing(contact) as (broker, loop):
        broker.append(events.CONSENT_REQUESTS, 0, b"", b"\xff\xff", ())
        tell(broker, bad, asked(contact.settings))
        await until(lambda: loop.counts.applied == 1)
        assert loop.counts.dead == 2
    assert len(await said(contact)) == 1


async def age(contact: Served, seconds: float | None) -> None:
    """Let the note be that old; None for none."""
    async with contact.database.connection() as conn:
        await conn.execute("DELETE FROM consent_reading")
        if seconds is not None:
            await conn.execute(
                "INSERT INTO consent_reading (read_time) VALUES (now() - make_interval(secs => %s))", (seconds,)
            )


@pytest.mark.parametrize(
    ("seconds", "reason"), [(None, "REASON_STALE"), (61, "REASON_STALE"), (50, "REASON_GRANTED"), (0, "REASON_GRANTED")]
)
async def test_nothing_is_allowed_while_unsubscribes_are_not_read(
    contact: Served, api: Any, seconds: float | None, reason: str
):
    await grant(api)
    await age(contact, seconds)
    assert await check(api) == reason
    assert await check(api, "never-granted") == "REASON_NO_CONSENT", "what was refused needs no newer answer"


class Ends:
    """A stream that ends where the test says."""

    def __init__(self, ends: dict[int, int]) -> None:
        self.ends = ends

    async def read(self) -> dict[int, int]:
        return self.ends

    async def close(self) -> None: ...


async def test_the_note_is_written_only_when_everything_is_applied(contact: Served, api: Any):
    await grant(api)
    await age(contact, None)
    ends = Ends({0: 1, 1: 0})
    reading = Reading(contact.database, ends, consumer=app.CONSUMER, stream=events.CONSENT_REQUESTS)
    assert not await reading.note()
    assert await check(api) == "REASON_STALE"
    async with hearing(contact) as (broker, loop):
        tell(broker, asked(contact.settings, topic="other"))
        await until(lambda: loop.counts.applied == 1)
        assert await reading.note()
    assert await check(api) == "REASON_GRANTED"


@pytest.fixture
async def on_kafka(contact: Served, kafka: Any, topic_prefix: str) -> Settings:
    settings = contact.settings.model_copy(
        update={"kafka_bootstrap": kafka.bootstrap(), "topic_prefix": topic_prefix, "role": "consume"}
    )
    await asyncio.to_thread(Topics.load().apply, settings)
    return settings


async def test_on_real_kafka_a_fresh_install_is_read_at_once_and_a_request_applied(
    contact: Served, api: Any, on_kafka: Settings
):
    await grant(api)
    await age(contact, None)
    role, stop = await app.consume(on_kafka), asyncio.Event()
    task = asyncio.create_task(role.run(stop))
    producer = KafkaProducer(on_kafka, streams=[events.CONSENT_REQUESTS])
    try:
        await until(lambda: role.health()["consent_requests"] == "read")
        assert await check(api) == "REASON_GRANTED"
        await producer.start()
        request = asked(on_kafka)
        await producer.send(
            events.CONSENT_REQUESTS, partition=3, key=request.subject, value=request.SerializeToString()
        )
        await until(lambda: role.loop.counts.applied == 1)
        assert await check(api) == "REASON_WITHDRAWN"
    finally:
        stop.set()
        await task
        await producer.close()


async def test_while_kafka_is_away_nothing_is_noted(contact: Served, api: Any):
    await grant(api)
    await age(contact, 61)
    settings = contact.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    ends = StreamEnds(settings, events.CONSENT_REQUESTS)
    reading, stop = (
        Reading(contact.database, ends, consumer=app.CONSUMER, stream=events.CONSENT_REQUESTS),
        asyncio.Event(),
    )
    stop.set()
    with pytest.raises(Exception, match="Kafka is away"):
        await reading.note()
    await reading.run(stop)
    assert reading.health() == {"consent_requests": "behind"}
    assert await check(api) == "REASON_STALE"


async def numbers(contact: Served, status: str = "WITHDRAWN") -> list[tuple[str, str, str]]:
    return [(one[1], one[3], one[4]) for one in await said(contact) if one[3] == status]


async def test_a_wish_for_another_way_holds_for_every_number_of_the_person(contact: Served, api: Any):
    ada = await create(api, "Ada", email("ada@kiln.example"), phone("+4930901820"))
    twin = await create(api, "Ada", phone("+4930901821"))
    await create(api, "Bob", phone("+4930901822"))
    await api.MergeContacts(contact_pb2.MergeContactsRequest(name=ada.name, duplicate=twin.name))
    stop = asked(contact.settings, contact=ada.name, channel="SMS", topic="")
    stop.topic = ""
    async with hearing(contact) as (broker, loop):
        tell(broker, stop, stop, asked(contact.settings, channel="PHONE"))
        await until(lambda: loop.counts.applied == 3)
    assert sorted(await numbers(contact)) == [
        ("SMS", "WITHDRAWN", "+4930901820"),
        ("SMS", "WITHDRAWN", "+4930901821"),
    ], "once each, nobody else's, and nothing where no contact is named"
    queries = [
        contact_pb2.CheckConsentRequest.Query(
            address=phone("+4930901821"), purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_SMS
        )
    ]
    answer = (await api.CheckConsent(contact_pb2.CheckConsentRequest(queries=queries))).answers[0]
    assert answer.reason == Answer.REASON_WITHDRAWN


@pytest.mark.parametrize(
    ("earlier", "keyword", "is_granted"),
    [
        ("", "START", True),
        ("", "YES", False),
        ("", "UNSTOP", True),
        ("", "JA", False),
        ("WITHDRAWN", "YES", True),
        ("WITHDRAWN", "UNSTOP", True),
        ("PENDING", "YES", True),
        ("GRANTED", "YES", False),
    ],
)
async def test_yes_answers_something_or_is_just_a_word(
    contact: Served, api: Any, earlier: str, keyword: str, is_granted: bool
):
    number = phone("+4930901820")
    if earlier:
        event = contact_pb2.ConsentEvent(
            address=number, purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_SMS,
            status=f"STATUS_{earlier}", lawful_basis="LAWFUL_BASIS_CONSENT",
        )  # fmt: skip
        event.capture_time.FromDatetime(NOW - timedelta(days=1))
        await api.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    word = asked(
        contact.settings,
        subject=Subjects(contact.settings.identity_key()).of("phone", number.value),
        wish=ConsentRequest.WISH_GRANT,
        origin=ConsentRequest.ORIGIN_KEYWORD,
        channel="SMS",
        keyword=keyword,
    )
    word.topic = ""
    async with hearing(contact) as (broker, loop):
        tell(broker, word)
        await until(lambda: loop.counts.applied == 1)
    async with contact.database.connection() as conn:
        query = "SELECT status, channel, evidence::json ->> 'keyword' FROM consent_event WHERE source = 'sms'"
        found = await (await conn.execute(query)).fetchall()
    assert found == ([("GRANTED", "SMS", keyword)] if is_granted else [])


def test_a_clock_of_the_edge_that_runs_ahead_dates_nothing_into_the_future():
    record = ConsentRequest(message=str(uuid4()), subject=b"s" * 16, wish=1, purpose="MARKETING")
    record.request_time.FromDatetime(NOW + timedelta(hours=1))
    broker = MemoryBroker()
    broker.append(events.CONSENT_REQUESTS, 0, b"", record.SerializeToString(), ())
    ((told,),) = broker.records.values()
    assert events.decode_request(told).capture_time(NOW) == NOW
