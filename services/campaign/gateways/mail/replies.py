"""A server's replies: whole ones out of a stream of bytes, and what it offers in its answer to EHLO."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_LINE = 2_000  # bytes; RFC 5321 allows 512
MOST_LINES = 100
MOST_TEXT = 500

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\r]*))?\r?")


class NonsenseError(Exception):
    """Something that is no reply, or none that was asked for."""


class Reply(NamedTuple):
    """One reply: its code, and its lines without it."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)[:MOST_TEXT]


class ReplyReader:
    """Holds what came of a reply that is not whole yet."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []
        self._code = b""

    @property
    def is_empty(self) -> bool:
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Each reply that is whole now; NonsenseError at the first line that is none."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._take(line)
        if len(self._rest) > LONGEST_LINE:
            raise NonsenseError("a line without end")

    def _take(self, line: bytes) -> Iterator[Reply]:
        match = _LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
        if match is None or (self._lines and match[1] != self._code) or len(self._lines) >= MOST_LINES:
            raise NonsenseError("a line that is no reply")
        self._code = match[1]
        self._lines.append((match[3] or b"").decode("utf-8", "replace"))
        if match[2] != b"-":
            reply, self._lines = Reply(int(self._code), tuple(self._lines)), []
            yield reply


class Offers(NamedTuple):
    """What EHLO's answer offers; `size` is 0 where any will do."""

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    starttls: bool = False
    size: int = 0
    logins: frozenset[str] = frozenset()


def offers(reply: Reply) -> Offers:
    """The extensions named in the lines after the first."""
    named: dict[str, list[str]] = {}
    for line in reply.lines[1:]:
        keyword, *values = line.upper().replace("=", " ").split() or [""]
        named.setdefault(keyword, []).extend(values)
    size = (named.get("SIZE") or ["0"])[0]
    return Offers(
        pipelining="PIPELINING" in named, eight_bit="8BITMIME" in named, utf8="SMTPUTF8" in named,
        starttls="STARTTLS" in named, size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
        logins=frozenset(named.get("AUTH", ())),
    )  # fmt: skip
