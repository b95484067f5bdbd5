"""What stands before every page of the edge: limits, security headers, and error pages that tell nothing."""

from collections.abc import Callable
from functools import partial

from chassis import telemetry
from opentelemetry.context import Context
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from services.interaction.http import pages
from services.interaction.http.words import words_of

LOG = telemetry.logger(__name__)
MAX_BODY = 16 * 1024
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{pages.STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}
ROUTES = {"o": "/o/{token}", "c": "/c/{token}", "u": "/u/{token}", "p": "/p/{token}", "s": "/s/{token}"}


class Guard:
    """ASGI middleware around the edge's pages."""

    def __init__(self, app: Starlette, *, is_https: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"strict-transport-security": "max-age=31536000"} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        route = ROUTES.get(scope["path"][1:2], "")
        # A trace of the open web's is not joined: anybody can write that header.
        with telemetry.http_span(scope["method"], context=Context()) as answering:
            await self._answer(scope, receive, send, partial(answering.responded, route))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, responded: Callable[[int], None]) -> None:
        has_begun = False

        async def told(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                responded(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if _length(scope) > MAX_BODY:
                await _too_large()(scope, receive, told)
                return
            await self._app(scope, _limited(receive), told)
        except Exception as error:
            LOG.error("edge_request_failed", error=telemetry.describe(error))  # noqa: TRY400 - no text, no address
            if not has_begun:
                await PlainTextResponse("Something went wrong.\n", 500)(scope, receive, told)


def answer_error(request: Request, error: Exception) -> Response:
    """The page of a refusal: a link that is none of ours learns nothing else."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return HTMLResponse(pages.unknown(words_of(request)), 404)
    if error.status_code in {429, 503}:
        return HTMLResponse(pages.later(words_of(request)), error.status_code, headers=error.headers)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=error.headers)


def _too_large() -> Response:
    return PlainTextResponse("The request is larger than 16 KiB.\n", 413, headers={"connection": "close"})


def _length(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "0")
    return int(said) if said.isdecimal() else 0


def _limited(receive: Receive) -> Receive:
    """A body that comes in pieces is counted on its way."""
    size = 0

    async def take() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, "The request is larger than 16 KiB.", {"connection": "close"})
        return message

    return take
