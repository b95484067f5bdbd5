"""Which addresses a link may lead to, and where the edge answers for them."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

MAX_URL_BYTES = 1_500
_URL = re.compile(r"https?://[^/?#]{1,255}(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
_USUAL = re.compile(
    r"https?://[a-z0-9.-]{1,200}(?::[0-9]{1,4})?(?:[/?#][!#-;=?-\[\]_a-z~|]*)?", re.ASCII | re.IGNORECASE
)
_WIRE = re.compile(r"[!#-;=?-\[\]_a-z~|]*")  # what RFC 3986 lets stand in a URI, and the bar that many do
_KEPT = "!#$%&'()*+,/:;=?@[]~|"


def check_url(url: str) -> None:
    """Refuse (ValueError) what a link may not lead to: it is http or https, has a host, no user, at most 1,500 bytes,
    and only the characters that may stand in a URI, so no space, no line break and nothing beyond ASCII."""
    if len(url) > MAX_URL_BYTES or not _USUAL.fullmatch(url):
        _check_unusual(url)


def _check_unusual(url: str) -> None:
    """The whole check; what is usual would pass it."""
    if len(url) > MAX_URL_BYTES:
        raise ValueError(f"url has more than {MAX_URL_BYTES} bytes")
    if not _WIRE.fullmatch(url):
        raise ValueError("url holds characters that a URI does not")
    if not _URL.fullmatch(url):
        raise ValueError("url is not http:// or https:// with a host")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("url has no valid host or port") from None
    if "@" in parts.netloc:
        raise ValueError("url holds a user before its host")
    if not parts.hostname:
        raise ValueError("url has no host")


def freeze_url(url: str) -> str:
    """A URL as people write it, ready to be signed: characters beyond ASCII are percent-encoded, a host becomes IDNA.

    Answers the same URL when nothing has to be done; raises ValueError as check_url does.
    """
    if url.isascii():
        check_url(url)
        return url
    try:
        parts = urlsplit(url)
        host = parts.netloc.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise ValueError("url has no valid host or port") from None
    path, query, fragment = (quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))
    frozen = urlunsplit((parts.scheme, host, path, query, fragment))
    check_url(frozen)
    return frozen


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of the edge, each for a token as text."""

    base: str

    def open(self, token: str) -> str:
        """The pixel of a message; takes a token of kind open."""
        return f"{self.base}/o/{token}"

    def click(self, token: str) -> str:
        """A tracked link; takes a token of kind click."""
        return f"{self.base}/c/{token}"

    def unsubscribe(self, token: str) -> str:
        """The page, and the address of one-click (RFC 8058); takes a token of kind unsubscribe."""
        return f"{self.base}/u/{token}"

    def confirm(self, token: str) -> str:
        """The page where a consent is confirmed; takes a token of kind confirm."""
        return f"{self.base}/s/{token}"

    def preferences(self, token: str) -> str:
        """The preference centre; takes a token of kind unsubscribe."""
        return f"{self.base}/p/{token}"


def urls(edge_url: str) -> Urls:
    """The addresses below a public base such as `https://links.example.com`; it may hold a path."""
    return Urls(edge_url.rstrip("/"))
