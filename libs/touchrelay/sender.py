"""The outbox's way to interaction: what the relay sends to this producer becomes calls of RecordTouches."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chassis import telemetry
from chassis.errors import DomainError, ResourceExhausted, Unavailable
from chassis.outbox import Refused
from chassis.rpc.client import Channel
from chassis.rpc.status import from_status
from google.rpc.status_pb2 import Status
from psycopg import AsyncConnection
from touchline.interaction.v1.interaction_pb2 import (
    RecordTouchesRequest,
    RecordTouchesResponse,
    RegisterSourceRequest,
    Source,
    Touch,
)
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

from touchrelay.refused import keep_refused
from touchrelay.rows import AT_ONCE, STREAM

LOG = telemetry.logger(__name__)
PATIENCE = 10.0
AHEAD = "TOUCH_AHEAD_OF_TIME"
Headers = Sequence[tuple[str, bytes]]


class _Row(NamedTuple):
    sequence: str
    data: bytes
    headers: Headers
    future: "asyncio.Future[int]"


class TouchSender:
    """A producer (chassis.bus) for the stream `touches`; its rows are sent in order, up to 500 touches a call.

    A row's future is done when every touch of it is accepted. It fails with Unavailable when one of them has to come
    again (UNAVAILABLE, RESOURCE_EXHAUSTED, ahead of time), and with `Refused` when the others were accepted and some
    never will be: give `keep_refused` to the relay as its `refused`, and these are kept. `sources` are registered
    before the first call.
    """

    def __init__(self, channel: Channel, sources: Sequence[Source]) -> None:
        self._channel, self._sources = channel, sources
        self._stub: Any = InteractionServiceStub(channel)
        self._rows: deque[_Row] = deque()
        self._refused: dict[str, list[tuple[str, bytes]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_registered = False
        self._is_away = False

    async def start(self) -> None:
        """Nothing is called before there is something to send."""

    async def close(self) -> None:
        """End what is under way; the relay sends it again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._channel.close()

    def health(self) -> Mapping[str, str]:
        return {"interaction": "away" if self._is_away else "ok"}

    def send(
        self, stream: str, *, partition: int | None, key: bytes | None, value: bytes, headers: Headers = ()
    ) -> "asyncio.Future[int]":
        """Queue one row; as chassis.bus.Producer has it."""
        if stream != STREAM:
            raise ValueError(f"{stream} is no stream of touches")
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        told = dict(headers)
        self._rows.append(_Row(told.get("ce_sequence", b"").decode(), value, headers, future))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())
        return future

    async def keep_refused(self, conn: AsyncConnection[Any], row: Any, reason: str) -> None:
        """Keep the touches of this row that were refused; for chassis.outbox.Relay."""
        for why, touch in self._refused.pop(f"{row.epoch}.{row.seq}", []):
            await keep_refused(conn, why, touch, row.traceparent)

    async def _work(self) -> None:
        while self._rows:
            rows, touches = list[_Row](), list[Touch]()
            try:
                self._take(rows, touches)
                self._settle(rows, touches, await self._record(rows, touches))
            except Exception as error:  # whatever it is: nobody may wait for a row for ever
                self._fail(rows, error)

    def _take(self, rows: list[_Row], touches: list[Touch]) -> None:
        """The rows of one call: at least one, together at most 500 touches."""
        while self._rows:
            found = RecordTouchesRequest.FromString(self._rows[0].data).touches
            if rows and len(touches) + len(found) > AT_ONCE:
                break
            rows.append(self._rows.popleft())
            touches.extend(found)

    async def _record(self, rows: Sequence[_Row], touches: Sequence[Touch]) -> RecordTouchesResponse:
        await self._register()
        with telemetry.send_span(STREAM, count=len(touches), headers=[row.headers for row in rows]):
            response: RecordTouchesResponse = await self._stub.RecordTouches(
                RecordTouchesRequest(touches=touches), timeout=PATIENCE
            )
        self._is_away = False
        return response

    async def _register(self) -> None:
        if self._is_registered:
            return
        for source in self._sources:
            await self._stub.RegisterSource(RegisterSourceRequest(source=source), timeout=PATIENCE)
        self._is_registered = True

    def _fail(self, rows: Sequence[_Row], error: Exception) -> None:
        """These rows and those behind them come again, in order."""
        self._is_away = True
        known = error if isinstance(error, DomainError) else Unavailable("interaction gave no answer")
        for row in [*rows, *self._rows]:
            if not row.future.done():
                row.future.set_exception(known)
        self._rows.clear()

    def _settle(self, rows: Sequence[_Row], touches: Sequence[Touch], answers: RecordTouchesResponse) -> None:
        place = 0
        for row in rows:
            number = len(RecordTouchesRequest.FromString(row.data).touches)
            found = list(zip(touches[place : place + number], answers.results[place : place + number], strict=True))
            place += number
            if not row.future.done():
                self._settle_one(row, [(touch, result.status) for touch, result in found if result.status.code])

    def _settle_one(self, row: _Row, failed: Sequence[tuple[Touch, Status]]) -> None:
        refused = list[tuple[str, bytes]]()
        for touch, status in failed:
            error = from_status(status)
            if error is None or isinstance(error, Unavailable | ResourceExhausted) or error.reason == AHEAD:
                row.future.set_exception(error or Unavailable("interaction gave no answer"))
                return
            refused.append((error.reason, touch.SerializeToString()))
        if not refused:
            row.future.set_result(0)
            return
        LOG.error("touches_refused", count=len(refused), reasons=sorted({reason for reason, _ in refused}))
        self._refused[row.sequence] = refused
        row.future.set_exception(Refused(refused[0][0]))
