"""How touches, their names and their threads are identified."""

import base64
import binascii
import re
from hashlib import blake2b
from uuid import UUID

import identity

from services.interaction.domain.errors import bad_argument

NOBODY = UUID(int=0)
DAY_US = 86_400_000_000
_UUID8_BITS = 0x8 << 76 | 0b10 << 62  # its version and its variant
_FREE_BITS = ~(0xF << 76 | 0b11 << 62)
_UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def touch_id(source: str, source_event_id: str) -> bytes:
    """The UUIDv8 of what a source calls an event: the same event always has the same id."""
    event = source_event_id.encode()
    said = b"".join((_prefixed(source), len(event).to_bytes(4, "big"), event))
    digest = int.from_bytes(blake2b(said, digest_size=16).digest(), "big")
    return (digest & _FREE_BITS | _UUID8_BITS).to_bytes(16, "big")


def content_hash(said: bytes) -> bytes:
    """What two deliveries of one event must share to be the same."""
    return blake2b(said, digest_size=16).digest()


def place(touch: bytes, source: str, message: str, message_us: int, occurred_us: int) -> tuple[bytes, int]:
    """The thread of a touch and that thread's time: its message for a day, then the touch itself."""
    if message:
        thread, thread_us = message_thread(source, message, message_us)
        if occurred_us <= thread_us + DAY_US:
            return thread, thread_us
    return touch, occurred_us


def message_thread(source: str, message: str, message_us: int) -> tuple[bytes, int]:
    """A message of our own is its own thread and carries its time; another's is a hash of source, message and time."""
    if is_uuid7(message):
        own = bytes.fromhex(message.replace("-", ""))
        own_us = int.from_bytes(own[:6], "big") * 1000
        if message_us in (0, own_us):
            return own, own_us
    told = _prefixed(source) + _prefixed(message) + b"\0\0\0\x08" + message_us.to_bytes(8, "big", signed=True)
    return _digest(told), message_us


def is_uuid7(text: str) -> bool:
    """Whether a text is a UUIDv7, as one is written."""
    return _UUID7.fullmatch(text) is not None


def uuid7_us(text: str) -> int | None:
    """The microseconds in a UUIDv7; None when the text is none."""
    return int(text[:8] + text[9:13], 16) * 1000 if is_uuid7(text) else None


def parse_touch_name(name: str, field: str = "name") -> tuple[UUID, UUID]:
    """The subject and the touch id in a touch's name."""
    try:
        subject, touch = identity.parse_touch_name(name)
    except ValueError:
        raise bad_argument(field, "is not a name of the form touches/{touch}") from None
    return UUID(bytes=subject), UUID(bytes=touch)


def thread_key(thread: UUID, thread_us: int) -> str:
    """The last part of a thread's name: enough to find it without reading anything else."""
    return base64.urlsafe_b64encode(thread_us.to_bytes(8, "big", signed=True) + thread.bytes).decode()


def parse_thread_key(text: str, field: str = "parent") -> tuple[UUID, int]:
    """The thread and its time in the last part of a thread's name."""
    raw = _decode(text)
    if len(raw) != 24:
        raise bad_argument(field, "does not end in threads/{thread}")
    return UUID(bytes=raw[8:]), int.from_bytes(raw[:8], "big", signed=True)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _prefixed(text: str) -> bytes:
    """A text with its length before it: so no two pairs of texts are the same when they stand side by side."""
    said = text.encode()
    return len(said).to_bytes(4, "big") + said


def _digest(said: bytes) -> bytes:
    return blake2b(said, digest_size=16).digest()
