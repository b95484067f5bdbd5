"""What contact says on its streams, and what it hears."""

from services.contact.events.encoding import AUDIT, ERASURES, STREAM, anchored, encode
from services.contact.events.hearing import CONSENT_REQUESTS, ConsentRequestHandler, ErasureHandler, decode_request

__all__ = [
    "AUDIT",
    "CONSENT_REQUESTS",
    "ERASURES",
    "STREAM",
    "ConsentRequestHandler",
    "ErasureHandler",
    "anchored",
    "decode_request",
    "encode",
]
