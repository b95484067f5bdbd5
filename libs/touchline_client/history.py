"""Moving touches between systems as JSON lines, each a public Touch as its source said it; resumable at any moment.

A file of what was done lies beside the lines until all is done. Importing is harmless however often it is done: every
touch names its source and the source's own id of the event, and has its own times.
"""

import asyncio
import base64
import csv
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import BinaryIO, NamedTuple

import grpc
from google.api import field_behavior_pb2
from google.protobuf.json_format import MessageToDict, Parse, ParseError
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.refusals import Refusal, refusal_of
from touchline_client.runs import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, keep
from touchline_client.touches import AT_ONCE, record_touches

BYTES_AT_ONCE = 3_000_000  # of the 4 MB that a call may have
LONGEST_LINE = 1_000_000
READ_AT_ONCE = 500
MARKED_BYTES = 1_000_000
AHEAD_SECONDS = 300
REFERENCES = ("contact", "account", "deal", "campaign", "activity", "variant")
REPORT_COLUMNS = ("line", "source_event_id", "reason", "field", "message")
_OUTPUT = [
    known.name
    for known in pb.Touch.DESCRIPTOR.fields
    if field_behavior_pb2.OUTPUT_ONLY in known.GetOptions().Extensions[field_behavior_pb2.field_behavior]
]

FAR_AHEAD = Refusal(
    "INVALID_ARGUMENT",
    "did not happen yet",
    "TOUCH_AHEAD_OF_TIME",
    fields=(("occurred_time", "is more than 5 minutes ahead"),),
)


class ChangedFileError(Exception):
    """The file is not the one that this import began with."""


class Stopped(Exception):  # noqa: N818 - it is no fault of the lines
    """The other side did not take more for as long as we had patience; started again, it goes on."""


@dataclass
class Written:
    """How far an export is: behind which cursor to go on, and how long the file is up to there."""

    cursor: str = ""
    size: int = 0
    touches: int = 0


