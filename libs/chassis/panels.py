"""Tokens of the panel inside a CRM, where an OIDC provider signs everybody else's.

A browser gives a frame on somebody else's page no cookie, so nobody is logged in there. The CRM vouches for its reader
by a launch token (services/console/http/launch.py); out of it the console makes a token of this kind for its calls. It
is signed with a key derived from that CRM's launch key, lives as long as a panel does, and reads: its caller is refused
whatever is no reading, and is never an administrator or a system.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt

from chassis.calls import Caller
from chassis.claims import CONSOLE, USER

TYPE = "touchline-panel+jwt"
ISSUER = "touchline-panel"
ROLES = ("rep", "marketer", "approver", "analyst")  # whom a CRM may vouch for
LONGEST_LIFE = 3600  # seconds
SMALLEST_KEY = 32  # bytes
CLOCKS_APART = 30  # seconds that the console's clock may be ahead of a service's
LONGEST_TOKEN = 4_000


class NotAPanelError(Exception):
    """The token is of this kind, and proves nothing."""


class Panels:
    """Signs and proves tokens of panels, each CRM's with its own key."""

    def __init__(self, keys: Mapping[str, bytes], audience: str) -> None:
        self._audience = audience
        self._keys = {system: hmac.digest(key, b"touchline panel v1", hashlib.sha256) for system, key in keys.items()}

    def sign(self, system: str, user: str, *, name: str, roles: Sequence[str], team: str) -> str:
        """A token for a reader whom that system vouched for; `team` is `teams/…` or empty."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": self._audience, "sub": f"users/{user}", "iat": now, "exp": now + LONGEST_LIFE}
        told = {"name": name, "roles": list(roles), "team": team}
        return jwt.encode(claims | told, self._keys[system], algorithm="HS256", headers={"kid": system, "typ": TYPE})

    def prove(self, token: str) -> tuple[Mapping[str, Any], Caller]:
        """What a token says and whom it names; raises NotAPanelError."""
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            options: Any = {"require": ["exp", "iat", "iss", "aud", "sub"], "strict_aud": True, "verify_iat": False}
            claims = jwt.decode(
                token, key, algorithms=["HS256"], issuer=ISSUER, audience=self._audience, options=options
            )
            return claims, caller_of(claims)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise NotAPanelError from None


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """The reader; raises ValueError where a panel may not be theirs, or not for so long."""
    user, roles = str(claims["sub"]).removeprefix("users/"), frozenset(claims["roles"])
    lives = float(claims["exp"]) - float(claims["iat"])
    if not USER.fullmatch(user) or not roles or not roles <= frozenset(ROLES):
        raise ValueError("nobody whom a CRM may vouch for")
    if not 0 < lives <= LONGEST_LIFE or float(claims["exp"]) > time.time() + LONGEST_LIFE + CLOCKS_APART:
        raise ValueError("it lives longer than a panel")
    return Caller(
        f"users/{user}", str(claims["name"]), roles=roles, team=str(claims["team"]), client=CONSOLE, reads_only=True
    )


def is_panel(token: str) -> bool:
    """Whether a token says that it is of this kind; what it says is then to be proved."""
    try:
        return len(token) <= LONGEST_TOKEN and jwt.get_unverified_header(token).get("typ") == TYPE
    except jwt.PyJWTError:
        return False


def launch_keys(path: str) -> dict[str, bytes]:
    """The keys of a file of lines `system key`; of no file none. Raises ValueError for a file that is none."""
    lines = Path(path).read_text(encoding="utf-8").split("\n") if path else []
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("each line of TOUCHLINE_LAUNCH_KEY_FILE is a system and its key")
    short = sorted(system for system, key in pairs if len(key) < SMALLEST_KEY)
    if short:
        raise ValueError(f"the launch key of {', '.join(short)} is shorter than {SMALLEST_KEY} bytes")
    return {system: key.encode() for system, key in pairs}
