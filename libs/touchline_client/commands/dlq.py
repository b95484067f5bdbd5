"""`touchline dlq`: dead letters, why they are there, and back to work once the cause is mended."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.bus.records import Record
from chassis.bus_kafka import KafkaProducer
from chassis.bus_kafka.client import client_options
from chassis.config import Settings
from chassis.deadletters import Letter, once, read_letter, send_back
from chassis.streams import catalogue, dead_letters
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from touchline_client.commands import refused
from touchline_client.commands.replay import hand_to_handlers
from touchline_client.commands.session import fail, out

app = typer.Typer(help="Dead letters.", no_args_is_help=True)
POLL_MS = 500

StreamArgument = Annotated[
    str, typer.Argument(help="The stream, for example touchline.interaction.intake.v1, or touches/campaign.")
]
PlaceArgument = Annotated[
    str, typer.Argument(help="Where it lies, as `ls` shows it: `partition/offset`, or a touch's number.")
]


@app.command("ls")
def ls(stream: Annotated[str, typer.Argument(help="One stream only.")] = "") -> None:
    """List dead letters, of every stream or of one; `touches/campaign` is what interaction refused of campaign."""
    settings = Settings.load()
    table = Table("stream", "place", "since", "reason", "what", box=None)
    if not stream or refused.is_about_touches(stream):
        for name, touch in refused.found(settings, stream):
            facts = refused.told(touch)
            table.add_row(name, facts["number"], facts["since"], facts["reason"], facts["type"])
    for name in _streams(stream):
        for letter in read(settings, name):
            since = datetime.fromtimestamp(letter.record.timestamp / 1000, UTC).isoformat(timespec="seconds")
            table.add_row(name, place(letter), since, letter.error, Text(letter.message[:80]))
    out.print(table if table.row_count else "[green]✓[/] no dead letters")


def _streams(stream: str) -> list[str]:
    if refused.is_about_touches(stream):
        return []
    return [stream] if stream else [name for name, facts in catalogue().items() if not facts.is_dead_letter]


@app.command()
def show(
    stream: StreamArgument,
    where: PlaceArgument,
    save: Annotated[
        Path | None, typer.Option(help="Write the record's value to this file; it may be personal.")
    ] = None,
) -> None:
    """Show one dead letter: where it came from, why it is here, its headers."""
    if refused.is_about_touches(stream):
        touch = refused.one(Settings.load(), stream, where)
        _print(refused.told(touch), save, touch.touch)
        return
    letter = one(Settings.load(), stream, where)
    told = {
        "stream": letter.record.stream,
        "was at": f"{letter.record.partition}/{letter.record.offset}",
        "consumer": letter.group,
        "error": letter.error,
        "message": letter.message,
        "size": f"{len(letter.record.value or b'')} bytes",
    }
    headers = {f"header {name}": raw.decode(errors="replace") for name, raw in letter.record.headers}
    _print(told | headers, save, letter.record.value or b"")


def _print(told: dict[str, str], save: Path | None, value: bytes) -> None:
    table = Table.grid(padding=(0, 2))
    for name, fact in told.items():
        table.add_row(name, Text(fact))
    out.print(table)
    if save is not None:
        save.touch(mode=0o600)
        save.write_bytes(value)


@app.command()
def replay(
    stream: StreamArgument,
    where: Annotated[list[str] | None, typer.Argument(help="Which, `partition/offset`; none means --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter of the stream.")] = False,
) -> None:
    """Apply dead letters after all.

    What came from intake goes back into intake. A record of a numbered stream goes to its handler instead: in the
    stream its number would be taken for a repeat. Doing it twice changes nothing. A refused touch goes back into the
    outbox of its service.
    """
    settings = Settings.load()
    if bool(where) == every:
        fail("say which, as partition/offset, or --all")
    if refused.is_about_touches(stream):
        found = refused.found(settings, stream)
        touches = [touch for _, touch in found] if every else [refused.one(settings, stream, at) for at in where or []]
        out.print(f"[green]✓[/] {refused.replay(settings, stream, touches)} replayed")
        return
    letters = list(read(settings, stream)) if every else [one(settings, stream, each) for each in where or []]
    if catalogue()[stream].is_outbox:
        count = asyncio.run(hand_to_handlers(settings, letters))
    else:
        count = asyncio.run(_send_back(settings, stream, letters))
    out.print(f"[green]✓[/] {count} replayed")


async def _send_back(settings: Settings, stream: str, letters: Iterable[Letter]) -> int:
    producer = KafkaProducer(settings, streams=[stream])
    await producer.start()
    try:
        return await send_back(producer, letters)
    finally:
        await producer.close()


def one(settings: Settings, stream: str, where: str) -> Letter:
    """The dead letter at a place."""
    found = next((letter for letter in read(settings, stream) if place(letter) == where), None)
    if found is not None:
        return found
    return fail(f"no dead letter at {where} of {stream}; `touchline dlq ls {stream}` lists them")


def place(letter: Letter) -> str:
    return f"{letter.partition}/{letter.offset}"


def read(settings: Settings, stream: str) -> Iterator[Letter]:
    """Every dead letter of a stream, from the first that is kept to the last that is there now; a repeated one once."""
    if stream not in catalogue():
        fail(f"no such stream: {stream}; `touchline topics ls` lists them")
    yield from once(read_letter(record) for record in records(settings, dead_letters(stream)))


def records(settings: Settings, stream: str) -> Iterator[Record]:
    """Every record of a stream, from the first that is kept to the last that is there now."""
    try:
        consumer = KafkaConsumer(**client_options(settings), enable_auto_commit=False, auto_offset_reset="earliest")
    except (KafkaError, OSError) as error:
        fail(f"Kafka at {settings.kafka_bootstrap} does not answer ({type(error).__name__})")
    try:
        yield from _records(consumer, settings.topic_prefix, stream)
    finally:
        consumer.close()


def _records(consumer: Any, prefix: str, stream: str) -> Iterator[Record]:
    topic = prefix + stream
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for found in consumer.poll(POLL_MS).values():
            for raw in found:
                headers = [(name, value or b"") for name, value in raw.headers]
                yield Record(stream, raw.partition, raw.offset, raw.key, raw.value or b"", headers, raw.timestamp)
