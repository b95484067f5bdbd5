"""How touches, their names and their threads are identified."""

import base64
import binascii
import re
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

import identity

from services.interaction.domain.errors import bad_argument

NOBODY = UUID(int=0)
DAY_US = 86_400_000_000
Thread = tuple[bytes, int]  # its id, and its time in microseconds
_UUID8_BITS = 0x8 << 76 | 0b10 << 62  # its version and its variant
_FREE_BITS = ~(0xF << 76 | 0b11 << 62)
_UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def touch_id(source: str, source_event_id: str) -> bytes:
    """The UUIDv8 of what a source calls an event: the same event always has the same id."""
    return event_id(source, source_event_id.encode())


def event_id(source: str, event: bytes) -> bytes:
    """As `touch_id`, of an event that is encoded already."""
    hashed = _begun(source).copy()
    hashed.update(len(event).to_bytes(4, "big") + event)
    digest = int.from_bytes(hashed.digest(), "big")
    return (digest & _FREE_BITS | _UUID8_BITS).to_bytes(16, "big")


@lru_cache(1_000)
def _begun(source: str) -> blake2b:
    return blake2b(_prefixed(source), digest_size=16)


def content_hash(said: bytes) -> bytes:
    """What two deliveries of one event must share to be the same."""
    return blake2b(said, digest_size=16).digest()


def place(touch: bytes, source: str, message: str, message_us: int, occurred_us: int) -> Thread:
    """The thread of a touch and that thread's time: its message for a day, then the touch itself."""
    return within_day(message_thread(source, message, message_us) if message else None, touch, occurred_us)


def within_day(thread: Thread | None, touch: bytes, occurred_us: int) -> Thread:
    """The thread of a touch's message, where it has one and occurred at most a day after it; else its own."""
    return thread if thread is not None and occurred_us <= thread[1] + DAY_US else (touch, occurred_us)


def message_thread(source: str, message: str, message_us: int) -> Thread:
    """A message of our own is its own thread and carries its time; another's is a hash of source, message and time."""
    own = own_thread(message)
    if own is not None and message_us in (0, own[1]):
        return own
    told = _prefixed(source) + _prefixed(message) + b"\0\0\0\x08" + message_us.to_bytes(8, "big", signed=True)
    return _digest(told), message_us


def own_thread(message: str) -> Thread | None:
    """The thread of a message of our own, which is a UUIDv7 and carries its time; None for another's."""
    if not is_uuid7(message):
        return None
    own = bytes.fromhex(message.replace("-", ""))
    return own, int.from_bytes(own[:6], "big") * 1000


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
