"""What leaves PostgreSQL for a stream: numbered rows, written in the transaction of the fact.

A row's place is (stream, partition, epoch, seq). `outbox_put` takes the numbers by updating `outbox_head`, heads in
sorted order, so they are gap-free and in commit order; it must be the last thing before COMMIT, because the heads stay
locked until then. `Tx.emit` does all this. A pipelined flush calls it itself, once, with all of its rows:

    await conn.execute(outbox.PUT, outbox.arguments(events))

Whoever needs the numbers in the same flush reads them from `outbox_head` (epoch, seq = the last taken) after that.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from chassis import telemetry
from chassis.streams import catalogue

MAX_DATA = 512 * 1024

# In binary: psycopg takes five times as long to write an array as text.
PUT = """SELECT stream, partition, epoch, seq FROM outbox_put(%b::text[], %b::integer[], %b::bytea[], %b::text[],
%b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::bytea[])"""


@dataclass(frozen=True)
class OutboxEvent:
    """A fact on its way to a stream: one CloudEvent. `id` is `<stream>/<partition>/<epoch>.<seq>` unless given.

    The partition is the key's; envelopes give `partition` and no key, and so does whoever writes a stream of its own
    that is no Kafka topic.
    """

    stream: str
    type: str
    data: bytes
    time: datetime
    key: bytes | str = b""
    subject: str = ""
    partition: int | None = None
    id: str = ""
    traceparent: str = ""

    def place(self) -> int:
        """The partition that this event belongs to."""
        return catalogue().partition(self.stream, self.key) if self.partition is None else self.partition


class Position(NamedTuple):
    """A number taken in one partition of a stream."""

    stream: str
    partition: int
    epoch: int
    seq: int


def arguments(events: Sequence[OutboxEvent]) -> tuple[list[Any], ...]:
    """The parameters of `PUT` for these events, in this order."""
    here = telemetry.traceparent()
    for event in events:
        if len(event.data) > MAX_DATA:
            raise ValueError(f"{event.type}: an outbox row holds at most {MAX_DATA} bytes, not {len(event.data)}")
    return (
        [event.stream for event in events],
        [event.place() for event in events],
        [event.key.encode() if isinstance(event.key, str) else event.key for event in events],
        [event.id for event in events],
        [event.type for event in events],
        [event.subject for event in events],
        [event.time for event in events],
        [event.traceparent or here for event in events],
        [event.data for event in events],
    )


def encode_positions(positions: Iterable[Position]) -> str:
    """One opaque text for the positions that a mutation ended with."""
    told = json.dumps([list(position) for position in positions], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def decode_positions(text: str) -> list[Position]:
    """The positions in such a text; ValueError for anything else."""
    if not text:
        return []
    told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return [Position(str(stream), int(partition), int(epoch), int(seq)) for stream, partition, epoch, seq in told]
