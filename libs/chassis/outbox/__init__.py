"""What leaves PostgreSQL for a stream: rows numbered in commit order, and the relay that sends them."""

from chassis.outbox.listen import listening
from chassis.outbox.notify import Notifier
from chassis.outbox.relay import Refused, Relay
from chassis.outbox.rows import (
    MAX_DATA,
    PUT,
    OutboxEvent,
    Position,
    arguments,
    decode_positions,
    encode_positions,
)
from chassis.outbox.schema import REPLACE, SCHEMA

__all__ = [
    "MAX_DATA",
    "PUT",
    "REPLACE",
    "SCHEMA",
    "Notifier",
    "OutboxEvent",
    "Position",
    "Refused",
    "Relay",
    "arguments",
    "decode_positions",
    "encode_positions",
    "listening",
]
