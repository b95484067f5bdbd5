"""A table whose rows stand alone, on its way into contact: what can be read is sent, the rest is in a report."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from touchline_client.client import Touchline
from touchline_client.tables import Table

ROWS_AT_ONCE = 1000
CALL_TIMEOUT = 60.0
REPORT_COLUMNS = ("row", "reason")
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%a, %d %b %Y %H:%M:%S %Z", "%d.%m.%Y", "%m/%d/%Y")
Item = TypeVar("Item")


@dataclass
class RowRun(ABC, Generic[Item]):
    """One table; `response` is the message whose OUTCOME_MADE and OUTCOME_STANDING say what became of an item.

    `on_progress` is told after each call how many bytes of the table are read.
    """

    response: ClassVar[Any]
    touchline: Touchline
    table: Table
    on_progress: Callable[[int], None] = field(default=lambda _read: None, init=False)
    made: int = field(default=0, init=False)
    standing: int = field(default=0, init=False)
    refused: dict[int, str] = field(default_factory=dict, init=False)

    @property
    def report_file(self) -> Path:
        return self.table.path.with_name(self.table.path.name + ".report.csv")

    async def run(self) -> None:
        """Send every row; one that cannot be read is in the report, the others are kept."""
        read = [0]
        records = self.table.records(read)
        columns = self.columns(next(records, []))
        batch: list[tuple[int, Item]] = []
        for number, record in enumerate(records, 1):
            item = self._read(number, record, columns)
            batch += [(number, item)] if item is not None else []
            if len(batch) == ROWS_AT_ONCE:
                await self._send(batch)
                self.on_progress(read[0])
                batch = []
        if batch:
            await self._send(batch)
        self._report()

    @abstractmethod
    def columns(self, titles: list[str]) -> dict[str, int]:
        """The place of each column by what it says, -1 where there is none."""

    @abstractmethod
    def item(self, said: Mapping[str, str]) -> Item | str:
        """What a row says, by what its columns say; a text where it cannot be read, which tells why."""

    @abstractmethod
    async def call(self, items: Sequence[Item]) -> Sequence[Any]:
        """Send items; a result for each."""

    def why(self, result: Any) -> str:
        """Why an item was refused."""
        return str(result.description)

    def _read(self, number: int, record: list[str], columns: Mapping[str, int]) -> Item | None:
        said = {what: record[place].strip() if 0 <= place < len(record) else "" for what, place in columns.items()}
        item = self.item(said)
        if isinstance(item, str):
            self.refused[number] = item
            return None
        return item

    async def _send(self, batch: list[tuple[int, Item]]) -> None:
        results = await self.call([item for _, item in batch])
        for (number, _), result in zip(batch, results, strict=True):
            if result.outcome == self.response.OUTCOME_MADE:
                self.made += 1
            elif result.outcome == self.response.OUTCOME_STANDING:
                self.standing += 1
            else:
                self.refused[number] = self.why(result)

    def _report(self) -> None:
        """Write the refused rows into a table of their own, in one move."""
        unfinished = self.report_file.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REPORT_COLUMNS)
            writer.writerows(sorted(self.refused.items()))
        unfinished.replace(self.report_file)


def places(titles: list[str], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Where each column stands, by the names that it may have; -1 where it is missing."""
    named = {plain(title): place for place, title in enumerate(titles)}
    return {what: next((named[name] for name in known if name in named), -1) for what, known in names.items()}


def first(troubles: Mapping[str, bool]) -> str:
    """The first trouble that is there."""
    return next((words for words, is_so in troubles.items() if is_so), "")


def plain(text: str) -> str:
    """A title or word without case, spaces and signs."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def moment(text: str) -> datetime | None:
    """A date as the systems write them: Unix seconds, ISO 8601 or one of the usual forms; UTC where none is said."""
    if text.isascii() and text.isdecimal() and 9 <= len(text) <= 10:
        return datetime.fromtimestamp(int(text), UTC)
    for read in _readers():
        try:
            found = read(text)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _readers() -> Iterator[Callable[[str], datetime]]:
    yield datetime.fromisoformat
    for form in MOMENTS:
        yield lambda text, form=form: datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put on by moment()
