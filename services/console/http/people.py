"""Names for ids: whom a list of contacts is about, as far as the reader may know."""

from collections.abc import Iterable

from chassis.errors import DomainError
from starlette.requests import Request
from touchline.contact.v1 import contact_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import query
from services.console.http.language import _

MOST_FOUND = 8
MOST_AT_ONCE = 100


async def names(request: Request, contacts: Iterable[str]) -> dict[str, str]:
    """Display names by contact; where contact does not answer, the list stands without names."""
    wanted = [name for name in dict.fromkeys(contacts) if name]
    gateways: Gateways = request.app.state.gateways
    found: dict[str, str] = {}
    try:
        for start in range(0, len(wanted), MOST_AT_ONCE):
            asked = wanted[start : start + MOST_AT_ONCE]
            answer = (await gateways.contact.BatchGetContacts(pb.BatchGetContactsRequest(names=asked))).contacts
            found |= {name: one.display_name for name, one in zip(asked, answer, strict=True)}
    except DomainError:
        pass
    return {name: found.get(name) or _("Somebody") for name in wanted}


async def find(request: Request, text: str) -> list[pb.Contact]:
    """The first few people that a text finds; nobody for no text."""
    text = query.short(text.replace("\0", "").strip())
    if not text:
        return []
    gateways: Gateways = request.app.state.gateways
    wish = pb.ListContactsRequest(query=text, page_size=MOST_FOUND)
    return list((await gateways.contact.ListContacts(wish)).contacts)
