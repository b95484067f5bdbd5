"""Traces as the local stack keeps them: the newest, found by service, duration and error; and the waterfall of one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.console.gateways import Span, Traces
from services.console.http import rows
from services.console.http.lists import only_for_admins, page_token
from services.console.http.render import page, reader_of
from services.console.http.stretches import Bar, bar

LINES = 50
LINES_OF_ONE = 200
DEEPEST = 8  # steps of indentation
DURATIONS = (10, 100, 1_000, 10_000)  # milliseconds that one may ask for
TRACE = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Line:
    """One span of a waterfall, `depth` steps below the first."""

    span: Span
    depth: int
    bar: Bar
    took: str
    links: tuple[str, ...]


async def list_traces(request: Request) -> Response:
    """GET /traces: the newest; a trace's id leads to it."""
    only_for_admins(request)
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in ("trace", "service", "ms", "errors")}
    if TRACE.fullmatch(asked["trace"].lower()):
        return RedirectResponse(f"/traces/{asked['trace'].lower()}", status_code=303)
    token = page_token(request)
    found = await kept(request).page(
        service=asked["service"],
        min_ms=int(asked["ms"]) if is_number(asked["ms"]) else 0,
        errors=bool(asked["errors"]),
        size=LINES,
        token=token if is_number(token) else "",
    )
    return page(
        request,
        "traces/list.html",
        at=reader_of(request),
        asked=asked,
        durations=DURATIONS,
        is_narrow=any(asked.values()),
        traces=found.traces if found else (),
        services=found.services if found else (),
        is_away=found is None,
        next_page=found.next_page if found else "",
    )


async def show_trace(request: Request) -> Response:
    """GET /traces/{trace}: the waterfall, two hundred spans a page."""
    only_for_admins(request)
    trace = request.path_params["trace"]
    found = await kept(request).whole(trace) if TRACE.fullmatch(trace) else None
    if found is None or not found.spans:
        raise HTTPException(404)
    token = page_token(request)
    first = int(token) if is_number(token) else 0
    drawn = lines(found.spans)
    return page(
        request,
        "traces/show.html",
        at=reader_of(request),
        trace=trace,
        whole=found,
        began=datetime.fromtimestamp(found.spans[0].begin / 1e9, UTC),
        took=took(max(span.end for span in found.spans) - found.spans[0].begin),
        lines=drawn[first : first + LINES_OF_ONE],
        next_page=str(first + LINES_OF_ONE) if len(drawn) > first + LINES_OF_ONE else "",
    )


def kept(request: Request) -> Traces:
    found: Traces = request.app.state.traces
    return found


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def lines(spans: Sequence[Span]) -> list[Line]:
    """Spans with their children below them, by their beginning; whose parent is not here stands at the edge."""
    known = {span.id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in spans:
        children.setdefault(span.parent if span.parent in known else "", []).append(span)
    begin, end = min(span.begin for span in spans), max(span.end for span in spans)
    return [
        Line(
            span,
            min(depth, DEEPEST),
            bar(span.begin - begin, span.end - begin, end - begin),
            took(span.end - span.begin),
            tuple(link for link in span.links if link not in known),
        )
        for span, depth in walk(children)
    ]


def walk(children: Mapping[str, Sequence[Span]]) -> Iterator[tuple[Span, int]]:
    """Each span before its children, with its depth."""
    waiting = [(span, 0) for span in reversed(children.get("", ()))]
    while waiting:
        span, depth = waiting.pop()
        yield span, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(span.id, ()))]


def took(nanoseconds: int) -> str:
    """A span's duration in words; below ten milliseconds with a decimal."""
    return f"{nanoseconds / 1e6:.1f} ms" if nanoseconds < 10_000_000 else rows.span(nanoseconds / 1e9)
