"""Importing contacts from a table: row after row into an import of the contact service, resumable at any moment.

What was sent is known twice: the service counts the rows that it has written (`next_row`), and a small file beside the
table says which import that is. So a killed import goes on where it ended, and a row sent twice is written once.
"""

import asyncio
import csv
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time
from typing import Any, cast

import grpc
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.refusals import Refusal, refusal_of
from touchline_client.runs import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, keep
from touchline_client.tables import Table

ROWS_AT_ONCE = 1000
CHARACTERS_AT_ONCE = 500_000  # at most 2 MB, of the 4 that a call may have
LONGEST_VALUE, LONGEST_ROW, MOST_VALUES = 65_536, 500_000, 1000
CALL_TIMEOUT = 60.0
REPORT_COLUMNS = ("row", "reason", "column")


class ChangedTableError(Exception):
    """The table is not the one that this import began with."""


@dataclass(frozen=True)
class State:
    """Which import a table goes into: kept beside it from before the first call until the report is written."""

    import_id: str
    fingerprint: str
    mapping: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"imports/{self.import_id}"


@dataclass
class ImportRun:
    """One table on its way into the contact service."""

    touchline: Touchline
    table: Table
    mapping: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    owner: str = ""
    team: str = ""
    on_progress: Callable[[int, pb.Import], None] = lambda _bytes, _progress: None
    on_wait: Callable[[Refusal], None] = lambda _refusal: None
    refused_here: dict[int, str] = field(default_factory=dict)

    @property
    def state_file(self) -> Path:
        return self.table.path.with_name(self.table.path.name + ".import.json")

    @property
    def report_file(self) -> Path:
        return self.table.path.with_name(self.table.path.name + ".report.csv")

    async def run(self) -> pb.Import:
        """Import what is not imported yet, and write the report."""
        state = self._state()
        read = [0]
        records = self.table.records(read)
        progress = await self._open(state, next(records, []))
        async for batch in self._batches(records, first_row=1):
            if progress.state == pb.Import.STATE_FINISHED:
                continue
            if batch.first_row + len(batch.rows) > progress.next_row:
                progress = await self._call("AppendImportRows", batch.request(state.name))
            self.on_progress(read[0], progress)
        if progress.state != pb.Import.STATE_FINISHED:
            last = pb.AppendImportRowsRequest(parent=state.name, first_row=progress.next_row, last=True)
            progress = await self._call("AppendImportRows", last)
        await self._report(state)
        self.state_file.unlink(missing_ok=True)
        return progress

    def _state(self) -> State:
        """The state of an import that was begun, or of a new one, written down before anything is sent."""
        if self.state_file.exists():
            state = State(**json.loads(self.state_file.read_text()))
            if state.fingerprint != self.table.fingerprint:
                raise ChangedTableError(f"{self.table.path} has changed since its import began: {state.name}")
            return state
        state = State(str(_uuid7()), self.table.fingerprint, dict(self.mapping))
        keep(self.state_file, asdict(state))
        return state

    async def _open(self, state: State, columns: list[str]) -> pb.Import:
        wanted = pb.Import(
            display_name=self.table.path.name[:200],
            columns=columns,
            mapping=state.mapping,
            region=self.region,
            owner=self.owner,
            team=self.team,
        )
        request = pb.CreateImportRequest(contact_import=wanted, import_id=state.import_id, request_id=state.import_id)
        try:
            return await self._call("GetImport", pb.GetImportRequest(name=state.name))
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
        return await self._call("CreateImport", request)

    async def _batches(self, records: Iterator[list[str]], first_row: int) -> AsyncIterator["Batch"]:
        """The rows in portions; the next one is read while the last one is being written."""
        reading = asyncio.create_task(asyncio.to_thread(self._batch, records, first_row))
        while batch := await reading:
            reading = asyncio.create_task(asyncio.to_thread(self._batch, records, batch.first_row + len(batch.rows)))
            try:
                yield batch
            finally:
                await asyncio.wait({reading})

    def _batch(self, records: Iterator[list[str]], first_row: int) -> "Batch | None":
        batch, size = Batch(first_row), 0
        for record in records:
            row = self._fit(first_row + len(batch.rows), record)
            batch.rows.append(row)
            size += sum(map(len, row))
            if len(batch.rows) == ROWS_AT_ONCE or size > CHARACTERS_AT_ONCE:
                break
        return batch if batch.rows else None

    def _fit(self, number: int, record: list[str]) -> list[str]:
        """What no request may carry goes as a row without values, which is refused; the report says why."""
        if len(record) > MOST_VALUES:
            self.refused_here[number] = "RAGGED_ROW"
        elif max(map(len, record)) > LONGEST_VALUE or sum(map(len, record)) > LONGEST_ROW:
            self.refused_here[number] = "VALUE_TOO_LONG"
        elif any("\0" in value for value in record):
            self.refused_here[number] = "NUL_CHARACTER"
        return [] if number in self.refused_here else record

    async def _call(self, method: str, request: Any) -> pb.Import:
        """Call until it is answered: who imports overnight does not want to come back to a network hiccup."""
        pause, begun = FIRST_PAUSE, time()
        while True:
            try:
                return cast(pb.Import, await getattr(self.touchline.contact, method)(request, timeout=CALL_TIMEOUT))
            except grpc.aio.AioRpcError as error:
                refusal = refusal_of(error)
                if not refusal.is_passing or time() - begun > PATIENCE:
                    raise
                self.on_wait(refusal)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _report(self, state: State) -> None:
        """Write the refused rows into a table of their own, in one move."""
        unfinished = self.report_file.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REPORT_COLUMNS)
            async for report in self._refused(state):
                writer.writerow((report.row, self.refused_here.get(report.row, report.reason), report.column))
        unfinished.replace(self.report_file)

    async def _refused(self, state: State) -> AsyncIterator[pb.ImportRowReport]:
        token = ""
        while True:
            request = pb.ListImportRowReportsRequest(
                parent=state.name, page_size=1000, page_token=token, refused_only=True
            )
            page = await self.touchline.contact.ListImportRowReports(request, timeout=CALL_TIMEOUT)
            for report in page.row_reports:
                yield report
            token = page.next_page_token
            if not token:
                return


@dataclass
class Batch:
    """Rows that go in one call."""

    first_row: int
    rows: list[list[str]] = field(default_factory=list)

    def request(self, parent: str) -> pb.AppendImportRowsRequest:
        rows = [pb.AppendImportRowsRequest.Row(values=values) for values in self.rows]
        return pb.AppendImportRowsRequest(parent=parent, first_row=self.first_row, rows=rows)


def _uuid7() -> uuid.UUID:
    """An id of this millisecond."""
    return uuid.UUID(int=(int(time() * 1000) << 80) | (7 << 76) | (2 << 62) | (uuid.uuid4().int >> 66))