@dataclass
class HistoryExport:
    """Every touch of an installation on its way into a file.

    `on_progress` hears how many touches there are, and which part of the whole they are, 0 to 1.
    """

    touchline: Touchline
    path: Path
    on_progress: Callable[[int, float], None] = lambda _touches, _part: None
    on_wait: Callable[[Refusal], None] = lambda _refusal: None

    @property
    def state_file(self) -> Path:
        return self.path.with_name(self.path.name + ".export.json")

    @property
    def unfinished(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    async def run(self) -> int:
        """Write what is not written yet, and give the file its name; gives how many touches it has."""
        if self.path.exists():
            raise FileExistsError(f"{self.path} is there already")
        done = Written(**json.loads(self.state_file.read_text())) if self.state_file.exists() else Written()
        with self.unfinished.open("r+b" if self.unfinished.exists() else "w+b") as file:
            file.truncate(done.size)
            file.seek(done.size)
            await self._until_the_end(file, done)
        self.unfinished.replace(self.path)
        self.state_file.unlink(missing_ok=True)
        return done.touches

    async def _until_the_end(self, file: BinaryIO, done: Written) -> None:
        """Read, and go on from the last cursor when the line breaks."""
        pause, heard = FIRST_PAUSE, monotonic()
        while True:
            try:
                request = pb.ReadTouchesRequest(cursor=done.cursor, batch_size=READ_AT_ONCE)
                async for answer in self.touchline.interaction.ReadTouches(request):
                    self._write(file, answer, done)
                    pause, heard = FIRST_PAUSE, monotonic()
            except grpc.aio.AioRpcError as error:
                refusal = refusal_of(error)
                if not refusal.is_passing or monotonic() - heard > PATIENCE:
                    raise
                self.on_wait(refusal)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _write(self, file: BinaryIO, answer: pb.ReadTouchesResponse, done: Written) -> None:
        last = answer.touches[-1].name if answer.touches else ""
        file.write("".join(map(line_of, answer.touches)).encode())
        file.flush()
        done.cursor, done.size, done.touches = answer.cursor, file.tell(), done.touches + len(answer.touches)
        keep(self.state_file, asdict(done))
        if last:  # touches come in the order of their subjects, which are spread evenly
            self.on_progress(done.touches, int.from_bytes(_ids(last)[:4], "big") / 2**32)


def line_of(touch: pb.Touch) -> str:
    """A touch as its source said it, as a line of JSON; clears in it what only Touchline says."""
    for name in _OUTPUT:
        touch.ClearField(name)  # type: ignore[arg-type]
    return json.dumps(MessageToDict(touch, preserving_proto_field_name=True), ensure_ascii=False) + "\n"


class Line(NamedTuple):
    """A line of the file: its number, its touch or why it holds none, and where the next one begins."""

    number: int
    touch: pb.Touch | None
    refusal: Refusal | None
    end: int


@dataclass
class Done:
    """How far an import is, kept beside the file: which file, how much of it, and what became of that."""

    fingerprint: str
    offset: int = 0
    line: int = 0
    accepted: int = 0
    refused: int = 0
    report_size: int = 0


@dataclass
class HistoryImport:
    """A file of touches on its way into an installation.

    `recorder` gives the client that records for a source; `without` names references that the other side cannot know.
    """

    recorder: Callable[[str], Awaitable[Touchline]]
    path: Path
    without: Sequence[str] = ()
    on_progress: Callable[[Done], None] = lambda _done: None
    patience: float = PATIENCE
    _open: dict[str, Touchline] = field(default_factory=dict)

    @property
    def state_file(self) -> Path:
        return self.path.with_name(self.path.name + ".import.json")

    @property
    def report_file(self) -> Path:
        return self.path.with_name(self.path.name + ".report.csv")

    async def run(self) -> Done:
        """Record what is not recorded yet; what is refused for good stands in the report, by line and field."""
        done = self._begin()
        with self.path.open("rb") as file:
            file.seek(done.offset)
            for batch in _batches(_lines(file, done)):
                refused = await self._record([line for line in batch if line.touch is not None])
                refused += [(line, line.refusal) for line in batch if line.refusal is not None]
                self._report(sorted(refused, key=lambda one: one[0].number), done)
                done.offset, done.line = batch[-1].end, batch[-1].number
                done.accepted += len(batch) - len(refused)
                done.refused += len(refused)
                keep(self.state_file, asdict(done))
                self.on_progress(done)
        self.state_file.unlink(missing_ok=True)
        return done

    def _begin(self) -> Done:
        fingerprint = _fingerprint(self.path)
        if not self.state_file.exists():
            self.report_file.unlink(missing_ok=True)
            return Done(fingerprint)
        done = Done(**json.loads(self.state_file.read_text()))
        if done.fingerprint != fingerprint:
            raise ChangedFileError(f"{self.path} has changed since its import began")
        return done

    async def _record(self, lines: Sequence[Line]) -> list[tuple[Line, Refusal]]:
        """Record lines by source; gives those that were refused for good."""
        by_source: dict[str, list[tuple[Line, pb.Touch]]] = {}
        for line in lines:
            assert line.touch is not None
            for name in (*_OUTPUT, *self.without):
                line.touch.ClearField(name)  # type: ignore[arg-type]
            by_source.setdefault(line.touch.source, []).append((line, line.touch))
        refused = []
        for source, told in by_source.items():
            outcomes = await self._record_for(source, [touch for _, touch in told])
            refused += [(one[0], outcome) for one, outcome in zip(told, outcomes, strict=True) if outcome is not None]
        return refused

    async def _record_for(self, source: str, touches: Sequence[pb.Touch]) -> list[Refusal | None]:
        if source not in self._open:
            self._open[source] = await self.recorder(source)
        client = self._open[source]
        await _rename_originals(client, touches, self.patience)
        outcomes = await record_touches(client, touches, patience=self.patience)
        refusals = [outcome if isinstance(outcome, Refusal) else None for outcome in outcomes]
        passing = next((refusal for refusal in refusals if refusal is not None and refusal.is_passing), None)
        if passing is not None:
            raise Stopped(str(passing))
        return refusals

    def _report(self, refused: Sequence[tuple[Line, Refusal]], done: Done) -> None:
        """Add refused lines to the report, behind what is known to stand there."""
        if not refused:
            return
        with self.report_file.open("r+" if done.report_size else "w", encoding="utf-8", newline="") as file:
            file.truncate(done.report_size)
            file.seek(done.report_size)
            writer = csv.writer(file)
            if not done.report_size:
                writer.writerow(REPORT_COLUMNS)
            for line, refusal in refused:
                event = line.touch.source_event_id if line.touch is not None else ""
                for name, what in refusal.fields or (("", refusal.message),):
                    writer.writerow((line.number, event, refusal.reason or refusal.code, name, what))
            file.flush()
            done.report_size = file.tell()


async def _rename_originals(client: Touchline, touches: Sequence[pb.Touch], patience: float) -> None:
    """Name what corrections correct as this installation does.

    A touch's name holds its subject, which every installation computes by a key of its own; its id is the same
    everywhere. Asking what would be answered to a touch of the same person tells the subject here.
    """
    corrections = [touch for touch in touches if len(_ids(touch.correction_of)) == 32]
    alone = []
    for touch in corrections:
        one = pb.Touch()
        one.CopyFrom(touch)
        one.ClearField("correction_of")
        alone.append(one)
    names = await record_touches(client, alone, patience=patience, validate_only=True)
    for touch, name in zip(corrections, names, strict=True):
        if isinstance(name, str):
            ids = _ids(name)[:16] + _ids(touch.correction_of)[16:]
            touch.correction_of = "touches/" + base64.urlsafe_b64encode(ids).decode().rstrip("=")


def _ids(name: str) -> bytes:
    """Subject and touch id in a touch's name, 32 bytes; something else where it is none."""
    text = name.removeprefix("touches/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _lines(file: BinaryIO, done: Done) -> Iterator[Line]:
    """The lines from where the file stands; one that is no touch, or too long, is refused."""
    number, end = done.line, done.offset
    while raw := file.readline(LONGEST_LINE):
        number += 1
        long = not raw.endswith(b"\n") and len(raw) == LONGEST_LINE
        end += len(raw)
        while long and (rest := file.readline(LONGEST_LINE)):
            end += len(rest)
            if rest.endswith(b"\n"):
                break
        if long:
            yield Line(number, None, Refusal("INVALID_ARGUMENT", "is longer than 1 MB", "LINE_TOO_LONG"), end)
        elif raw.strip():
            yield _line(number, raw, end)


def _line(number: int, raw: bytes, end: int) -> Line:
    try:
        touch = Parse(raw.decode(), pb.Touch())
    except (ParseError, ValueError, RecursionError) as error:
        return Line(number, None, Refusal("INVALID_ARGUMENT", str(error), "NO_TOUCH"), end)
    if touch.occurred_time.seconds > time() + AHEAD_SECONDS:  # whoever records would wait for its time to come
        return Line(number, None, FAR_AHEAD, end)
    return Line(number, touch, None, end)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Lines in portions that one call can carry."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        here = line.touch.ByteSize() if line.touch is not None else 0
        if batch and (len(batch) == AT_ONCE or size + here > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += here
    if batch:
        yield batch


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.stat().st_size}-{hashlib.blake2b(file.read(MARKED_BYTES), digest_size=16).hexdigest()}"
