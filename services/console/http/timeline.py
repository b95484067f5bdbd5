"""One page of a timeline with all that stands around it: the filter, days or campaigns, the chosen row, raw threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chassis.errors import InvalidArgument, NotFound, Unavailable
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import head, names, rows, sidepanel
from services.console.http import query as queries
from services.console.http.guard import gateways, user_of
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of
from services.console.http.times import Reader

THREADS_ON_A_PAGE = 40
LONGEST_MOMENT = 17  # digits


@dataclass(frozen=True)
class View:
    """Everything that the template shows of a timeline."""

    query: queries.Query
    groups: list[rows.Group] = field(default_factory=list)
    header: pb.TimelineHeader | None = None
    counts: pb.TimelineCounts | None = None
    next_page: str = ""
    begins: list[pb.HistoryBegin] = field(default_factory=list)
    is_first: bool = True
    position: str = ""
    chosen: str = ""
    side: sidepanel.Side | None = None
    line: head.Line | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    is_away: bool = False
    is_unknown: bool = False
    starts_again: bool = False

    @property
    def called(self) -> str:
        """When the last call was, for the address of the next page."""
        is_known = self.header is not None and self.header.HasField("last_call")
        return str(self.header.last_call.occurred_time.ToMicroseconds()) if is_known and self.header else ""

    @property
    def campaigns(self) -> dict[str, str]:
        """The campaigns that the filter offers: those in flight, those on the page, and those chosen already."""
        return dict(self.titles) | {name: self.titles.get(name, "") for name in self.query.campaigns}

    @property
    def types(self) -> dict[str, str]:
        """The types that the filter offers: those on this timeline, and those chosen already."""
        counted = self.counts.by_type if self.counts else ()
        known = dict.fromkeys(self.query.types, "")
        return known | {one.type: str(one.count) for one in counted}


async def view(request: Request, contact: str, at: Reader) -> View:
    """Reads the page that the address asks for; where interaction does not answer, says so instead of failing."""
    query = queries.read(request.query_params, user_of(request))
    token = page_token(request)
    try:
        answer = await read(request, contact, at, query)
    except Unavailable:
        return View(query, is_away=True)
    except NotFound:  # contact knows this person; interaction will in a moment
        return View(query, is_unknown=True)
    except InvalidArgument:
        if token or query.start:  # the filter changed under an old address, or its thread is none: begin at the top
            return View(replace(query, start=""), starts_again=True)
        raise
    if answer.links_changed and token:
        return View(query, starts_again=True)
    return await drawn(request, contact, at, query, answer)


async def read(request: Request, contact: str, at: Reader, query: queries.Query) -> pb.GetTimelineResponse:
    wish = pb.GetTimelineRequest(
        parent=contact,
        filter=query.filter(at),
        page_size=THREADS_ON_A_PAGE,
        page_token=page_token(request),
        min_position=request.query_params.get("min_position", ""),
    )
    wish.MergeFrom(queries.place(query, contact, at))
    answer: pb.GetTimelineResponse = await gateways(request).interaction.GetTimeline(wish)
    return answer


async def drawn(
    request: Request, contact: str, at: Reader, query: queries.Query, answer: pb.GetTimelineResponse
) -> View:
    """The page with its chosen row; a link to a touch that stands elsewhere begins the page there."""
    chosen = request.query_params.get("touch", "")
    side = await sidepanel.side(request, contact, chosen, at) if chosen else None
    token = page_token(request)
    is_here = any(thread.name == f"{contact}/threads/{chosen}" for thread in answer.threads)
    if side is not None and not is_here and not token and not query.is_moved:
        query = replace(query, start=chosen)
        answer = await read(request, contact, at, query)
    listed = [rows.row(thread, at) for thread in answer.threads]
    shown = listed if query.view == "raw" else rows.fold(listed)
    titles = await names.campaigns(request, known_titles(answer))
    return View(
        query=query,
        groups=rows.campaigns(shown, titles) if query.view == "campaign" else rows.days(shown, at),
        header=answer.header,
        counts=answer.counts,
        next_page=answer.next_page_token,
        begins=list(answer.history_begins),
        is_first=not token,
        position=answer.watch_position,
        chosen=chosen,
        side=side,
        line=line(request, answer, shown, at) if query.view != "campaign" else None,
        titles=titles,
    )


def known_titles(answer: pb.GetTimelineResponse) -> dict[str, str]:
    """The campaigns of a page with the names that its touches give them; touches of the edge give none."""
    found = {one.campaign: one.display_name for one in answer.header.campaigns_in_flight}
    for thread in answer.threads:
        for touch in thread.touches:
            if touch.campaign and not found.get(touch.campaign):
                found[touch.campaign] = touch.names.campaign
    return found


def line(request: Request, answer: pb.GetTimelineResponse, shown: Sequence[rows.Row], at: Reader) -> head.Line | None:
    """Where the last call stands on this page; a later page is told when that was by its address."""
    last = answer.header.last_call if answer.header.HasField("last_call") else call_of(request)
    return head.line(last, shown, user_of(request), at)


def call_of(request: Request) -> pb.Touch | None:
    """The last call as the address of a later page tells it: its moment in microseconds."""
    told = request.query_params.get("call", "")
    if not (told.isascii() and told.isdecimal() and len(told) < LONGEST_MOMENT):
        return None
    found = pb.Touch()
    found.occurred_time.FromMicroseconds(int(told))
    return found


async def show_thread(request: Request) -> Response:
    """GET /contacts/{id}/threads/{thread}: every touch of a thread with every field, page by page."""
    contact = f"contacts/{request.path_params['contact']}"
    name = f"{contact}/threads/{request.path_params['thread']}"
    wish = pb.ListThreadTouchesRequest(
        parent=name, page_size=sidepanel.TOUCHES_OF_A_THREAD, page_token=page_token(request)
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
