"""Streams of events: each reader's are counted while they are sent, however they end."""

from collections.abc import AsyncGenerator

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from services.console.http.streams import MOST_STREAMS, EventStream, Streams
from services.console.http.users import User

READER = User(id="jana", name="Jana", role="sales", team="central")


@pytest.fixture
def request_of_reader() -> Request:
    app = Starlette()
    app.state.streams = Streams()
    return Request({"type": "http", "app": app, "state": {"user": READER}, "headers": []})


async def lines() -> AsyncGenerator[str, None]:
    yield "event: touches\ndata: 1\n\n"


async def never_hears() -> Message:
    return {"type": "http.disconnect"}


async def is_gone(message: Message) -> None:
    raise OSError("the browser has gone")


async def answered(request: Request, send) -> None:
    response = EventStream(request, lines())
    await response({"type": "http", "asgi": {"spec_version": "2.4"}}, never_hears, send)


async def test_a_stream_says_when_to_come_again_and_then_its_events(request_of_reader: Request):
    heard: list[Message] = []

    async def hear(message: Message) -> None:
        heard.append(message)

    await answered(request_of_reader, hear)
    assert b"".join(one.get("body", b"") for one in heard) == b"retry: 2000\n\nevent: touches\ndata: 1\n\n"


async def test_a_browser_that_goes_before_the_first_event_takes_no_place(request_of_reader: Request):
    for _ in range(MOST_STREAMS + 1):
        with pytest.raises(ClientDisconnect):
            await answered(request_of_reader, is_gone)
    EventStream(request_of_reader, lines())


async def test_a_reader_has_so_many_streams_and_no_more_and_others_have_their_own(request_of_reader: Request):
    streams: Streams = request_of_reader.app.state.streams
    for _ in range(MOST_STREAMS):
        streams.enter("jana")
    with pytest.raises(HTTPException) as refused:
        EventStream(request_of_reader, lines())
    assert refused.value.status_code == 429
    streams.admit("karel")
    streams.leave("jana")
    EventStream(request_of_reader, lines())
