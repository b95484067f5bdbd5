"""The audit of consents over a quarter: grants on no ground, grants that ran out, mails sent without one; as a file."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

from auditing import COLUMNS, FINDINGS, Row, audit, found
from chassis.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from touchline.contact.v1 import contact_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import export
from services.console.http.consent import PURPOSES
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.render import page, reader_of
from services.console.http.times import aware

MOST = 100  # findings of a kind on the page; the file has all
PATIENCE = 10.0  # seconds for the page; whoever sent many mails reads the file
NAMES = sayings(
    {
        "WITHOUT_BASIS": ("Granted on no ground", "Nobody said on what ground this may be done."),
        "EXPIRED": ("Ran out", "The grant ended within the period, and nothing newer was said."),
        "SENT_WITHOUT": ("Sent without", "The mail server took a mail that the address did not allow at that moment."),
    }
)


async def show(request: Request) -> Response:
    """GET /consents/audit: the first findings of each kind in the period that is asked for, else the last quarter."""
    begin, end, trouble = period(request)
    kinds = [] if trouble else await asyncio.gather(*(some(gateways(request), one, begin, end) for one in FINDINGS))
    return page(
        request,
        "admin/consents.html",
        status=400 if trouble else 200,
        at=reader_of(request),
        begin=begin,
        end=end,
        quarters=quarters(reader_of(request).now.date()),
        kinds=zip((NAMES[one] for one in FINDINGS), kinds, strict=True) if kinds else (),
        moment=aware,
        purposes={pb.Purpose.Name(each).removeprefix("PURPOSE_"): word for each, word in PURPOSES.items()},
        trouble=trouble,
    )


async def some(services: Gateways, finding: str, begin: date, end: date) -> tuple[list[Row], bool]:
    """The first findings of a kind, and whether they are all."""
    rows: list[Row] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for row in found(services, finding, midnight(begin), midnight(end)):
                if len(rows) == MOST:
                    return rows, False
                rows.append(row)
    except TimeoutError:
        return rows, False
    return rows, True


async def download(request: Request) -> Response:
    """GET /consents/audit.csv: every finding of the period, as a file that no spreadsheet executes."""
    begin, end, trouble = period(request)
    if trouble:
        return await show(request)
    headers = {"content-disposition": f'attachment; filename="consents-{begin}-{end}.csv"'}
    body = lines(audit(gateways(request), midnight(begin), midnight(end)))
    return StreamingResponse(body, media_type="text/csv; charset=utf-8; header=present", headers=headers)


async def lines(rows: AsyncIterator[Row]) -> AsyncIterator[str]:
    """The file, finding by finding. Where one is refused on the way, its last line says that it is not whole."""
    yield "\ufeff" + export.written([COLUMNS])
    try:
        async for row in rows:
            yield export.written([row])
    except DomainError as error:
        yield export.cut_off(error)


def period(request: Request) -> tuple[date, date, str]:
    """First day and the day after the last, UTC, and what is wrong with them."""
    usual = quarters(reader_of(request).now.date())[1]
    try:
        begin, end = (
            date.fromisoformat(request.query_params.get(name) or str(day))
            for name, day in zip(("from", "to"), usual, strict=True)
        )
    except ValueError:
        return *usual, _("Two days, such as 2026-01-01 and 2026-04-01.")
    return begin, end, "" if begin < end else _("The period ends before it begins.")


def quarters(today: date) -> list[tuple[date, date]]:
    """The quarter of a day and the three before it, newest first."""
    begin = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    told = []
    for _each in range(4):
        told.append((begin, (begin + timedelta(days=93)).replace(day=1)))
        begin = (begin - timedelta(days=1)).replace(day=1)
        begin = begin.replace(month=(begin.month - 1) // 3 * 3 + 1)
    return told


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
