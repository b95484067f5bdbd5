"""What came by a table: which one, when it came, and what became of its rows."""

import asyncio
from collections.abc import Iterable

from chassis.errors import NotFound
from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http.contact import owner_name
from services.console.http.fields import field_label
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token
from services.console.http.names import checked, part
from services.console.http.render import page, reader_of

PREFIX = "imports/"
LINES = 50
REASONS = sayings(
    {
        "NO_IDENTIFIER": "nothing in it says who it is",
        "INVALID_EMAIL": "this is no e-mail address",
        "INVALID_PHONE": "this is no telephone number",
        "INVALID_VALUE": "a value does not fit here",
        "RAGGED_ROW": "it has not as many values as there are columns",
        "WRONG_ENCODING": "it is not written in UTF-8",
        "AMBIGUOUS": "it may be several people",
        "INVALID_ATTRIBUTE": "a value does not fit its attribute",
        "ERASED": "who it is about was erased",
        "MASKED_VALUE": "it has the dots of a mask where a value belongs",
    }
)


async def titles(request: Request, sources: Iterable[str]) -> dict[str, str]:
    """What each table among these sources is called, by its name; those that are not kept any more are left out."""
    named = {source for source in sources if source.startswith(PREFIX)}
    found = await asyncio.gather(*(_title(request, name) for name in named))
    return {name: title for name, title in found if title}


async def _title(request: Request, name: str) -> tuple[str, str]:
    try:
        found = await gateways(request).contact.GetImport(pb.GetImportRequest(name=checked(name)))
    except NotFound:
        return name, ""
    return name, found.display_name or _("a table without a name")


async def show(request: Request) -> Response:
    """GET /imports/{id}: the table, how its columns were read, and the rows that were refused."""
    name = part(request, "imports", "import")
    listed = pb.ListImportRowReportsRequest(
        parent=name, refused_only=True, page_size=LINES, page_token=page_token(request)
    )
    table, reports = await asyncio.gather(
        gateways(request).contact.GetImport(pb.GetImportRequest(name=name)),
        gateways(request).contact.ListImportRowReports(listed),
    )
    return page(
        request,
        "records/import.html",
        at=reader_of(request),
        table=table,
        columns=[(column, target(table.mapping[column])) for column in table.columns],
        owner=owner_name(request, table.owner),
        refused=reports.row_reports,
        reasons=REASONS,
        next_page=reports.next_page_token,
    )


def target(name: str) -> str:
    """What a column was read as, as a person says it; empty for a column that was left out."""
    match name.partition(".")[0].partition(":")[0]:
        case "-" | "":
            return ""
        case "consent":
            return _("Consent")
        case "opt_out":
            return _("Opt-out")
        case "email" | "phone" | "crm":
            return field_label(f"identifiers.{name}")
    return field_label(name)
