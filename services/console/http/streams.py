"""Server-sent events: how many a reader has open, and the word that ends them all when the process drains."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.console.http.guard import user_of
from services.console.http.language import _

HEARTBEAT = 15.0  # seconds
STILL_HERE = ": still here\n\n"
MOST_STREAMS = 12  # of one user; each open tab in view holds one


class Streams:
    """The open streams: how many each user has, and whether the process drains."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    def admit(self, user: str) -> None:
        """Raises 429 when the user has as many as anybody may."""
        if self._open[user] >= MOST_STREAMS:
            raise HTTPException(429, _("You have too many timelines open. Close some tabs."))

    def enter(self, user: str) -> None:
        self._open[user] += 1

    def leave(self, user: str) -> None:
        self._open[user] -= 1
        if not self._open[user]:
            del self._open[user]


class EventStream(StreamingResponse):
    """An answer of events; it counts among its reader's while it is sent, also to a browser that has gone already."""

    def __init__(self, request: Request, lines: AsyncGenerator[str, None]) -> None:
        self._streams, self._user = streams_of(request), user_of(request).id
        self._streams.admit(self._user)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(begun(lines), media_type="text/event-stream", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.enter(self._user)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._user)


async def begun(lines: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """First how soon a browser comes again after a break, in milliseconds."""
    yield "retry: 2000\n\n"
    async with aclosing(lines):
        async for line in lines:
            yield line


async def rest(request: Request, seconds: float) -> None:
    """Wait, but not longer than the process lives."""
    with suppress(TimeoutError):
        await asyncio.wait_for(streams_of(request).stopping.wait(), seconds)


def streams_of(request: Request) -> Streams:
    found: Streams = request.app.state.streams
    return found
