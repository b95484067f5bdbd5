"""Signed links of a mail: what a pixel, a tracked link or an unsubscribe link carries, and that nobody else made it."""

from tracking.addresses import MAX_URL_BYTES, Urls, check_url, freeze_url, urls
from tracking.keyring import ForgedError, Keyring, MessageSigner, new_key_line
from tracking.token import Kind, Token

__all__ = [
    "MAX_URL_BYTES",
    "ForgedError",
    "Keyring",
    "Kind",
    "MessageSigner",
    "Token",
    "Urls",
    "check_url",
    "freeze_url",
    "new_key_line",
    "urls",
]
