"""Who is logged in: the signed cookie, its epoch, and the CSRF token that every form carries."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

COOKIE = "touchline_session"
LIFETIME = 12 * 3600
PANEL_LIFETIME = 3600
MAXIMUM_COOKIE = 2_000


@dataclass(frozen=True)
class Session:
    """One browser's session; `user` is empty until somebody logs in. One with a `panel` shows that contact alone."""

    id: str
    user: str = ""
    epoch: int = 0
    expires: int = 0
    time_zone: str = "UTC"
    panel: str = ""


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

    def open_panel(self, user: str, contact: str, time_zone: str) -> Session:
        """A session without a cookie: it lies in the panel's address, reads one contact and does nothing."""
        session = replace(self.log_in(user, time_zone), panel=contact)
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
        session = Session(**json.loads(base64.urlsafe_b64decode(body)))
        alive = session.expires > time.time() and session.epoch == self.epochs.of(session.user)
        return session if alive else None

    def csrf(self, session: Session) -> str:
        return self._sign(f"csrf {session.id}")

    def is_ours(self, session: Session, token: str) -> bool:
        return hmac.compare_digest(self.csrf(session).encode(), token.encode())

    def _sign(self, text: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, text.encode(), hashlib.sha256)).decode().rstrip("=")
