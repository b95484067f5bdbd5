"""Live arrival: a contact's WatchTimeline as server-sent events, with its watch position as the event id."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from chassis.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query as queries
from services.console.http.guard import user_of
from services.console.http.render import reader_of
from services.console.http.streams import HEARTBEAT, STILL_HERE, EventStream, streams_of

LONGEST_POSITION = 4_000


async def events(request: Request) -> Response:
    """GET /contacts/{id}/events: goes on from Last-Event-ID, or from the position of the page that asks."""
    contact = f"contacts/{request.path_params['contact']}"
    position = request.headers.get("last-event-id") or request.query_params.get("position", "")
    return EventStream(request, lines(request, contact, position[:LONGEST_POSITION]))


async def lines(request: Request, contact: str, position: str) -> AsyncGenerator[str, None]:
    """Events as text, a comment every 15 s; ends with the client, the watch or the process, whichever is first."""
    stopping = streams_of(request).stopping
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
        return STILL_HERE


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
