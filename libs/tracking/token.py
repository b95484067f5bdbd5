"""What a token says, and its bytes.

    1   version (1)
    1   length of the key id, then the key id in ASCII
    1   kind: 1 open, 2 click, 3 unsubscribe, 4 confirm
    1   which of the following are there: 1 contact, 2 campaign, 4 activity, 8 variant, 128 test
    16  message
    16  subject
    16  each of contact, campaign, activity, variant that is there
    2   link number, big endian
    1+n topic, 1+n purpose, 2+n URL: length, then UTF-8. Of an open and a click, decimal milliseconds stand where the
        purpose does: how long its message waited to be written (decision 0021)
    16  tag: the first bytes of HMAC-SHA-256(key, everything before)

The text is base64url of that, without padding. Numbers are big endian. A token is about 150 characters and its URL.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from tracking.addresses import check_url

VERSION = 1
MAX_LINK = 0xFFFF
MAX_NAME_BYTES = 255
IS_TEST = 128
_MILLISECONDS = re.compile("[1-9][0-9]{0,8}")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMED = ((1, "contact"), (2, "campaign"), (4, "activity"), (8, "variant"))


class Kind(StrEnum):
    """What a token is good for; none can be used as another."""

    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"


KINDS = {Kind.OPEN: 1, Kind.CLICK: 2, Kind.UNSUBSCRIBE: 3, Kind.CONFIRM: 4}
_KIND_OF = {number: kind for kind, number in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Token:
    """One signed link of one message.

    `message` is the message's UUIDv7, `subject` the 16 bytes of the address that it went to. `contact`, `campaign`,
    `activity` and `variant` are UUIDs as text (36 lower-case characters, no collection before them) or empty. `link`
    numbers the links of a mail, 0-65,535; `url` is where a click leads, at most 1,500 bytes of ASCII (freeze_url
    makes it so), and empty for the other kinds. `topic` and `purpose` say what an unsubscribe ends: the subscription
    topic as contact knows it, at most 255 bytes each; of a confirm link, what is confirmed, and its `message` is the id
    of the request that it answers. Of an open and a click, `purpose` says how long the message waited (`waited_ms`). A
    test token (of a test mail) writes nothing.
    """

    kind: str
    message: UUID
    subject: bytes
    contact: str = ""
    campaign: str = ""
    activity: str = ""
    variant: str = ""
    link: int = 0
    url: str = ""
    topic: str = ""
    purpose: str = ""
    is_test: bool = False

    @property
    def waited_ms(self) -> int:
        """Milliseconds from the message's making until it was written to be handed over; 0 where it does not say."""
        if self.kind not in {Kind.OPEN, Kind.CLICK} or not _MILLISECONDS.fullmatch(self.purpose):
            return 0
        return int(self.purpose)

    @property
    def recipient(self) -> bytes:
        """Whom a browser is bound to that follows this link: the contact, where it names one, else the address."""
        return b"c" + _id(self.contact, "contact") if self.contact else b"s" + self.subject


def pack(token: Token) -> bytes:
    """Everything between the key id and the tag; raises ValueError with the field's name for what cannot be held."""
    ids = (token.contact, token.campaign, token.activity, token.variant)
    there, middle = pack_message(token.message, token.subject, ids)
    there |= IS_TEST if token.is_test else 0
    return (
        bytes((KINDS[Kind(token.kind)], there))
        + middle
        + pack_link(token.kind, token.link, token.url, token.topic, token.purpose)
    )


def pack_message(message: UUID, subject: bytes, ids: tuple[str, str, str, str]) -> tuple[int, bytes]:
    """What all tokens of one message share: the bits of the ids that are there, and what stands before the link.

    `ids` are contact, campaign, activity and variant.
    """
    if len(subject) != 16:
        raise ValueError("subject has 16 bytes")
    contact, campaign, activity, variant = ids
    there = (1 if contact else 0) | (2 if campaign else 0) | (4 if activity else 0) | (8 if variant else 0)
    shared = _shared(campaign, "campaign") + _shared(activity, "activity") + _shared(variant, "variant")
    return there, message.bytes + subject + _id(contact, "contact") + shared


def pack_link(kind: str, link: int = 0, url: str = "", topic: str = "", purpose: str = "") -> bytes:
    """What is a link's own."""
    number, target = _target(kind, link, url)
    return b"".join((number, _name(topic), _name(purpose), target))


@lru_cache(4096)
def _target(kind: str, link: int, url: str) -> tuple[bytes, bytes]:
    """A link's number and URL; the same for everybody, unless the URL is a person's."""
    if (kind == Kind.CLICK) != bool(url):
        raise ValueError("url goes with clicks, and only with them")
    if url:
        check_url(url)
    if not 0 <= link <= MAX_LINK:
        raise ValueError(f"link is 0-{MAX_LINK}")
    said = url.encode()
    return link.to_bytes(2, "big"), len(said).to_bytes(2, "big") + said


def unpack(body: bytes) -> Token:
    """The token in a body; raises ValueError or IndexError for what pack never writes."""
    there = body[1]
    at = 34
    ids = {}
    for bit, field in _NAMED:
        if there & bit:
            ids[field] = str(UUID(bytes=body[at : at + 16]))
            at += 16
    link = int.from_bytes(body[at : at + 2], "big")
    topic, at = _text(body, at + 2, 1)
    purpose, at = _text(body, at, 1)
    url, at = _text(body, at, 2)
    token = Token(
        kind=_KIND_OF.get(body[0], ""),
        message=UUID(bytes=body[2:18]),
        subject=body[18:34],
        link=link,
        url=url,
        topic=topic,
        purpose=purpose,
        is_test=bool(there & IS_TEST),
        **ids,
    )
    if pack(token) != body:
        raise ValueError("not what a token says")
    return token


@lru_cache(1024)
def _shared(name: str, field: str) -> bytes:
    return _id(name, field)


def _id(name: str, field: str) -> bytes:
    if not name:
        return b""
    if not _UUID.fullmatch(name):
        raise ValueError(f"{field} is a UUID as text, lower case, without its collection")
    return bytes.fromhex(name.replace("-", ""))


@lru_cache(1024)
def _name(text: str) -> bytes:
    said = text.encode()
    if len(said) > MAX_NAME_BYTES:
        raise ValueError(f"topic and purpose have at most {MAX_NAME_BYTES} bytes")
    return bytes((len(said),)) + said


def _text(body: bytes, at: int, width: int) -> tuple[str, int]:
    size = int.from_bytes(body[at : at + width], "big")
    end = at + width + size
    return body[at + width : end].decode(), end
