"""The plain lists of an administrator."""

from chassis.errors import NotFound
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from touchline.interaction.v1 import interaction_pb2

from services.console.http.guard import gateways, user_of
from services.console.http.render import page, reader_of

LINES = 50


async def list_unlinked(request: Request) -> Response:
    only_for_admins(request)
    wish = interaction_pb2.ListUnlinkedTouchesRequest(page_size=LINES, page_token=page_token(request))
    answer = await gateways(request).interaction.ListUnlinkedTouches(wish)
    return page(
        request,
        "admin/unlinked.html",
        at=reader_of(request),
        touches=answer.touches,
        total=answer.total_size,
        next_page=answer.next_page_token,
    )


async def list_conflicts(request: Request) -> Response:
    only_for_admins(request)
    wish = interaction_pb2.ListTouchConflictsRequest(page_size=LINES, page_token=page_token(request))
    answer = await gateways(request).interaction.ListTouchConflicts(wish)
    return page(
        request,
        "admin/conflicts.html",
        at=reader_of(request),
        conflicts=answer.touch_conflicts,
        next_page=answer.next_page_token,
    )


def only_for_admins(request: Request) -> None:
    if user_of(request).role != "admin":
        raise HTTPException(403)


def page_token(request: Request) -> str:
    return request.query_params.get("page_token", "")


def quoted(text: str) -> str:
    """Text as a literal of AIP-160: nothing in it can end the literal."""
    if '"' in text or "\\" in text:
        raise NotFound
    return f'"{text}"'
