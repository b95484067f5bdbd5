"""The OIDC provider: where people log in, what it says about them, and their tokens for our APIs.

https://openid.net/specs/openid-connect-core-1_0.html 3.1, with PKCE (RFC 7636) and the issuer in its answer (RFC 9207).
Authlib speaks the protocol and judges the ID token; what is ours is which answers are asked for and when.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oidc.core import CodeIDToken
from chassis import telemetry
from chassis.auth import OIDC_ALGORITHMS, SKEW, Authenticator
from chassis.calls import Caller
from chassis.config import Settings
from chassis.errors import DomainError, Unavailable
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import KeySet

LOG = telemetry.logger(__name__)
PATIENCE = 5.0  # seconds that the provider may take for one answer
FRESH_SECONDS = 3600.0  # so long its addresses are believed, and its keys while each that is asked for is among them
COOLDOWN_SECONDS = 30.0  # between two looks for a key that is not among them
OLDEST_ID_TOKEN = 300  # seconds; it comes with the answer, so an older one means that clocks differ
LONGEST_TOKEN = 8_000  # characters of an access or refresh token: it has to fit into cookies
DISCOVERY = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ISS_SUPPORTED = "authorization_response_iss_parameter_supported"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class ProviderAwayError(Unavailable):
    """The provider does not answer, or answers what no provider should."""

    reason = "PROVIDER_AWAY"


class LogInRefusedError(Exception):
    """Nobody has logged in; `why` is refused, answer, clock or token. `detail` is for the log, and names nobody."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


@dataclass(frozen=True)
class Attempt:
    """What is kept of a log-in that has begun, until its answer comes."""

    next: str = ""
    time_zone: str = "UTC"
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Granted:
    """Who has logged in, and the tokens; moments in seconds since 1970."""

    caller: Caller
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    id_token: str = field(repr=False)
    renew: float
    until: float


