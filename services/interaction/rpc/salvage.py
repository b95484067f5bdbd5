"""A batch in which one item is no Unicode: protobuf refuses the whole request, so its items are read one by one."""

from collections.abc import Iterator

from google.protobuf.message import DecodeError
from touchline.interaction.v1 import interaction_pb2 as pb

NO_UNICODE = "\0"  # refused by every check of text, as what stands there is
TOUCHES, VALIDATE_ONLY = 1, 2


def decode_batch(raw: bytes) -> pb.RecordTouchesRequest:
    """The request; an item that cannot be read stands in it as one that is refused."""
    try:
        return pb.RecordTouchesRequest.FromString(raw)
    except DecodeError:
        request = pb.RecordTouchesRequest()
        for number, value in _fields(raw):
            if number == TOUCHES and isinstance(value, bytes):
                request.touches.append(_touch(value))
            elif number == VALIDATE_ONLY:
                request.validate_only = bool(value)
        return request


def _touch(raw: bytes) -> pb.Touch:
    try:
        return pb.Touch.FromString(raw)
    except DecodeError:
        return pb.Touch(source_event_id=NO_UNICODE)


def _fields(raw: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a message: numbers, and texts with their length; anything else is no request of ours."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        value, at = _varint(raw, at)
        if tag & 7 == 2:
            if at + value > len(raw):
                raise DecodeError("truncated")
            yield tag >> 3, raw[at : at + value]
            at += value
        elif tag & 7 == 0:
            yield tag >> 3, value
        else:
            raise DecodeError("a field of another kind")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
    raise DecodeError("truncated")
