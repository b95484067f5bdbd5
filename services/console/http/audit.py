"""The audit log as whoever runs the installation searches it."""

from chassis.errors import InvalidArgument
from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http.forms import sentence
from services.console.http.guard import gateways
from services.console.http.language import sayings
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of

LINES = 50
ACTIONS = sayings(
    {
        "contact.reveal": "saw what is masked of",
        "contact.export": "exported",
        "contact.erase": "erased",
        "contact.purge": "erased, as the time to undelete was over,",
        "contact.restrict": "restricted",
        "contact.lift_restriction": "lifted the restriction of",
        "contact.hold": "laid a hold on",
        "contact.release": "released the hold on",
        "suppression.lift": "lifted the suppression",
    }
)
FIELDS = ("actor", "action", "resource")


async def list_entries(request: Request) -> Response:
    """Who saw or did what; each field narrows it."""
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in FIELDS}
    told = [f'{name} = "{quoted(value)}"' for name, value in asked.items() if value]
    wish = pb.ListAuditEntriesRequest(page_size=LINES, filter=" AND ".join(told), page_token=page_token(request))
    trouble, answer = "", pb.ListAuditEntriesResponse()
    try:
        answer = await gateways(request).contact.ListAuditEntries(wish)
    except InvalidArgument as error:
        trouble = sentence(error.message)
    return page(
        request,
        "admin/audit.html",
        at=reader_of(request),
        entries=answer.audit_entries,
        asked=asked,
        actions=ACTIONS,
        trouble=trouble,
        next_page=answer.next_page_token,
    )


def quoted(text: str) -> str:
    """A text inside the quotes of a filter."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