class Provider:
    """One OIDC provider, and us as its client."""

    def __init__(self, settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._settings, self._issuer = settings, settings.oidc_issuer
        self._redirect = f"{settings.console_address}/login/callback"
        self._done = f"{settings.console_address}/logout/done"
        self._authenticator = Authenticator.load(settings)
        self._transport = transport
        self._metadata: tuple[dict[str, Any], float] = {}, 0.0
        self._keys: tuple[KeySet, float] | None = None

    @property
    def is_https(self) -> bool:
        """Whether people open the console over https, whatever a proxy in front of it speaks to us."""
        return self._redirect.startswith("https:")

    async def address(self, attempt: Attempt) -> str:
        """Where a browser goes to log in; raises ProviderAwayError."""
        told = await self._told()
        async with self._client(told) as client:
            url, _ = client.create_authorization_url(
                told["authorization_endpoint"],
                state=attempt.state,
                code_verifier=attempt.verifier,
                nonce=attempt.nonce,
                **self._settings.oidc_parameters,
            )
        return str(url)

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Granted:
        """Who came back with an answer; raises LogInRefusedError or ProviderAwayError."""
        told = await self._told()
        self._check(attempt, answer, told)
        given = await self._ask(told, code=answer["code"], code_verifier=attempt.verifier)
        claims = await self._prove(given, told, nonce=attempt.nonce)
        return await self._granted(given, subject=claims["sub"])

    async def renew(self, refresh: str) -> Granted:
        """New tokens for somebody who is logged in; raises as `finish`."""
        told = await self._told()
        given = await self._ask(told, refresh_token=refresh)
        subject = (await self._prove(given, told, nonce=""))["sub"] if given.get("id_token") else ""
        return await self._granted({"refresh_token": refresh, **given}, subject=subject)

    async def revoke(self, refresh: str) -> None:
        """Ends a refresh token, where the provider has a place for that (RFC 7009)."""
        told = await self._told()
        if endpoint := told.get("revocation_endpoint"):
            async with self._client(told) as client:
                await client.revoke_token(endpoint, token=refresh, token_type_hint="refresh_token")  # noqa: S106

    async def log_out_address(self, id_token: str) -> str:
        """Where a browser goes to log out of the provider too; empty where it has no such place."""
        told = await self._told()
        if not (endpoint := told.get("end_session_endpoint")):
            return ""
        query = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": self._done}
        hint = {"id_token_hint": id_token} if id_token else {}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query | hint)}"

    def _check(self, attempt: Attempt, answer: Mapping[str, str], told: Mapping[str, Any]) -> None:
        """The authorization response: its state, its issuer, and whether it is a refusal."""
        if not secrets.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise LogInRefusedError("answer", "state")
        if answer.get("iss", "" if told.get(ISS_SUPPORTED) else self._issuer) != self._issuer:
            raise LogInRefusedError("answer", "iss")
        if "error" in answer:
            raise LogInRefusedError("refused", answer["error"][:60])
        if not answer.get("code"):
            raise LogInRefusedError("answer", "code")

    async def _prove(self, given: Mapping[str, Any], told: Mapping[str, Any], *, nonce: str) -> CodeIDToken:
        """The claims of the ID token, judged to the letter; with an empty nonce one may be missing."""
        raw = given.get("id_token")
        if not isinstance(raw, str) or not isinstance(given.get("access_token"), str):
            raise LogInRefusedError("token", "missing")
        token = await self._decode(raw, told)
        client = self._settings.oidc_client_id
        options: Any = {
            "iss": {"essential": True, "value": self._issuer},
            "sub": {"essential": True},
            "aud": {"essential": True, "value": client},
        }
        params = {"client_id": client, "access_token": given["access_token"], "nonce": nonce}
        claims = CodeIDToken(token.claims, token.header, options, params)
        try:
            claims.validate(leeway=int(SKEW.total_seconds()))
        except ExpiredTokenError:
            raise LogInRefusedError("clock", "exp") from None
        except InvalidClaimError as error:
            why = "clock" if getattr(error, "claim", "") in {"iat", "nbf"} else "token"
            raise LogInRefusedError(why, str(error)) from None
        except (JoseError, ValueError, TypeError) as error:
            raise LogInRefusedError("token", str(error)) from None
        self._check_claims(claims)
        return claims

    def _check_claims(self, claims: CodeIDToken) -> None:
        """What Authlib leaves to its caller: audiences that we do not trust, a subject of some length, its age."""
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if not set(audiences) <= {self._settings.oidc_client_id, self._settings.audience}:
            raise LogInRefusedError("token", "aud")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise LogInRefusedError("token", "sub")
        if claims["iat"] < time.time() - OLDEST_ID_TOKEN:
            raise LogInRefusedError("clock", "iat")

    async def _decode(self, raw: str, told: Mapping[str, Any]) -> jwt.Token:
        """A token whose signature is the provider's; a key that is not known is looked for once."""
        for again in (False, True):
            try:
                return jwt.decode(raw, await self._key_set(told, again=again), algorithms=list(OIDC_ALGORITHMS))
            except JoseError as error:
                if again or error.error != "invalid_key_id":
                    raise LogInRefusedError("token", error.error) from None
            except (ValueError, TypeError):
                raise LogInRefusedError("token", "decode") from None
        raise AssertionError("the second try answers or raises")

    async def _key_set(self, told: Mapping[str, Any], *, again: bool) -> KeySet:
        now = time.monotonic()
        age = now - self._keys[1] if self._keys else FRESH_SECONDS
        if self._keys is None or age >= FRESH_SECONDS or (again and age >= COOLDOWN_SECONDS):
            found = await self._fetch(told["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set(found), now  # type: ignore[arg-type]  # judged as it is read
            except (JoseError, ValueError, TypeError, KeyError):
                raise ProviderAwayError("the identity provider's keys cannot be read") from None
        return self._keys[0]

    async def _granted(self, given: Mapping[str, Any], *, subject: str) -> Granted:
        """The person as our services will know her: by the access token, whose subject is the ID token's."""
        access, refresh = given.get("access_token"), given.get("refresh_token") or ""
        if not isinstance(access, str) or not isinstance(refresh, str) or len(access + refresh) > LONGEST_TOKEN:
            raise LogInRefusedError("token", "access token")
        try:
            claims, caller = await self._authenticator.prove(access)
        except Unavailable:
            raise ProviderAwayError("the identity provider does not answer") from None
        except DomainError as error:
            raise LogInRefusedError("token", f"access token: {error.reason}") from None
        if subject and claims["sub"] != subject:
            raise LogInRefusedError("token", "subjects differ")
        now, until = time.time(), float(claims["exp"])
        return Granted(caller, access, refresh, str(given.get("id_token", "")), now + (until - now) * 0.75, until)

    async def _ask(self, told: Mapping[str, Any], **given: str) -> dict[str, Any]:
        """What the token endpoint answers to a code or a refresh token."""
        endpoint = told["token_endpoint"]
        try:
            async with self._client(told) as client:
                if "refresh_token" in given:
                    client.token = {"access_token": "", "refresh_token": given["refresh_token"]}
                    return dict(await client.refresh_token(endpoint, scope=""))
                return dict(await client.fetch_token(endpoint, redirect_uri=self._redirect, **given))
        except OAuthError as error:
            raise LogInRefusedError("refused", str(error.error)[:60]) from None
        except (httpx2.HTTPError, ValueError, OSError) as error:
            raise away("token_endpoint", error) from None

    async def _told(self) -> dict[str, Any]:
        """What the provider says about itself, asked once an hour; its issuer has to be the one that is set."""
        found, since = self._metadata
        if not found or time.monotonic() - since > FRESH_SECONDS:
            found = await self._fetch(self._issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self._issuer:
                raise ProviderAwayError("the identity provider calls itself by another name than the settings do")
            if not all(is_safe(found.get(name)) for name in ENDPOINTS):
                raise ProviderAwayError("the identity provider names no addresses of https for logging in")
            self._metadata = found, time.monotonic()
        return found

    async def _fetch(self, url: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE, transport=self._transport) as client:
                answer = await client.get(url)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError, OSError) as error:
            raise away(urlsplit(url).path, error) from None
        if not isinstance(found, dict):
            raise ProviderAwayError("the identity provider's answer cannot be read")
        return found

    def _client(self, told: Mapping[str, Any]) -> AsyncOAuth2Client:
        secret = self._settings.oidc_client_secret()
        offered = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=secret or None,
            token_endpoint_auth_method=method if secret else "none",
            scope=self._settings.oidc_scopes,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=PATIENCE,
            transport=self._transport,
        )


def is_safe(url: object) -> bool:
    """Whether an address is one of https, or of this machine."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def away(what: str, error: Exception) -> ProviderAwayError:
    LOG.warning("oidc.provider_away", what=what, error=type(error).__name__)
    return ProviderAwayError("the identity provider does not answer")
