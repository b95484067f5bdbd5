"""Alerts to a web address of a colleague's choice: signed, to a public address that is resolved once and kept to."""

import asyncio
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from services.interaction.domain.errors import bad_argument

PATIENCE = 5.0
LONGEST_URL = 500
FIELD = "alert_settings.webhook_url"


class WebhookRefusedError(Exception):
    """The address was not reached, or did not take it; the text names no address."""


def check_url(url: str, *, allow_http: bool) -> None:
    """A webhook's address is https, with a host and no login in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad_argument(FIELD, "is no web address") from None
    schemes = {"https", "http"} if allow_http else {"https"}
    if parts.scheme not in schemes or not parts.hostname or port == 0 or len(url) > LONGEST_URL:
        raise bad_argument(FIELD, "is an https address of at most 500 characters")
    if parts.username or parts.password or not url.isascii() or any(letter.isspace() for letter in url):
        raise bad_argument(FIELD, "holds no login, no blank and only ASCII")


class Webhooks:
    """Posts JSON. Private networks are refused, except those that the installation names."""

    def __init__(self, networks: str) -> None:
        self._networks = tuple(ipaddress.ip_network(one.strip()) for one in networks.split(",") if one.strip())

    @property
    def allows_http(self) -> bool:
        """Whether the installation has networks of its own to post to: those may do without TLS."""
        return bool(self._networks)

    async def post(self, url: str, secret: str, delivery: str, body: dict[str, Any]) -> None:
        """One signed POST; raises WebhookRefusedError unless the answer is 2xx. Redirects are not followed."""
        raw = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
        try:
            await asyncio.to_thread(self._post, url, raw, headers(secret, delivery, raw, int(time.time())))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise WebhookRefusedError(type(error).__name__) from None

    def _post(self, url: str, raw: bytes, told: dict[str, str]) -> None:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        address = self._resolve(host, port, is_tls=is_tls)
        connection = _Pinned(host, port, address, is_tls=is_tls)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, raw, told)
            status = connection.getresponse().status
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise WebhookRefusedError(f"answered {status}")

    def _resolve(self, host: str, port: int, *, is_tls: bool) -> str:
        """The one address that is connected to; every address of the name must be allowed."""
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not found or not all(self._allows(address, is_tls=is_tls) for address in found):
            raise WebhookRefusedError("a network that is not public")
        return found[0]

    def _allows(self, text: str, *, is_tls: bool) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if any(address.version == network.version and address in network for network in self._networks):
            return True
        return is_tls and address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, in the name of a host: a second look-up could lead elsewhere."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._address, self._is_tls = address, is_tls

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._is_tls else plain
        )


def headers(secret: str, delivery: str, raw: bytes, now: int) -> dict[str, str]:
    """What a receiver checks: HMAC-SHA-256 of the time, a dot and the body, in hex."""
    signature = hmac.new(secret.encode(), f"{now}.".encode() + raw, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "user-agent": "Touchline",
        "touchline-delivery": delivery,
        "touchline-signature": f"t={now},v1={signature}",
    }


def body_of(alerts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a webhook is told: resource names and reasons, nothing personal."""
    return {"type": "touchline.alerts", "alerts": list(alerts)}
