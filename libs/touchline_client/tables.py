"""Tables as people export them: which encoding and separator a file has, and its rows, in constant memory."""

import codecs
import csv
import hashlib
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEPARATORS = (",", ";", "\t")
CHUNK = 1 << 20
SAMPLE = 1 << 16
# A quote that is never closed would swallow the rest of the file: a record ends here at the latest.
LONGEST_RECORD, MOST_LINES = 1 << 18, 200
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NAMED_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A file of rows and how to read it; `fingerprint` is of its whole content."""

    path: Path
    encoding: str
    separator: str
    size: int
    fingerprint: str

    def records(self, progress: list[int] | None = None) -> Iterator[list[str]]:
        """Every record that is not blank, titles first; bytes that the encoding does not know become U+FFFD.

        `progress[0]`, if given, is how many bytes have been read.
        """
        with self.path.open("rb") as raw:
            text = io.TextIOWrapper(raw, self.encoding, errors="replace", newline="")
            lines = _lines(text)
            for at, record in enumerate(_records(lines, self.separator)):
                if progress is not None:
                    progress[0] = raw.tell()
                is_hint = at == 0 and NAMED_SEPARATOR.fullmatch(self.separator.join(record))
                if not is_hint:
                    yield record


def sniff(path: Path, *, encoding: str = "", separator: str = "") -> Table:
    """Read the file once and say what it is; what the caller knows better is taken from him."""
    digest, size = hashlib.blake2b(digest_size=16), 0
    evidence = _Evidence()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            evidence.feed(chunk)
            size += len(chunk)
    encoding = encoding or evidence.encoding()
    with path.open("rb") as file:
        sample = file.read(SAMPLE).decode(encoding, errors="replace")
    return Table(path, encoding, separator or sniff_separator(sample), size, digest.hexdigest())


class _Evidence:
    """What the bytes of a file say about its encoding."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._head = b""
        self._well_formed = self._malformed = 0

    def feed(self, chunk: bytes) -> None:
        self._head = self._head or chunk[:SAMPLE]
        self._weigh(self._decoder.decode(chunk))

    def _weigh(self, text: str) -> None:
        beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
        malformed = text.count("\ufffd")
        self._malformed += malformed
        self._well_formed += beyond_ascii - malformed

    def encoding(self) -> str:
        """A byte order mark decides; then the zeros of UTF-16; then whether most of it is UTF-8.

        A file with a few broken rows is still UTF-8: text of Windows-1252 forms hardly any UTF-8 sequence by chance.
        """
        self._weigh(self._decoder.decode(b"", final=True))
        for mark, name in BOMS:
            if self._head.startswith(mark):
                return name
        if wide := _wide(self._head):
            return wide
        return "utf-8" if self._malformed == 0 or self._well_formed > self._malformed else "cp1252"


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: most characters of a table are ASCII, so every other byte is mostly zero."""
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > pairs / 2 > even:
        return "utf-16-le"
    return "utf-16-be" if even > pairs / 2 > odd else ""


def sniff_separator(sample: str) -> str:
    """The separator under which most records are as wide as the titles; of equals, the one with more columns."""
    if named := NAMED_SEPARATOR.match(sample):
        return named[1]
    scores = {}
    for separator in SEPARATORS:
        widths = [len(record) for record in _records(_lines_of(sample), separator)][:50]
        alike = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        scores[separator] = (bool(widths) and widths[0] > 1, alike > 0.5, widths[0] if widths else 0, alike)
    return max(SEPARATORS, key=scores.__getitem__)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends, as csv ends them: by line feed, carriage return or both, by nothing else of Unicode's."""
    held = ""
    while chunk := text.read(SAMPLE):
        held += chunk
        if held.endswith("\r"):  # its \n may come with the next chunk
            continue
        *whole, held = _lines_of(held) or [""]
        yield from whole
        if held.endswith("\n") or len(held) > LONGEST_RECORD:
            yield held
            held = ""
    yield from _lines_of(held)


def _lines_of(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def _records(lines: Iterator[str] | list[str], separator: str) -> Iterator[list[str]]:
    waiting: deque[str] = deque()
    source = iter(lines)

    def following() -> str | None:
        return waiting.popleft() if waiting else next(source, None)

    while (line := following()) is not None:
        record, unused = _record(line, following, separator)
        waiting.extendleft(reversed(unused))
        if len(record) > 1 or any(record):  # only a line with nothing on it is no row
            yield record


def _record(line: str, following: Callable[[], str | None], separator: str) -> tuple[list[str], list[str]]:
    """One record, from as many lines as its quotes span, and the lines that were read in vain."""
    taken = [line]
    length = len(line)
    while '"' in line:
        record = _parse("".join(taken), separator)
        if record is not None:
            return record, []
        more = following() if length < LONGEST_RECORD and len(taken) < MOST_LINES else None
        if more is None:
            break
        taken.append(more)
        length += len(more)
    return taken[0].rstrip("\r\n").split(separator), taken[1:]


def _parse(text: str, separator: str) -> list[str] | None:
    """The fields of a record; None while a quote is open."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        return next(csv.reader([text], delimiter=separator), [])


csv.field_size_limit(LONGEST_RECORD * 2)
