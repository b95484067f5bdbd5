"""Who is calling and what their roles allow: tokens proved, permissions looked up.

A token is a JWT: signed with the installation's own key by the issuer `development` (locally), or by an OIDC provider
whose keys are read from its JWKS address; for the panel inside a CRM, by the console (chassis/panels.py). Algorithm,
issuer and audience are fixed by settings, never by the token.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.calls import Caller
from chassis.claims import ROLES, Claims, NoSubjectError
from chassis.errors import Unauthenticated, Unavailable
from chassis.panels import NotAPanelError, Panels, is_panel, launch_keys

if TYPE_CHECKING:
    from chassis.config import Settings

ISSUER = "development"
AUDIENCE = "touchline"
OIDC_ALGORITHMS = ("RS256", "ES256", "EdDSA")
REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub")
SKEW = timedelta(seconds=30)  # by which an OIDC provider's clock may differ from ours
SMALLEST_SECRET = 32
REMEMBERED_TOKENS = 1024
REMEMBERED_SECONDS = 60.0
ROLES_FILE = Path(__file__).parents[2] / "deploy" / "roles.yaml"


class Keys(Protocol):
    """Proves a token and gives its claims."""

    async def claims(self, token: str) -> Mapping[str, Any]: ...


class LocalKeys:
    """The installation's own key file: an Ed25519 private key in PEM, or at least 32 bytes of secret for HS256."""

    def __init__(self, raw: bytes, audience: str = AUDIENCE) -> None:
        self._audience = audience
        self._sign: Ed25519PrivateKey | bytes
        self._verify: Ed25519PublicKey | bytes
        if raw.startswith(b"-----BEGIN"):
            key = load_pem_private_key(raw, password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ValueError("the token key is PEM but not Ed25519")
            self._sign, self._verify, self._algorithm = key, key.public_key(), "EdDSA"
        elif len(raw) >= SMALLEST_SECRET:
            self._sign, self._verify, self._algorithm = raw, raw, "HS256"
        else:
            raise ValueError(f"the token key is shorter than {SMALLEST_SECRET} bytes")

    async def claims(self, token: str) -> Mapping[str, Any]:
        return _decode(token, self._verify, [self._algorithm], ISSUER, self._audience)

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({**claims, "iss": ISSUER, "aud": self._audience}, self._sign, algorithm=self._algorithm)


class OidcKeys:
    """An OIDC provider's keys, fetched in a thread and cached by PyJWT for five minutes."""

    def __init__(self, issuer: str, jwks_url: str, audience: str) -> None:
        self._issuer, self._audience = issuer, audience
        self._jwks = jwt.PyJWKClient(jwks_url, timeout=1.5)

    async def claims(self, token: str) -> Mapping[str, Any]:
        try:
            key = await asyncio.to_thread(self._jwks.get_signing_key_from_jwt, token)
        except jwt.PyJWKClientConnectionError:
            raise Unavailable("the identity provider does not answer") from None
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not valid") from None
        return _decode(token, key.key, list(OIDC_ALGORITHMS), self._issuer, self._audience, skew=SKEW)


def _decode(
    token: str, key: Any, algorithms: list[str], issuer: str, audience: str, *, skew: timedelta = timedelta()
) -> Mapping[str, Any]:
    """The claims of a proved token: RFC 7519 with the rules of RFC 8725, nothing of which the token itself decides.

    A token may be for several audiences (4.1.3): ours has to be among them.
    """
    options: Any = {"require": list(REQUIRED_CLAIMS)}
    given: Any = {"algorithms": algorithms, "issuer": issuer, "audience": audience, "leeway": skew}
    try:
        return jwt.decode(token, key, options=options, **given)
    except jwt.ExpiredSignatureError:
        raise _unauthenticated("the token has expired", "TOKEN_EXPIRED") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _unauthenticated("the token is not valid", "TOKEN_INVALID") from None


def _unauthenticated(message: str, reason: str) -> Unauthenticated:
    error = Unauthenticated(message)
    error.reason = reason
    return error


class Authenticator:
    """Turns the metadata of a call into a Caller, or refuses it."""

    def __init__(self, keys: Keys, claims: Claims | None = None, panels: Panels | None = None) -> None:
        self._keys, self._claims, self._panels = keys, claims or Claims(), panels
        self._known: dict[str | bytes | None, tuple[Caller, float]] = {}

    @classmethod
    def load(cls, settings: "Settings") -> "Authenticator":
        """OIDC where an issuer is set, else the local key, which only a development installation accepts."""
        panels = load_panels(settings)
        if settings.oidc_issuer:
            if not settings.oidc_jwks_url:
                raise ValueError("an OIDC issuer needs the address of its keys")
            keys = OidcKeys(settings.oidc_issuer, settings.oidc_jwks_url, settings.audience or AUDIENCE)
            return cls(keys, Claims.load(settings), panels)
        return cls(_local_keys(settings), panels=panels)

    def remembered(self, authorization: str | bytes | None) -> Caller | None:
        """The caller of a value that was proved a moment ago."""
        known = self._known.get(authorization)
        return known[0] if known is not None and known[1] > time.time() else None

    async def authenticate(self, authorization: str | bytes | None) -> Caller:
        """The caller of an `authorization: Bearer …` value."""
        known = self.remembered(authorization)
        if known is not None:
            return known
        text = authorization.decode("ascii", "replace") if isinstance(authorization, bytes) else authorization or ""
        scheme, _, token = text.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("the call carries no token", "TOKEN_MISSING")
        claims, caller = await self.prove(token)
        self._remember(authorization, caller, min(float(claims["exp"]), time.time() + REMEMBERED_SECONDS))
        return caller

    async def prove(self, token: str) -> tuple[Mapping[str, Any], Caller]:
        """What a token says, and whom it names; raises Unauthenticated or Unavailable."""
        if self._panels is not None and is_panel(token):
            try:
                return self._panels.prove(token)
            except NotAPanelError:
                raise _unauthenticated("the token is not valid", "TOKEN_INVALID") from None
        claims = await self._keys.claims(token)
        try:
            return claims, self._claims.caller(claims)
        except NoSubjectError:
            raise _unauthenticated("the token is not valid", "TOKEN_INVALID") from None

    def _remember(self, authorization: str | bytes | None, caller: Caller, until: float) -> None:
        if len(self._known) >= REMEMBERED_TOKENS:
            self._known.clear()
        self._known[authorization] = (caller, until)


def load_panels(settings: "Settings") -> Panels | None:
    """Who may vouch for the readers of panels; None where nobody may. Raises ValueError for keys that are none."""
    keys = launch_keys(settings.launch_key_file)
    return Panels(keys, settings.audience or AUDIENCE) if keys else None


def _local_keys(settings: "Settings") -> LocalKeys:
    if not settings.development:
        raise ValueError("locally signed tokens are for development: set an OIDC issuer")
    return LocalKeys(settings.token_key(), settings.audience or AUDIENCE)


def issue_token(
    settings: "Settings",
    *,
    subject: str,
    name: str = "",
    roles: Iterable[str],
    email: str = "",
    team: str = "",
    client: str = "",
    ttl: timedelta = timedelta(hours=12),
) -> str:
    """Sign a token with the installation's own key."""
    wanted = list(roles)
    unknown = sorted(set(wanted) - set(ROLES))
    if unknown:
        raise ValueError(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + int(ttl.total_seconds()), "roles": wanted}
    told = {"name": name, "email": email, "team": team, "client": client}
    return _local_keys(settings).sign({**claims, **{key: value for key, value in told.items() if value}})


class Permissions:
    """Which roles hold which permissions: patterns like `contact.*.read`, matched part by part."""

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        unknown = sorted(set(table) - set(ROLES))
        if unknown:
            raise ValueError(f"no such role: {', '.join(unknown)}")
        self._table = {role: tuple(tuple(pattern.split(".")) for pattern in table[role]) for role in table}
        self.allows = lru_cache(maxsize=4096)(self._allows)

    @classmethod
    def load(cls, path: Path = ROLES_FILE) -> "Permissions":
        return cls(yaml.safe_load(path.read_text(encoding="utf-8"))["roles"])

    def roles_of(self, permission: str) -> frozenset[str]:
        """Every role that holds a permission."""
        return frozenset(role for role in self._table if self.allows(frozenset((role,)), permission))

    def _allows(self, roles: frozenset[str], permission: str) -> bool:
        parts = permission.split(".")
        return any(_matches(parts, pattern) for role in roles for pattern in self._table.get(role, ()))


def _matches(parts: list[str], pattern: tuple[str, ...]) -> bool:
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))
