"""The spans that the local stack keeps: the newest traces in a SQLite file, bounded, found by what they did.

A trace is known by 32 hex digits, a span by 16. Moments are nanoseconds since 1970, durations nanoseconds.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

KEPT = 200_000
FORGOTTEN_AT_ONCE = 0.1  # of what is kept: seldom much, instead of always a little
MOST_SPANS = 5_000
FARTHEST = 2_000  # spans that are looked through for what followed from one

SCHEMA = """
CREATE TABLE IF NOT EXISTS trace (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, service TEXT NOT NULL,
    begin INTEGER NOT NULL, end INTEGER NOT NULL, spans INTEGER NOT NULL, errors INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS span (
    trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    service TEXT NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL, is_error INTEGER NOT NULL,
    attributes TEXT NOT NULL, links TEXT NOT NULL, PRIMARY KEY (trace, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS span_service ON span (service, trace);
CREATE TABLE IF NOT EXISTS cause (
    span TEXT NOT NULL, trace TEXT NOT NULL, follower TEXT NOT NULL, PRIMARY KEY (span, trace, follower)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cause_trace ON cause (trace);
"""
ADD = "INSERT OR IGNORE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_CAUSE = "INSERT OR IGNORE INTO cause VALUES (?, ?, ?)"
# A trace is called after its first span, which may come after those inside it.
ADD_TO_TRACE = """
INSERT INTO trace AS kept (id, name, service, begin, end, spans, errors) VALUES (?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (id) DO UPDATE SET
    name = CASE WHEN excluded.begin < kept.begin THEN excluded.name ELSE kept.name END,
    service = CASE WHEN excluded.begin < kept.begin THEN excluded.service ELSE kept.service END,
    begin = min(kept.begin, excluded.begin), end = max(kept.end, excluded.end),
    spans = kept.spans + 1, errors = kept.errors + excluded.errors
"""
LIST = """
SELECT number, id, name, service, begin, end - begin, spans, errors FROM trace t
WHERE number < :before AND end - begin >= :duration AND errors >= :errors
  AND (:service = '' OR EXISTS (SELECT 1 FROM span s WHERE s.service = :service AND s.trace = t.id))
ORDER BY number DESC LIMIT :size
"""
FOLLOWING = """
WITH RECURSIVE following (trace, id) AS (
    VALUES (?, ?)
    UNION SELECT c.trace, c.follower FROM following f JOIN cause c ON c.span = f.id
    LIMIT ?
)
SELECT s.* FROM following JOIN span s USING (trace, id) ORDER BY s.begin
"""
# Those of other traces that link to spans of this one.
CONTINUED = """
SELECT DISTINCT c.trace, t.name FROM span s JOIN cause c ON c.span = s.id JOIN trace t ON t.id = c.trace
WHERE s.trace = ? AND c.trace <> s.trace ORDER BY t.number LIMIT 20
"""
CAME_FROM = """
SELECT DISTINCT s.trace, t.name FROM cause c JOIN span s ON s.id = c.span JOIN trace t ON t.id = s.trace
WHERE c.trace = ? AND s.trace <> c.trace ORDER BY t.number LIMIT 20
"""


class Span(NamedTuple):
    """One span. `kind` is SERVER, CLIENT, PRODUCER, CONSUMER or INTERNAL, `service` the service's name and role."""

    trace: str
    id: str
    parent: str
    name: str
    kind: str
    service: str
    begin: int
    end: int
    is_error: bool
    attributes: Mapping[str, Any]
    links: Sequence[str]  # ids of spans

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        return self._asdict() | {"duration": self.end - self.begin}


@dataclass(frozen=True)
class Asked:
    """Which traces are wanted: with a span of this service, as long as this at least, with so many errors at least."""

    service: str = ""
    duration: int = 0
    errors: int = 0


class Spans:
    """The newest spans of a folder, also those of an earlier run."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kept, self._lock = kept, threading.Lock()
        self._file = sqlite3.connect(folder / "spans.sqlite", check_same_thread=False, isolation_level=None)
        # A crash of the machine may cost what came last: spans are no account of anything.
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.executescript(SCHEMA)
        self._count = self._counted()

    def add(self, spans: Iterable[Span]) -> None:
        """Keep spans, and forget the oldest traces when there are too many; a span that came before changes nothing."""
        with self._lock:
            self._file.execute("BEGIN")
            for span in spans:
                self._add(span)
            if self._count > self._kept:
                self._forget()
            self._file.execute("COMMIT")

    def traces(self, asked: Asked, size: int, before: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The newest traces before number `before` (0 for any), and the number to go on before, 0 at the end."""
        told = vars(asked) | {"before": before or 2**62, "size": size + 1}
        rows = self._rows(LIST, told)
        names = ("id", "name", "service", "begin", "duration", "spans", "errors")
        found = [dict(zip(names, row[1:], strict=True)) for row in rows[:size]]
        return found, rows[size - 1][0] if len(rows) > size else 0

    def trace(self, trace: str) -> dict[str, Any]:
        """The spans of a trace by their beginning, at most 5,000, and the traces that it came from and goes on in."""
        spans = self._rows("SELECT * FROM span WHERE trace = ? ORDER BY begin, end DESC LIMIT ?", (trace, MOST_SPANS))
        return {
            "spans": [_span(row).told() for row in spans],
            "came_from": self._named(CAME_FROM, trace),
            "goes_on_in": self._named(CONTINUED, trace),
        }

    def following(self, trace: str, span: str) -> list[Span]:
        """A span and what hangs on it, by parent or link, also through others: at most 2,000, by their beginning."""
        return [_span(row) for row in self._rows(FOLLOWING, (trace, span, FARTHEST))]

    def services(self) -> list[str]:
        """Every service and role that has spans here."""
        return [row[0] for row in self._rows("SELECT DISTINCT service FROM span ORDER BY 1", ())]

    def _add(self, span: Span) -> None:
        attributes, links = (json.dumps(part, ensure_ascii=False) for part in (span.attributes, span.links))
        if not self._file.execute(ADD, (*span[:9], attributes, links)).rowcount:
            return
        self._count += 1
        told = (span.trace, span.name, span.service, span.begin, span.end, span.is_error)
        self._file.execute(ADD_TO_TRACE, told)
        causes = {*span.links, span.parent} - {""}
        self._file.executemany(ADD_CAUSE, [(cause, span.trace, span.id) for cause in causes])

    def _forget(self) -> None:
        bound = self._kept * (1 - FORGOTTEN_AT_ONCE)
        oldest = self._file.execute("SELECT id, spans FROM trace ORDER BY number")
        gone: list[tuple[str]] = []
        while self._count > bound and (row := oldest.fetchone()) is not None:
            gone.append((row[0],))
            self._count -= row[1]
        for table, column in (("span", "trace"), ("cause", "trace"), ("trace", "id")):
            self._file.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)

    def _counted(self) -> int:
        return int(self._file.execute("SELECT coalesce(sum(spans), 0) FROM trace").fetchone()[0])

    def _named(self, query: str, trace: str) -> list[dict[str, str]]:
        return [{"id": found, "name": name} for found, name in self._rows(query, (trace,))]

    def _rows(self, query: str, told: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(query, told).fetchall()


def _span(row: tuple[Any, ...]) -> Span:
    *plain, is_error, attributes, links = row
    return Span(*plain, bool(is_error), json.loads(attributes), json.loads(links))
