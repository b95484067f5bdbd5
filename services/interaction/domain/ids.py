"""How touches, their names and their threads are identified."""

import base64
import binascii
import hashlib
import re
from uuid import UUID

import identity

from services.interaction.domain.errors import bad_argument

NOBODY = UUID(int=0)
DAY_US = 86_400_000_000
_UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def touch_id(source: str, source_event_id: str) -> bytes:
    """The UUIDv8 of what a source calls an event: the same event always has the same id."""
    digest = bytearray(_digest(source.encode(), source_event_id.encode()))
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def content_hash(said: bytes) -> bytes:
    """What two deliveries of one event must share to be the same."""
    return hashlib.blake2b(said, digest_size=16).digest()


def place(touch: bytes, *, source: str, message: str, message_us: int, occurred_us: int) -> tuple[bytes, int]:
    """The thread of a touch and that thread's time: its message for a day, then the touch itself."""
    if message:
        thread, thread_us = message_thread(source, message, message_us)
        if occurred_us <= thread_us + DAY_US:
            return thread, thread_us
    return touch, occurred_us


def message_thread(source: str, message: str, message_us: int) -> tuple[bytes, int]:
    """A message of our own is its own thread and carries its time; another's is a hash of source, message and time."""
    own_us = uuid7_us(message)
    if own_us is not None and message_us in (0, own_us):
        return bytes.fromhex(message.replace("-", "")), own_us
    return _digest(source.encode(), message.encode(), message_us.to_bytes(8, "big", signed=True)), message_us


def uuid7_us(text: str) -> int | None:
    """The microseconds in a UUIDv7; None when the text is none."""
    if _UUID7.fullmatch(text) is None:
        return None
    return int(text[:8] + text[9:13], 16) * 1000


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


def _digest(*parts: bytes) -> bytes:
    said = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    return hashlib.blake2b(said, digest_size=16).digest()
