"""Live arrival: a contact's WatchTimeline as server-sent events, with its watch position as the event id."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from chassis.errors import DomainError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query as queries
from services.console.http.guard import user_of
from services.console.http.language import _
from services.console.http.render import reader_of

HEARTBEAT = 15.0
MOST_STREAMS = 12  # of one user; each open tab in view holds one
LONGEST_POSITION = 4_000


class Streams:
    """The open streams: how many each user has, and the word that ends them all when the process drains."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    def enter(self, user: str) -> None:
        if self._open[user] >= MOST_STREAMS:
            raise HTTPException(429, _("You have too many timelines open. Close some tabs."))
        self._open[user] += 1

    def leave(self, user: str) -> None:
        self._open[user] -= 1


async def events(request: Request) -> Response:
    """GET /contacts/{id}/events: goes on from Last-Event-ID, or from the position of the page that asks."""
    contact = f"contacts/{request.path_params['contact']}"
    position = request.headers.get("last-event-id") or request.query_params.get("position", "")
    user = user_of(request)
    streams: Streams = request.app.state.streams
    streams.enter(user.id)
    body = counted(streams, user.id, lines(request, contact, position[:LONGEST_POSITION]))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(body, media_type="text/event-stream", headers=headers)


async def counted(streams: Streams, user: str, inner: AsyncGenerator[str, None]) -> AsyncIterator[str]:
    try:
        yield "retry: 2000\n\n"
        async with aclosing(inner) as body:
            async for line in body:
                yield line
    finally:
        streams.leave(user)


async def lines(request: Request, contact: str, position: str) -> AsyncGenerator[str, None]:
    """Events as text, a comment every 15 s; ends with the client, the watch or the process, whichever is first."""
    stopping: asyncio.Event = request.app.state.streams.stopping
    changes: asyncio.Queue[str | None] = asyncio.Queue(maxsize=100)
    tasks = [
        asyncio.create_task(pump(request, contact, position, changes)),
        asyncio.create_task(stop(stopping, changes)),
    ]
    try:
        while (line := await next_line(changes)) is not None:
            yield line
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def next_line(changes: asyncio.Queue[str | None]) -> str | None:
    try:
        return await asyncio.wait_for(changes.get(), HEARTBEAT)
    except TimeoutError:
        return ": still here\n\n"


async def stop(stopping: asyncio.Event, changes: asyncio.Queue[str | None]) -> None:
    await stopping.wait()
    await changes.put(None)


async def pump(request: Request, contact: str, position: str, changes: asyncio.Queue[str | None]) -> None:
    """Follows the watch. When it breaks off, the stream ends, and the browser comes again with its last position."""
    gateways: Gateways = request.app.state.gateways
    wanted = queries.read(request.query_params, user_of(request))
    found = wanted.filter(reader_of(request))
    with suppress(DomainError):
        async for answer in gateways.watch_timeline(contact, position):
            if (line := event(answer, wanted, found)) is not None:
                await changes.put(line)
            if answer.HasField("resync"):
                break
    await changes.put(None)


def event(answer: pb.WatchTimelineResponse, wanted: queries.Query, found: pb.TimelineFilter) -> str | None:
    """One change as one event. A resync carries no id: the page that is read again brings a new position."""
    if answer.HasField("resync"):
        return "id\nevent: changed\ndata: again\n\n"
    if answer.HasField("touch") and queries.could_show(wanted, found, answer.touch):
        return f"id: {answer.watch_position}\nevent: touches\ndata: {answer.touch.name}\n\n"
    return f"id: {answer.watch_position}\n\n"
