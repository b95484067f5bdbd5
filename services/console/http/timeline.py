"""One page of a timeline with all that stands around it: answers, filter, days, the selected row, raw threads."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.errors import DomainError, InvalidArgument, NotFound, Unavailable
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query as queries
from services.console.http import rows
from services.console.http.guard import user_of
from services.console.http.render import page, reader_of
from services.console.http.times import Reader

THREADS_ON_A_PAGE = 40
TOUCHES_OF_A_THREAD = 100


@dataclass(frozen=True)
class Side:
    """The row that a reader opened, touch by touch."""

    row: rows.Row
    first: pb.Touch
    touches: list[pb.Touch]


@dataclass(frozen=True)
class View:
    """Everything that the template shows of a timeline."""

    query: queries.Query
    days: list[rows.Day] = field(default_factory=list)
    header: pb.TimelineHeader | None = None
    counts: pb.TimelineCounts | None = None
    next_page: str = ""
    begins: list[pb.HistoryBegin] = field(default_factory=list)
    is_first: bool = True
    position: str = ""
    chosen: str = ""
    side: Side | None = None
    is_away: bool = False
    is_unknown: bool = False
    starts_again: bool = False

    @property
    def campaigns(self) -> dict[str, str]:
        """The campaigns that the filter offers: those in flight, and those chosen already."""
        known = {name: name.rpartition("/")[2] for name in self.query.campaigns}
        in_flight = self.header.campaigns_in_flight if self.header else ()
        return known | {one.campaign: one.display_name for one in in_flight}

    @property
    def types(self) -> dict[str, str]:
        """The types that the filter offers: those on this timeline, and those chosen already."""
        counted = self.counts.by_type if self.counts else ()
        known = dict.fromkeys(self.query.types, "")
        return known | {one.type: str(one.count) for one in counted}


async def view(request: Request, contact: str, at: Reader) -> View:
    """Reads the page that the address asks for; where interaction does not answer, says so instead of failing."""
    query = queries.read(request.query_params, user_of(request))
    token = request.query_params.get("page_token", "")
    wish = pb.GetTimelineRequest(
        parent=contact,
        filter=query.filter(at),
        page_size=THREADS_ON_A_PAGE,
        page_token=token,
        min_position=request.query_params.get("min_position", ""),
    )
    try:
        answer = await gateways(request).interaction.GetTimeline(wish)
    except Unavailable:
        return View(query, is_away=True)
    except NotFound:  # contact knows this person; interaction will in a moment
        return View(query, is_unknown=True)
    except InvalidArgument:
        if token:  # the filter changed under an old address: begin at the top
            return View(query, starts_again=True)
        raise
    if answer.links_changed and token:
        return View(query, starts_again=True)
    return await with_side(request, contact, at, query, answer)


async def with_side(
    request: Request, contact: str, at: Reader, query: queries.Query, answer: pb.GetTimelineResponse
) -> View:
    chosen = request.query_params.get("touch", "")
    return View(
        query=query,
        days=rows.days(answer.threads, at),
        header=answer.header,
        counts=answer.counts,
        next_page=answer.next_page_token,
        begins=list(answer.history_begins),
        is_first=not request.query_params.get("page_token"),
        position=answer.watch_position,
        chosen=chosen,
        side=await side(request, contact, chosen, at, answer.threads) if chosen else None,
    )


async def side(request: Request, contact: str, chosen: str, at: Reader, threads: Iterable[pb.Thread]) -> Side | None:
    """The chosen thread: from the page when it is there, else read on its own; nothing where there is none."""
    name = f"{contact}/threads/{chosen}"
    thread = next((one for one in threads if one.name == name), None)
    if thread is None:
        thread = await read_thread(request, name)
    if thread is None or not thread.touches:
        return None
    return Side(rows.row(thread, at), thread.touches[0], list(thread.touches))


async def read_thread(request: Request, name: str) -> pb.Thread | None:
    wish = pb.ListThreadTouchesRequest(parent=name, page_size=TOUCHES_OF_A_THREAD)
    try:
        answer = await gateways(request).interaction.ListThreadTouches(wish)
    except DomainError:
        return None
    more = bool(answer.next_page_token)
    first = answer.touches[0].occurred_time if answer.touches else None
    return pb.Thread(name=name, thread_time=first, touches=answer.touches, has_more_touches=more)


async def show_thread(request: Request) -> Response:
    """GET /contacts/{id}/threads/{thread}: every touch of a thread with every field, page by page."""
    contact = f"contacts/{request.path_params['contact']}"
    name = f"{contact}/threads/{request.path_params['thread']}"
    wish = pb.ListThreadTouchesRequest(
        parent=name, page_size=TOUCHES_OF_A_THREAD, page_token=request.query_params.get("page_token", "")
    )
    try:
        answer = await gateways(request).interaction.ListThreadTouches(wish)
    except (InvalidArgument, NotFound):
        raise HTTPException(404) from None
    return page(
        request,
        "touches/thread.html",
        at=reader_of(request),
        contact=contact,
        thread=name,
        touches=answer.touches,
        next_page=answer.next_page_token,
    )


def gateways(request: Request) -> Gateways:
    found: Gateways = request.app.state.gateways
    return found
