"""Touches as outbox rows: each row is a RecordTouchesRequest of at most 500 touches, in order."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from chassis.outbox import MAX_DATA, OutboxEvent
from touchline.interaction.v1.interaction_pb2 import RecordTouchesRequest, Touch

STREAM = "touches"
AT_ONCE = 500
TOUCHES_TAG = RecordTouchesRequest.TOUCHES_FIELD_NUMBER << 3 | 2  # of the wire: what follows has its length before it
TYPE = RecordTouchesRequest.DESCRIPTOR.full_name


def rows(touches: Iterable[Touch], *, time: datetime) -> list[OutboxEvent]:
    """The outbox rows of these touches: all in one partition, so that they arrive in the order of their commits."""
    return [
        OutboxEvent(stream=STREAM, type=TYPE, data=b"".join(batch), time=time, partition=0)
        for batch in _batches(map(_entry, touches))
    ]


def entries(data: bytes) -> Sequence[Touch]:
    """The touches of a row."""
    return RecordTouchesRequest.FromString(data).touches


def _entry(touch: Touch) -> bytes:
    """One touch as an element of a request: requests that stand one behind the other are one request."""
    data = touch.SerializeToString()
    size, head = len(data), bytearray((TOUCHES_TAG,))
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + data


def _batches(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == AT_ONCE or size + len(entry) > MAX_DATA):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry)
    if batch:
        yield batch
