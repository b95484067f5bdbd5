"""The keys that sign and verify: the first signs, all verify, so that one can be replaced while old mails are read."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self
from uuid import UUID

from tracking.token import KINDS, VERSION, Kind, Token, pack, pack_link, pack_message, unpack

TAG_BYTES = 16
CHANCE_BYTES = 16
SHORTEST_KEY = 32
LONGEST_TEXT = 3_400
LONGEST_WAIT_MS = 999_999_999
_BLOCK = 64  # bytes that SHA-256 takes at a time
_FOR_URLS = bytes.maketrans(b"+/", b"-_")
_KEY_ID = re.compile(r"[a-z0-9]{1,8}")


class ForgedError(ValueError):
    """This text is no token of ours: another's, changed, cut, or of another kind. It never says which."""

    def __init__(self) -> None:
        super().__init__("not a token of this installation")


class Keyring:
    """Signs and verifies tokens. Keys are (key id, at least 32 bytes); raises ValueError for anything else."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        if not keys:
            raise ValueError("a keyring needs a key")
        for key_id, key in keys:
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError("a key id is 1-8 lower-case letters and digits")
            if len(key) < SHORTEST_KEY:
                raise ValueError(f"the key {key_id} is shorter than {SHORTEST_KEY} bytes")
        self._keys = dict(keys)
        if len(self._keys) < len(keys):
            raise ValueError("two keys have the same id")
        signing, self._key = keys[0]
        self._head = bytes((VERSION, len(signing))) + signing.encode()
        # HMAC's two hashes with the key in them: a token is signed by copies of them.
        key = (self._key if len(self._key) <= _BLOCK else hashlib.sha256(self._key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The keys in a file: a line each, `kid base64url-key`; empty lines and those that begin with # do not count.

        Raises OSError when the file cannot be read, ValueError when a line is no key.
        """
        lines = [line.split() for line in Path(path).read_text().splitlines()]
        return cls([_key(line) for line in lines if line and not line[0].startswith("#")])

    def sign(self, token: Token) -> str:
        """The token as text for a URL; raises ValueError with the field's name for what a token cannot hold."""
        return self._sealed(self._head + pack(token))

    def of_message(
        self,
        message: UUID,
        subject: bytes,
        *,
        contact: str = "",
        campaign: str = "",
        activity: str = "",
        waited_ms: int = 0,
    ) -> "MessageSigner":
        """Signs the tokens of one message, whose shared part is packed once; raises ValueError as `sign` does.

        `waited_ms` is how long ago the message was made, in milliseconds.
        """
        there, middle = pack_message(message, subject, (contact, campaign, activity, ""))
        return MessageSigner(self._sealed, self._head, there, middle, waited_ms)

    def _sealed(self, said: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(said)
        outer.update(inner.digest())
        text = binascii.b2a_base64(said + outer.digest()[:TAG_BYTES], newline=False)
        return text.translate(_FOR_URLS).rstrip(b"=").decode()

    def fingerprint(self, *parts: str) -> bytes:
        """8 bytes by which the same parts are known again, and nobody else can tell what they were."""
        said = b"".join(len(part).to_bytes(4, "big") + part for part in (each.encode() for each in parts))
        return hmac.digest(self._key, b"fingerprint" + said, "sha256")[:8]

    def new_browser(self, recipient: bytes) -> str:
        """A cookie of 43 characters for a browser that nobody knows yet: 128 bits of chance, sealed to a recipient."""
        chance = secrets.token_bytes(CHANCE_BYTES)
        return _text(chance + _seal(self._key, chance, recipient))

    def is_browser_of(self, cookie: str, recipient: bytes) -> bool:
        """Whether we made this cookie for that recipient; of another's and of a forged one it says the same: no."""
        try:
            said = _decode(cookie)
        except ValueError:
            return False
        chance, seal = said[:CHANCE_BYTES], said[CHANCE_BYTES:]
        return any(hmac.compare_digest(_seal(key, chance, recipient), seal) for key in self._keys.values())

    def verify(self, text: str, kind: str | None = None) -> Token:
        """The token that we signed, of this kind if one is asked for; raises ForgedError for everything else."""
        try:
            said = _decode(text)
            end = 2 + said[1]
            key = self._keys[said[2:end].decode("ascii")]
            body, tag = said[:-TAG_BYTES], said[-TAG_BYTES:]
            if said[0] != VERSION or not hmac.compare_digest(hmac.digest(key, body, "sha256")[:TAG_BYTES], tag):
                raise ForgedError
            token = unpack(body[end:])
        except (ValueError, KeyError, IndexError):
            raise ForgedError from None
        if kind is not None and token.kind != kind:
            raise ForgedError
        return token


class MessageSigner:
    """What `Keyring.sign` gives for the tokens of one message, several times as fast."""

    __slots__ = ("_head", "_middle", "_sealed", "_there", "_waited")

    def __init__(self, sealed: Callable[[bytes], str], head: bytes, there: int, middle: bytes, waited_ms: int) -> None:
        self._sealed, self._head, self._there, self._middle = sealed, head, there, middle
        self._waited = str(min(waited_ms, LONGEST_WAIT_MS)) if waited_ms > 0 else ""

    def open(self) -> str:
        """A token of kind open."""
        return self._of(Kind.OPEN, pack_link(Kind.OPEN, purpose=self._waited))

    def click(self, link: int, url: str) -> str:
        """A token of kind click."""
        return self._of(Kind.CLICK, pack_link(Kind.CLICK, link, url, purpose=self._waited))

    def unsubscribe(self, topic: str, purpose: str) -> str:
        """A token of kind unsubscribe."""
        return self._of(Kind.UNSUBSCRIBE, pack_link(Kind.UNSUBSCRIBE, 0, "", topic, purpose))

    def _of(self, kind: Kind, own: bytes) -> str:
        return self._sealed(b"%b%c%c%b%b" % (self._head, KINDS[kind], self._there, self._middle, own))


def new_key_line(key_id: str) -> str:
    """A line for a key file with a fresh random key of 32 bytes."""
    return f"{key_id} {base64.urlsafe_b64encode(secrets.token_bytes(SHORTEST_KEY)).rstrip(b'=').decode()}"


def _key(line: list[str]) -> tuple[str, bytes]:
    if len(line) != 2:
        raise ValueError("a line of the key file is a key id and a key")
    try:
        return line[0], base64.b64decode(line[1] + "=" * (-len(line[1]) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError(f"the key {line[0]} is not base64url") from None


def _seal(key: bytes, chance: bytes, recipient: bytes) -> bytes:
    return hmac.digest(key, b"browser" + chance + recipient, "sha256")[:TAG_BYTES]


def _text(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """The bytes of a text that is their only encoding."""
    if len(text) > LONGEST_TEXT:
        raise ForgedError
    said = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(said) != text:
        raise ForgedError
    return said
