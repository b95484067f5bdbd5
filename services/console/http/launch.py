"""Launch tokens: how a CRM's own server vouches for the colleague who opens a record there, for a minute at most."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from chassis.claims import USER
from chassis.panels import ROLES, Panels, launch_keys

AUDIENCE = "touchline-embed"
LONGEST_LIFE = 60  # seconds between iat and exp
CLOCKS_APART = 5  # seconds that the CRM's clock may be ahead of ours
LONGEST_TOKEN = 2_000
LONGEST_NAME = 100
TEAM = re.compile(r"[A-Za-z0-9._-]{1,80}")  # as protos have it: teams/{team}


class LaunchRefusedError(Exception):
    """The token vouches for nothing."""


@dataclass(frozen=True)
class Launch:
    """Who opens which record of which system; name, roles and team count where no development log-in knows them."""

    user: str
    system: str
    external_id: str
    time_zone: str = "UTC"
    name: str = ""
    roles: tuple[str, ...] = ("rep",)
    team: str = ""


class LaunchKeys:
    """The keys of the systems that may launch: each signs for itself alone."""

    def __init__(self, keys: Mapping[str, bytes], audience: str = "") -> None:
        self._keys, self._panels = dict(keys), Panels(keys, audience)

    @classmethod
    def load(cls, path: str, audience: str = "") -> "LaunchKeys":
        """A file of lines `system key`; no file lets nobody launch. `audience` is that of the four APIs' tokens."""
        return cls(launch_keys(path), audience)

    def token_for(self, launch: Launch) -> str:
        """With what the console calls for a reader for as long as a panel lives: it reads, and does nothing else."""
        return self._panels.sign(launch.system, launch.user, name=launch.name, roles=launch.roles, team=launch.team)

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
        return launch_of(claims, system, external_id)


def launch_of(claims: Mapping[str, Any], system: str, external_id: str) -> Launch:
    """What the claims of a proved token say; a name that can be no user's, or another role, is refused."""
    user, role = _text(claims["sub"]).removeprefix("users/"), _text(claims.get("role", "rep"))
    team = _text(claims.get("team", "")).removeprefix("teams/")
    if not USER.fullmatch(user) or role not in ROLES or (team and not TEAM.fullmatch(team)):
        raise LaunchRefusedError
    return Launch(
        user,
        system,
        external_id,
        _text(claims.get("zone", "UTC")),
        name=_text(claims.get("name", "")).strip()[:LONGEST_NAME],
        roles=(role,),
        team=f"teams/{team}" if team else "",
    )


def _is_for_now(expires: float) -> bool:
    """A token made for later is kept for later: none lives on beyond a minute from now, whatever its iat says."""
    return float(expires) <= time.time() + LONGEST_LIFE + CLOCKS_APART


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise LaunchRefusedError
    return value
