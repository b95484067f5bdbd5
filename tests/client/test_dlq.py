"""Dead letters on a real broker: listed, shown, and applied after all, once the cause is mended."""

import asyncio
import uuid

import psycopg
import pytest
import touchrelay
from chassis.bus.records import Record
from chassis.bus_kafka import KafkaProducer, Topics
from chassis.db import Database
from chassis.deadletters import DeadLetters
from touchline.contact.v1.contact_events_pb2 import ContactEvent
from touchline.interaction.v1.interaction_pb2 import Touch
from touchline_client.cli import app
from touchline_client.commands.dlq import read
from touchrelay.rows import entries
from typer.testing import CliRunner

INTAKE = "touchline.interaction.intake.v1"
CONTACTS = "touchline.contact.events.v1"
CONTACT = str(uuid.UUID(int=0x0190A1B2000070008000000000000001))


@pytest.fixture
def installation(kafka, make_database, topic_prefix, monkeypatch):
    """Interaction's database, a broker with every topic, and an environment that names both."""
    settings = make_database("interaction", **kafka.settings(), topic_prefix=topic_prefix)
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOUCHLINE_STATE", str(settings.state))
    Topics.load().apply(settings)
    return settings


def command(*arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def bury(settings, record, group, reason):
    """Write a record to its dead letters, as a consumer does."""

    async def put():
        producer = KafkaProducer(settings, streams=[f"{record.stream}.dlq"])
        await producer.start()
        await DeadLetters(producer, group).put(record, "Invalid", reason)
        await producer.close()

    asyncio.run(put())


def test_a_record_of_intake_goes_back_into_intake(installation, tmp_path):
    settings = installation
    bury(settings, Record(INTAKE, 7, 41, b"k", b"\x08\x01", [("trace", b"t")], 1_780_000_000_000), "interaction", "bad")
    listed = command("dlq", "ls")
    assert INTAKE in listed
    assert "1/0" in listed
    assert "bad" in listed
    saved = tmp_path / "value.bin"
    shown = command("dlq", "show", INTAKE, "1/0", "--save", str(saved))
    assert "7/41" in shown
    assert "interaction" in shown
    assert saved.read_bytes() == b"\x08\x01"
    assert "1 replayed" in command("dlq", "replay", INTAKE, "1/0")
    with_it = list(records(settings, INTAKE))
    assert [(record.partition, record.key, record.value) for record in with_it] == [(7, b"k", b"\x08\x01")]


def test_a_letter_that_was_written_twice_is_one(installation):
    settings = installation
    whole = Record(INTAKE, 7, 41, b"k", b"\x08\x01", [], 1_780_000_000_000)
    for record in (whole, whole, whole._replace(value=b"\x08\x02"), whole._replace(offset=42)):
        bury(settings, record, "interaction", "bad")
    bury(settings, whole, "another", "bad")
    assert [letter.offset for letter in read(settings, INTAKE)] == [0, 2, 3, 4]
    assert "4 replayed" in command("dlq", "replay", INTAKE, "--all")


def test_a_numbered_record_goes_to_the_handler_that_refused_it_and_not_into_the_stream(installation):
    settings = installation
    event = ContactEvent()
    event.contact_changed.contact = f"contacts/{CONTACT}"
    event.contact_changed.revision = 3
    event.contact_changed.display_name = "Ada Lovelace"
    event.contact_changed.state = 1
    headers = [("ce_sequence", b"1780000000.4"), ("ce_type", b"touchline.contact.v1.ContactChanged")]
    bury(settings, Record(CONTACTS, 2, 5, b"k", event.SerializeToString(), headers), "interaction", "a bug of ours")
    assert "1 replayed" in command("dlq", "replay", CONTACTS, "--all")
    assert "1 replayed" in command("dlq", "replay", CONTACTS, "--all")
    assert list(records(settings, CONTACTS)) == []
    assert contacts(settings) == [CONTACT]


def test_a_touch_that_was_refused_for_good_is_listed_shown_and_put_back_into_the_outbox(
    kafka, make_database, topic_prefix, monkeypatch, tmp_path
):
    settings = make_database("campaign", **kafka.settings(), topic_prefix=topic_prefix)
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    Topics.load().apply(settings)
    touch = Touch(type="mail.sent", source="sources/campaign", source_event_id="e1")
    touch.identifier.kind, touch.identifier.value = "email", "ada@secret.example"
    keep_refused(settings, touch)
    listed = command("dlq", "ls")
    assert "touches/campaign" in listed
    assert "NO_SUCH_TYPE" in listed
    saved = tmp_path / "touch.bin"
    shown = command("dlq", "show", "touches/campaign", "1", "--save", str(saved))
    assert "mail.sent" in shown
    assert "ada@" not in listed + shown
    assert Touch.FromString(saved.read_bytes()) == touch
    assert "1 replayed" in command("dlq", "replay", "touches/campaign", "1")
    assert "no dead letters" in command("dlq", "ls", "touches/campaign")
    assert outbox_of(settings) == [touch]
    assert CliRunner().invoke(app, ["dlq", "show", "touches/campaign", "1"]).exit_code == 1
    assert CliRunner().invoke(app, ["dlq", "ls", "touches/nobody"]).exit_code == 1


def keep_refused(settings, touch):
    """Keep a touch as the relay does that interaction refused it to."""

    async def put():
        database = Database(settings)
        await database.open()
        async with database.connection() as conn:
            await touchrelay.refused.keep_refused(conn, "NO_SUCH_TYPE", touch.SerializeToString(), "")
        await database.close()

    asyncio.run(put())


def outbox_of(settings):
    with psycopg.connect(settings.database_dsn()) as conn:
        rows = conn.execute("SELECT data FROM outbox WHERE stream = %s", (touchrelay.STREAM,)).fetchall()
    return [touch for (data,) in rows for touch in entries(data)]


def test_what_is_not_there_is_said(installation):
    for arguments in (["show", INTAKE, "0/99"], ["replay", INTAKE], ["replay", "no.such.stream", "--all"]):
        assert CliRunner().invoke(app, ["dlq", *arguments]).exit_code == 1


def records(settings, stream):
    from chassis.bus_kafka.client import client_options
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(**client_options(settings), auto_offset_reset="earliest", enable_auto_commit=False)
    topic = settings.topic_prefix + stream
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    while any(consumer.position(place) < ends[place] for place in places):
        for found in consumer.poll(500).values():
            yield from found
    consumer.close()


def contacts(settings):
    with psycopg.connect(settings.database_dsn()) as conn:
        return [str(row[0]) for row in conn.execute("SELECT contact_id FROM contact").fetchall()]


def test_letters_are_read_with_their_origin(installation):
    bury(installation, Record(INTAKE, 3, 9, None, b"x", (), 5), "interaction", "why")
    (letter,) = read(installation, INTAKE)
    assert (letter.record.partition, letter.record.offset, letter.group, letter.message) == (3, 9, "interaction", "why")
