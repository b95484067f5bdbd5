"""What a reader takes along: two lines to paste into a mail, and a timeline as CSV that no spreadsheet executes."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from chassis.errors import DomainError
from chassis.spreadsheets import as_text
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query as queries
from services.console.http import words
from services.console.http.contact import name_of, owner_name
from services.console.http.guard import gateways, user_of
from services.console.http.panel import brief_of
from services.console.http.render import page, reader_of
from services.console.http.times import Reader, near_words

THREADS, TOUCHES = 200, 1_000
COLUMNS = (
    "time", "type", "channel", "class", "direction", "title", "detail", "campaign", "message", "actor", "verdict",
    "identifier_kind", "identifier", "source", "touch", "thread",
)  # fmt: skip


async def show_summary(request: Request) -> Response:
    """GET /contacts/{id}/summary: who it is and how things stand, in two lines to copy."""
    name = name_of(request)
    contact = await gateways(request).contact.GetContact(contact_pb2.GetContactRequest(name=name))
    brief = await brief_of(request, contact.name)
    at = reader_of(request)
    lines = summary(contact, brief, at, owner_name(request, contact.owner))
    return page(request, "contacts/summary.html", at=at, contact=contact, lines=lines)


def summary(contact: contact_pb2.Contact, brief: pb.TouchBrief | None, at: Reader, owner: str) -> tuple[str, str]:
    """Two lines: who it is and what she did last; what is open, comes next and is allowed."""
    about = ", ".join(filter(None, (contact.title, contact.account_display_name)))
    who = f"{contact.display_name or 'No name'}{f' ({about})' if about else ''}"
    if brief is None:
        return f"{who}, looked after by {owner or 'nobody'}.", "The timeline does not answer right now."
    last = [f"{words.touch_title(one)}, {when(one.occurred_time, at)}" for one in brief.past[:2]]
    first = f"{who}: {'; '.join(last) or 'nothing yet'}."
    waits = [open_words(item, at) for item in brief.open_items[:3]]
    comes = [f"{step.display_name}, {when(step.due_time, at)}" for step in brief.next_steps[:2]]
    held = [f"brake until {when(one.expire_time, at)}" for one in brief.brakes[:1]]
    second = f"Open: {'; '.join(waits) or 'nothing'}. Next: {'; '.join(comes) or 'nothing'}. "
    return one_line(first), one_line(second + f"Marketing: {', '.join([*consent_words(brief), *held])}.")


def open_words(item: pb.TouchBrief.OpenItem, at: Reader) -> str:
    title = words.touch_title(item.touch)
    if item.kind == pb.TouchBrief.OpenItem.KIND_ANSWER_AWAITED:
        return f"no answer yet: {title}"
    return f"{title}, due {when(item.due_time, at)}" if item.HasField("due_time") else title


def consent_words(brief: pb.TouchBrief) -> list[str]:
    if pb.TouchBrief.PART_CONSENTS in brief.unknown_parts:
        return ["consent not known right now"]
    states = {
        pb.TouchBrief.Consent.STATE_GRANTED: "yes",
        pb.TouchBrief.Consent.STATE_PENDING: "not confirmed",
        pb.TouchBrief.Consent.STATE_EXPIRED: "ran out",
    }
    found = [
        f"{one.topic or 'mail'} {states.get(one.state, 'no')}"
        for one in brief.consents
        if one.purpose == "marketing" and one.channel in ("", "email")
    ]
    return found or ["never asked for consent"]


def when(stamp: object, at: Reader) -> str:
    local = at.local(stamp)
    return near_words(local, at.now) if local else "no time"


def one_line(text: str) -> str:
    """Nothing that a touch says breaks out of its line."""
    return " ".join(text.split())


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
