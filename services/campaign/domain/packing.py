"""A mail as it went out, kept small: what its reader has, packed against the templates that it was written from.

Its counted links are kept as the pages that they lead to, without the pixel and without the token that unsubscribes:
whoever looks at it is counted as nobody and withdraws nothing.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from liquid import escape

from services.campaign.domain.mailings import Rendered, Source

BETWEEN = "\0"  # no text of PostgreSQL holds it, so no template and no value does
LARGEST_DICTIONARY = 32 * 1024  # bytes: what DEFLATE looks back on
NOBODY = "preview"  # stands where a token stood


class Kept(NamedTuple):
    """A mail as its reader has it. `links` are the pages that its links lead to, number 1 first."""

    rendered: Rendered
    links: tuple[str, ...]


def uncounted(rendered: Rendered, counted: Sequence[str], pages: Sequence[str], token: str) -> Rendered:
    """A mail without what counts its reader: `counted` links become `pages`, her `token` becomes nobody's."""
    subject, html, text = (part.replace(token, NOBODY) for part in rendered)
    for url, page in zip(counted, pages, strict=True):
        html, text = html.replace(escape(url), escape(page)), text.replace(url, page)
    return Rendered(subject, html, text)


class Press:
    """Packs and unpacks the mails of one version of an activity: what they share with its templates costs nothing."""

    def __init__(self, source: Source) -> None:
        self._dictionary = BETWEEN.join(source).encode()[-LARGEST_DICTIONARY:]
        self._fresh = zlib.compressobj(zdict=self._dictionary)

    def pack(self, kept: Kept) -> bytes:
        """A mail as bytes: a small part of its length."""
        packing = self._fresh.copy()
        return packing.compress(BETWEEN.join((*kept.rendered, *kept.links)).encode()) + packing.flush()

    def unpack(self, packed: bytes) -> Kept | None:
        """The mail again; None where it was packed against other templates."""
        try:
            unpacking = zlib.decompressobj(zdict=self._dictionary)
            subject, html, text, *links = unpacking.decompress(packed).decode().split(BETWEEN)
        except zlib.error:
            return None
        return Kept(Rendered(subject, html, text), tuple(links))
