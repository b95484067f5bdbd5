"""Launch tokens: how a CRM's own server vouches for the colleague who opens a record there, for a minute at most."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jwt
from chassis.auth import SMALLEST_SECRET

AUDIENCE = "touchline-embed"
LONGEST_LIFE = 60  # seconds between iat and exp
CLOCKS_APART = 5  # seconds that the CRM's clock may be ahead of ours
LONGEST_TOKEN = 2_000


class LaunchRefusedError(Exception):
    """The token vouches for nothing."""


@dataclass(frozen=True)
class Launch:
    """Who opens which record of which system."""

    user: str
    system: str
    external_id: str
    time_zone: str = "UTC"


class LaunchKeys:
    """The keys of the systems that may launch: each signs for itself alone."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        short = sorted(system for system, key in keys.items() if len(key) < SMALLEST_SECRET)
        if short:
            raise ValueError(f"the launch key of {', '.join(short)} is shorter than {SMALLEST_SECRET} bytes")
        self._keys = dict(keys)

    @classmethod
    def load(cls, path: str) -> "LaunchKeys":
        """A file of lines `system key`; no file lets nobody launch."""
        lines = Path(path).read_text(encoding="utf-8").split("\n") if path else []
        pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("each line of TOUCHLINE_LAUNCH_KEY_FILE is a system and its key")
        return cls({system: key.encode() for system, key in pairs})

    def read(self, token: str, system: str, external_id: str) -> Launch:
        """What a token says, if that system signed it for this record less than a minute ago."""
        key = self._keys.get(system)
        if key is None or len(token) > LONGEST_TOKEN:
            raise LaunchRefusedError
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                leeway=0,
                options={"require": ["exp", "iat", "aud", "sub"], "verify_iat": False},
            )
            age = float(claims["exp"]) - float(claims["iat"])
        except (jwt.PyJWTError, ValueError, TypeError):
            raise LaunchRefusedError from None
        if not 0 < age <= LONGEST_LIFE or not _is_for_now(claims["exp"]):
            raise LaunchRefusedError
        if (claims.get("system"), claims.get("id")) != (system, external_id):
            raise LaunchRefusedError
        return Launch(
            _text(claims["sub"]).removeprefix("users/"), system, external_id, _text(claims.get("zone", "UTC"))
        )


def _is_for_now(expires: float) -> bool:
    """A token made for later is kept for later: none lives on beyond a minute from now, whatever its iat says."""
    return float(expires) <= time.time() + LONGEST_LIFE + CLOCKS_APART


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise LaunchRefusedError
    return value
