"""What a person is reached and known by: since when and until when it is theirs, whether they have proven it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidArgument, NotFound
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.contact import label, name_of, owner_name
from services.console.http.guard import gateways
from services.console.http.language import _, sayings

MOST_LINKS = 1_000
HELD = (pb.IdentityLink.KIND_HOLDS, pb.IdentityLink.KIND_SHARED)
PROVABLE = ("email", "phone")
STATED = sayings(  # what stands there where nobody gave a reason
    {
        "added": "added by hand",
        "created": "created with the record",
        "shared": "shared by hand",
        "undeleted": "restored with the record",
        "import": "an import",
    }
)


@dataclass
class Line:
    """One identifier as it is shown; `since` is unset for always, `until` for still."""

    kind: str
    label: str
    value: str
    contact: str
    since: Any = None
    until: Any = None
    is_verified: bool = False
    is_shared: bool = False
    said: Any = None  # when, and by whom and with which words it was stated to be theirs
    actor: str = ""
    evidence: str = ""

    @property
    def is_provable(self) -> bool:
        """Whether somebody can say that they have proven it."""
        return self.until is None and self.kind in PROVABLE


async def lines(request: Request, contact: pb.Contact) -> list[Line]:
    """What a contact holds, the primary ones first, and what it held, for those who may see it."""
    wish = pb.ListIdentityLinksRequest(parent=contact.name, page_size=MOST_LINKS)
    links = (await gateways(request).contact.ListIdentityLinks(wish)).identity_links
    by_name = {link.name: link for link in links}
    held = []
    for each in contact.identifiers:
        line = Line(each.kind, label(each.kind), each.value, each.contact)
        line.is_verified, line.is_shared = each.verified, each.shared
        line.since, line.until = validity(by_name.get(each.link))
        held.append(stated(request, line, by_name.get(each.link)))
    shown = {each.link for each in contact.identifiers}
    for link in links if not contact.masked else ():
        if (
            not link.alias_of
            and link.name not in shown
            and link.kind in HELD
            and link.HasField("to_time")
            and is_believed(link)
        ):
            line = Line(link.identifier_kind, label(link.identifier_kind), link.identifier_value, link.contact)
            line.since, line.until = validity(link)
            held.append(stated(request, line, link))
    return held


def stated(request: Request, line: Line, link: pb.IdentityLink | None) -> Line:
    """With who said that it is theirs, when, and from where."""
    if link is not None:
        line.said, line.actor = link.asserted_time, owner_name(request, link.actor)
        line.evidence = STATED.get(link.evidence, link.evidence)
    return line


def is_believed(link: pb.IdentityLink) -> bool:
    return not link.HasField("retracted_time")


def validity(link: pb.IdentityLink | None) -> tuple[Any, Any]:
    if link is None:
        return None, None
    since = link.from_time if link.HasField("from_time") else None
    return since, link.to_time if link.HasField("to_time") else None


async def verify(request: Request, form: FormData) -> Response:
    """Notes that an address is proven to be theirs, or takes that back."""
    found = forms.read(form)
    if found.wrong:
        raise InvalidArgument(_(forms.OLD_FORM))
    wish = pb.VerifyIdentifierRequest(
        parent=name_of(request),
        identifier=pb.Identifier(kind=found["kind"], value=found["value"]),
        withdrawn=found["withdrawn"] == "yes",
        request_id=found["request"],
    )
    with suppress(
        NotFound
    ):  # it ended, or somebody took it away, since the page was drawn: the page shows what there is
        await gateways(request).contact.VerifyIdentifier(wish)
    return RedirectResponse(f"/{name_of(request)}/record", status_code=303)
