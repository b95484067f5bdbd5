"""The count in the bar: how many alerts and reminders the reader has not seen, as server-sent events."""

from collections.abc import AsyncGenerator

from chassis.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http.guard import gateways, user_of
from services.console.http.streams import HEARTBEAT, STILL_HERE, EventStream, rest, streams_of

EVERY = 3.0  # seconds; one small read of the reader's own settings


async def events(request: Request) -> Response:
    """GET /alerts/events: `unseen` with the number, at once and whenever it changes; its id is the number.

    Who comes again with Last-Event-ID hears only another number.
    """
    return EventStream(request, lines(request, request.headers.get("last-event-id", "")))


async def lines(request: Request, told: str) -> AsyncGenerator[str, None]:
    """Events as text until the process drains; while interaction does not answer, the number stays as it was."""
    quiet = 0.0
    wish = pb.GetAlertSettingsRequest(name=f"users/{user_of(request).id}/alertSettings")
    while not streams_of(request).stopping.is_set():
        try:
            number = str((await gateways(request).interaction.GetAlertSettings(wish)).unseen_count)
        except DomainError:
            number = told
        quiet += EVERY
        if number != told:
            told, quiet = number, 0.0
            yield f"id: {number}\nevent: unseen\ndata: {number}\n\n"
        if quiet >= HEARTBEAT:
            quiet = 0.0
            yield STILL_HERE
        await rest(request, EVERY)
