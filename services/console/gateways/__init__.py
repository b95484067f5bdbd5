"""What the console speaks to: the four gRPC APIs, the local stack's tools, and the OIDC provider."""

from services.console.gateways.apis import (
    ACTING,
    CLIENT,
    ITSELF,
    SOURCE,
    Acting,
    Gateways,
    Letter,
    Sandbox,
    Span,
    TokenFor,
    Traces,
)
from services.console.gateways.mending import BrokenError

__all__ = [
    "ACTING",
    "CLIENT",
    "ITSELF",
    "SOURCE",
    "Acting",
    "BrokenError",
    "Gateways",
    "Letter",
    "Sandbox",
    "Span",
    "TokenFor",
    "Traces",
]
