"""Dead letters: writing a record aside with its reason under Spring's header names, listing and replaying them.

A letter is written at least once: Kafka has it before PostgreSQL moves the position, so a consumer that ends between
the two writes it again. Both carry the same `id`, and readers show one (`once`).
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chassis.bus.records import Headers, Producer, Record, RecordRefusedError
from chassis.errors import Unavailable
from chassis.streams import DEAD_LETTERS, catalogue, dead_letters
from chassis.telemetry import metrics

ORIGINAL_TOPIC = "kafka_dlt-original-topic"
ORIGINAL_PARTITION = "kafka_dlt-original-partition"
ORIGINAL_OFFSET = "kafka_dlt-original-offset"
ORIGINAL_TIMESTAMP = "kafka_dlt-original-timestamp"
ORIGINAL_GROUP = "kafka_dlt-original-consumer-group"
EXCEPTION = "kafka_dlt-exception-fqcn"
MESSAGE = "kafka_dlt-exception-message"
PREFIX = "kafka_dlt-"
PATIENCE = 5.0
LONGEST_MESSAGE = 1000


class Letter(NamedTuple):
    """One dead letter: where it lies, where it was, and why it is here."""

    offset: int
    partition: int
    record: Record
    group: str
    error: str
    message: str

    @property
    def id(self) -> bytes:
        """16 bytes that a letter shares with its repeats: consumer, place, content (an envelope may leave several)."""
        record, told = self.record, hashlib.blake2b(digest_size=16)
        for part in (self.group, record.stream, f"{record.partition}/{record.offset}"):
            told.update(part.encode() + b"\0")
        told.update(record.value)
        return told.digest()


def once(letters: Iterable[Letter]) -> Iterator[Letter]:
    """Each letter the first time it comes."""
    seen: set[bytes] = set()
    for letter in letters:
        if letter.id not in seen:
            seen.add(letter.id)
            yield letter


@dataclass(frozen=True)
class DeadLetters:
    """Writes a consumer's dead letters."""

    producer: Producer
    group: str
    patience: float = PATIENCE

    async def put(self, record: Record, error: str, message: str) -> None:
        """Write the record aside; returns when Kafka has it and raises when it has not, so that nothing is skipped."""
        stream = dead_letters(record.stream)
        try:
            async with asyncio.timeout(self.patience):
                await self.producer.send(
                    stream,
                    partition=record.partition % catalogue()[stream].partitions,
                    key=record.key,
                    value=record.value,
                    headers=[*record.headers, *self._headers(record, error, message)],
                )
        except RecordRefusedError as refused:  # too large with its headers: the topic's limit has to be raised
            raise Unavailable("Kafka refuses the dead letter") from refused
        metrics.DEAD_LETTERS.labels(record.stream, self.group).inc()

    def _headers(self, record: Record, error: str, message: str) -> Headers:
        told = {
            ORIGINAL_TOPIC: record.stream,
            ORIGINAL_PARTITION: str(record.partition),
            ORIGINAL_OFFSET: str(record.offset),
            ORIGINAL_TIMESTAMP: str(record.timestamp),
            ORIGINAL_GROUP: self.group,
            EXCEPTION: error,
            MESSAGE: message[:LONGEST_MESSAGE],
        }
        return [(name, value.encode()) for name, value in told.items()]


def read_letter(record: Record) -> Letter:
    """What a record of a dead-letter stream says about itself."""
    stream = record.header(ORIGINAL_TOPIC) or record.stream.removesuffix(DEAD_LETTERS)
    original = Record(
        stream=stream,
        partition=int(record.header(ORIGINAL_PARTITION) or 0),
        offset=int(record.header(ORIGINAL_OFFSET) or 0),
        key=record.key,
        value=record.value,
        headers=[header for header in record.headers if not header[0].startswith(PREFIX)],
        timestamp=int(record.header(ORIGINAL_TIMESTAMP) or 0),
    )
    return Letter(
        offset=record.offset,
        partition=record.partition,
        record=original,
        group=record.header(ORIGINAL_GROUP),
        error=record.header(EXCEPTION),
        message=record.header(MESSAGE),
    )


async def send_back(producer: Producer, letters: Iterable[Letter]) -> int:
    """Put letters back into their stream, each on its partition; waits for every one of them.

    Only for streams without numbers (intake): a record of an outbox stream would be dropped there as a repeat, so it
    goes to its handler instead (`ConsumerLoop.replay`).
    """
    letters = list(letters)
    numbered = {letter.record.stream for letter in letters if catalogue()[letter.record.stream].is_outbox}
    if numbered:
        raise ValueError(f"numbered streams are replayed by their handler: {', '.join(sorted(numbered))}")
    sent = [_send(producer, letter.record) for letter in letters]
    await asyncio.gather(*sent)
    return len(sent)


def _send(producer: Producer, record: Record) -> "asyncio.Future[int]":
    return producer.send(
        record.stream,
        partition=record.partition,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
