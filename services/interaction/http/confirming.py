"""Where a consent is confirmed. Looking confirms nothing, so a scanner that follows every link gives no consent."""

from typing import Protocol
from uuid import UUID

from chassis.errors import Unavailable
from chassis.telemetry import metrics
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from tracking import Kind, Token

from services.interaction.http import minting, pages
from services.interaction.http.edge import Edge
from services.interaction.http.words import words_of
from services.interaction.usecases import microseconds

NEVER = frozenset({"OPT_IN_NOT_FOUND"})


class Confirmations(Protocol):
    """Whoever keeps the requests for confirmation."""

    async def obstacle(self, opt_in: UUID) -> str: ...

    async def confirm(self, opt_in: UUID, caller_hash: bytes) -> str: ...


class Confirming:
    """The page and its button."""

    def __init__(self, edge: Edge, opt_ins: Confirmations) -> None:
        self._edge, self._opt_ins = edge, opt_ins

    async def show(self, request: Request) -> Response:
        """The page that says what its button will do, or why the link does nothing any more."""
        token, words = self._edge.token(request, Kind.CONFIRM), words_of(request)
        is_asked = self._edge.asks.admits(token.message.bytes, "s", microseconds(self._edge.clock.now()))
        why = await self._opt_ins.obstacle(token.message) if is_asked else ""
        return self._refused(request, why) if why else HTMLResponse(pages.confirm(words, token.topic))

    async def confirm(self, request: Request) -> Response:
        """The button: done when contact has it."""
        token = self._edge.token(request, Kind.CONFIRM)
        seen = self._edge.seen(request, token)
        if not self._edge.asks.admits(token.message.bytes, "u", seen.now_us):
            metrics.EDGE_REFUSED.labels("rate").inc()
            raise HTTPException(429, headers={"retry-after": "60"})
        try:
            why = await self._opt_ins.confirm(token.message, seen.caller_hash)
        except Unavailable:
            raise HTTPException(503, headers={"retry-after": "10"}) from None
        if why:
            return self._refused(request, why)
        await self._tell(seen, token)
        return HTMLResponse(pages.confirmed(words_of(request), token.topic))

    async def _tell(self, seen: minting.Seen, token: Token) -> None:
        await self._edge.delivery.deliver(minting.confirmed(seen, token, self._edge.partitions))

    @staticmethod
    def _refused(request: Request, why: str) -> Response:
        """410 Gone: the link was one, and is no more; 404 where there is no such request."""
        return HTMLResponse(pages.not_confirmed(words_of(request), why), 404 if why in NEVER else 410)
