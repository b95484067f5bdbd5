"""What a reader takes along: a timeline as CSV that no spreadsheet executes."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from chassis.errors import DomainError
from chassis.spreadsheets import as_text
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query as queries
from services.console.http import words
from services.console.http.contact import name_of
from services.console.http.guard import gateways, user_of
from services.console.http.render import reader_of

THREADS, TOUCHES = 200, 1_000
COLUMNS = (
    "time", "type", "channel", "class", "direction", "title", "detail", "campaign", "message", "actor", "verdict",
    "identifier_kind", "identifier", "source", "touch", "thread",
)  # fmt: skip


async def download(request: Request) -> Response:
    """GET /contacts/{id}/timeline.csv: every touch that the filter of the address shows, as the reader may see it.

    Written down once by interaction, with the reader's name. The first page is read before the answer begins, so that
    a refusal is a page and not half a file.
    """
    name = name_of(request)
    wanted = queries.read(request.query_params, user_of(request)).filter(reader_of(request))
    wish = pb.GetTimelineRequest(parent=name, filter=wanted, page_size=THREADS, for_export=True)
    first = await gateways(request).interaction.GetTimeline(wish)
    headers = {"content-disposition": f'attachment; filename="timeline-{name.rpartition("/")[2]}.csv"'}
    body = lines_of(gateways(request), wish, first)
    return StreamingResponse(body, media_type="text/csv; charset=utf-8; header=present", headers=headers)


async def lines_of(found: Gateways, wish: pb.GetTimelineRequest, answer: pb.GetTimelineResponse) -> AsyncIterator[str]:
    """The file, page by page. Where a page is refused on the way, its last line says that it is not whole."""
    yield "\ufeff" + written([COLUMNS])
    try:
        while True:
            for thread in answer.threads:
                async for touches in touches_of(found, thread):
                    yield written(map(cells, touches))
            if not answer.next_page_token:
                return
            wish.page_token = answer.next_page_token
            answer = await found.interaction.GetTimeline(wish)
            if answer.links_changed:
                yield written([["NOT COMPLETE: whose touches these are has changed meanwhile; export again"]])
                return
    except DomainError as error:
        yield cut_off(error)


async def touches_of(found: Gateways, thread: pb.Thread) -> AsyncIterator[Sequence[pb.Touch]]:
    """Every touch of a thread, also beyond the hundred that a timeline shows."""
    if not thread.has_more_touches:
        yield thread.touches
        return
    wish = pb.ListThreadTouchesRequest(parent=thread.name, page_size=TOUCHES)
    while True:
        answer = await found.interaction.ListThreadTouches(wish)
        yield answer.touches
        if not answer.next_page_token:
            return
        wish.page_token = answer.next_page_token


def cells(touch: pb.Touch) -> list[str]:
    """One touch as a line of the file."""
    occurred = touch.occurred_time.ToJsonString()
    direction, verdict = words.DIRECTIONS.get(touch.direction, ""), words.verdict_words(touch.verdict)
    return [
        occurred, touch.type, words.channel_word(touch), words.CLASSES.get(touch.touch_class, ""), direction,
        words.touch_title(touch), touch.detail, touch.names.campaign, touch.names.message,
        touch.actor.display_name or touch.actor.user, verdict, touch.identifier.kind, touch.identifier.value,
        touch.source, touch.name, touch.thread,
    ]  # fmt: skip


def cut_off(error: DomainError) -> str:
    """The last line of a file that is not whole."""
    return written([[f"NOT COMPLETE: {error.kind}; export again"]])


def written(lines: Iterable[Sequence[str]]) -> str:
    """Lines as RFC 4180 has them, each cell as text."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([[plain(cell) for cell in line] for line in lines])
    return out.getvalue()


def plain(cell: str) -> str:
    """A cell without what cannot be seen, as text."""
    return as_text("".join(letter for letter in cell if letter in "\n\t" or letter.isprintable()))
