"""Who is logged in: the signed cookie, its epoch, and the CSRF token that every form carries."""

import base64
import hashlib
import hmac
import json
import secrets
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from chassis.auth import SMALLEST_SECRET
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

COOKIE = "touchline_session"
HOST = "__Host-"  # what browsers keep for this host alone, and over https alone
PIECE, MOST_PIECES = 3_800, 4  # characters of one cookie, and cookies of one session
LIFETIME = 12 * 3600
PANEL_LIFETIME = 3600
MAXIMUM_COOKIE = 2_000


@dataclass(frozen=True)
class Held:
    """What an OIDC provider gave of somebody; moments in seconds since 1970."""

    name: str
    roles: tuple[str, ...]
    team: str
    email: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    renew: float
    until: float


@dataclass(frozen=True)
class Session:
    """One browser's session; `user` is empty until somebody logs in. One with a `panel` shows that contact alone."""

    id: str
    user: str = ""
    epoch: int = 0
    expires: int = 0
    time_zone: str = "UTC"
    panel: str = ""
    held: Held | None = None


def session_of(told: Mapping[str, Any]) -> Session | None:
    """The session that `asdict` wrote down; None where a console of another version did, that keeps other fields."""
    held = told.get("held")
    try:
        return Session(**{**told, "held": Held(**{**held, "roles": tuple(held["roles"])}) if held else None})
    except TypeError:
        return None


class Epochs:
    """The number that a person's sessions must carry; raising it ends every session of that person.

    Kept in a file of the state directory, so that a log-out outlives a restart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def of(self, user: str) -> int:
        return self._numbers.get(user, 0)

    def raise_for(self, user: str) -> None:
        self._numbers[user] = self.of(user) + 1
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._numbers))
        fresh.replace(self._path)


class Sessions:
    """Reads and writes the cookie. Nothing of a session is kept on the server but the epochs."""

    def __init__(self, key: bytes, epochs: Epochs) -> None:
        self._key = hmac.digest(key, b"touchline console session v1", hashlib.sha256)
        self.epochs = epochs

    def start(self) -> Session:
        return Session(id=secrets.token_urlsafe(18), expires=int(time.time()) + LIFETIME)

    def log_in(self, user: str, time_zone: str) -> Session:
        """A new id with every log-in: a cookie planted before is worth nothing after."""
        return replace(self.start(), user=user, epoch=self.epochs.of(user), time_zone=time_zone)

    def open_panel(self, user: str, contact: str, time_zone: str, held: Held | None = None) -> Session:
        """A session without a cookie: it lies in the panel's address, reads one contact and does nothing."""
        session = replace(self.log_in(user, time_zone), panel=contact, held=held)
        return replace(session, expires=int(time.time()) + PANEL_LIFETIME)

    def write(self, session: Session) -> str:
        body = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).decode()
        return f"{body}.{self._sign(body)}"

    def read(self, cookie: str) -> Session | None:
        """The session in the cookie, or None where it is foreign, out of date or ended, or a panel's."""
        session = self._read(cookie)
        return session if session and not session.panel else None

    def read_panel(self, token: str) -> Session | None:
        """The session in a panel's address, or None."""
        session = self._read(token)
        return session if session and session.panel else None

    def _read(self, cookie: str) -> Session | None:
        body, _dot, signature = cookie[:MAXIMUM_COOKIE].rpartition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode()):
            return None
        session = session_of(json.loads(base64.urlsafe_b64decode(body)))
        if session is None or session.expires <= time.time():
            return None
        return session if session.epoch == self.epochs.of(session.user) else None

    def csrf(self, session: Session) -> str:
        return self._sign(f"csrf {session.id}")

    def is_ours(self, session: Session, token: str) -> bool:
        return hmac.compare_digest(self.csrf(session).encode(), token.encode())

    def _sign(self, text: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, text.encode(), hashlib.sha256)).decode().rstrip("=")


class SealedSessions(Sessions):
    """Sessions that hold a provider's tokens: nobody reads the cookie but us, and it ends with the tokens.

    There are no epochs: what ends somebody's other sessions is the provider, which renews them no more.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or min(map(len, keys)) < SMALLEST_SECRET:
            raise ValueError(f"TOUCHLINE_CONSOLE_KEY_FILE: each line is a secret of at least {SMALLEST_SECRET} bytes")
        super().__init__(keys[0], NoEpochs())
        self._seals = {use: MultiFernet([fernet(key, use) for key in keys]) for use in ("session", "attempt", "hint")}

    def grant(self, user: str, time_zone: str, held: Held) -> Session:
        """A new session, with a new id, of who has logged in at the provider."""
        return replace(self.log_in(user, time_zone), held=held)

    def seal(self, use: str, told: Any) -> str:
        """What only we can read again, for one use."""
        return self._seals[use].encrypt(zlib.compress(json.dumps(told).encode())).decode()

    def unseal(self, use: str, sealed: str, seconds: int) -> Any:
        """What was sealed for that use so long ago at most; None for anything else."""
        try:
            return json.loads(zlib.decompress(self._seals[use].decrypt(sealed.encode("ascii", "replace"), seconds)))
        except InvalidToken:
            return None

    def write(self, session: Session) -> str:
        return self.seal("session", asdict(session))

    def _read(self, cookie: str) -> Session | None:
        told = self.unseal("session", cookie, LIFETIME)
        session = session_of(told) if told else None
        return session if session and session.expires > time.time() else None


class NoEpochs(Epochs):
    """Where no session is counted."""

    def __init__(self) -> None:
        self._numbers = {}

    def raise_for(self, user: str) -> None:
        """Nothing to raise."""


def fernet(key: bytes, use: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=f"touchline console {use} v1".encode()).derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))


def joined(cookies: Mapping[str, str], name: str) -> str:
    """The value of a cookie that may lie in pieces."""
    pieces = [cookies.get(f"{name}{number or ''}", "") for number in range(MOST_PIECES)]
    return "".join(pieces[: pieces.index("")] if "" in pieces else pieces)


def pieces_of(value: str, name: str, held: Mapping[str, str]) -> dict[str, str]:
    """The cookies that hold a value; those that a longer one before it needed are empty."""
    found = {f"{name}{number or ''}": value[number * PIECE : (number + 1) * PIECE] for number in range(MOST_PIECES)}
    return {piece: text for piece, text in found.items() if text or piece in held}
