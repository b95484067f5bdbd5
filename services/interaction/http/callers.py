"""Who asks the edge: the caller's address behind our own proxies, and what it says of itself, kept as evidence."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from touchline.interaction.v1 import interaction_pb2 as pb

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AGENT_BYTES = 1_000
HINT_CHARACTERS = 200
HINTS = ("purpose", "sec-purpose", "x-purpose", "x-moz", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-site", "via")


@dataclass(frozen=True)
class Caller:
    """A caller: `ip` as text or empty, `agent` at most 1,000 bytes, and what hints at a machine, by header."""

    ip: str
    agent: str
    hints: dict[str, str]

    def evidence(self) -> pb.Evidence:
        """What a later verdict is judged by; kept apart from the touch for 30 days."""
        body = json.dumps(self.hints, separators=(",", ":"), sort_keys=True).encode()
        return pb.Evidence(ip=self.ip, user_agent=self.agent, body=body)


class Callers:
    """Reads callers. `networks` are those of our proxies: only what they say of X-Forwarded-For is believed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    def of(self, request: Request) -> Caller:
        """Who sent this request."""
        headers = request.headers
        hints = {"method": request.method}
        hints |= {name: _clean(headers[name])[:HINT_CHARACTERS] for name in HINTS if name in headers}
        agent = _clean(headers.get("user-agent", "")).encode()[:AGENT_BYTES].decode(errors="ignore")
        return Caller(self._ip(request), agent, hints)

    def _ip(self, request: Request) -> str:
        """The last address in the chain that is not one of our proxies; what stands before it anybody can write."""
        peer = request.client.host if request.client else ""
        chain = [part.strip() for value in request.headers.getlist("x-forwarded-for") for part in value.split(",")]
        for hop in [peer, *reversed(chain)]:
            address = _address(hop)
            if address is None:
                return peer if _address(peer) is not None else ""
            if not any(address in network for network in self._networks):
                return str(address)
            peer = hop
        return peer


def networks(said: str) -> list[Network]:
    """Networks from the setting, with commas between; raises ValueError for what is none."""
    return [ipaddress.ip_network(part.strip()) for part in said.split(",") if part.strip()]


def _address(said: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if isinstance(mapped, ipaddress.IPv4Address) else address


def _clean(said: str) -> str:
    """Header values are Latin-1 and hostile: no control characters, which PostgreSQL or a log would choke on."""
    return "".join(char for char in said if char >= " " and char != "\x7f")
