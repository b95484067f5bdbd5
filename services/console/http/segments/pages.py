"""The pages about segments: the list, one segment with its people, and why somebody is or is not in it."""

from chassis.errors import FailedPrecondition, InvalidArgument, NotFound
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import forms, people
from services.console.http.language import _
from services.console.http.lists import page_token
from services.console.http.names import checked, contact_asked, contact_named, segment_of
from services.console.http.render import page, reader_of
from services.console.http.segments import listing, reasons, wording
from services.console.http.segments.wording import Line

LINES = 50
MEMBERS = 50


async def list_segments(request: Request) -> Response:
    wish = pb.ListSegmentsRequest(page_size=LINES, page_token=page_token(request))
    answer = await listing.stub(request).ListSegments(wish)
    return page(
        request,
        "segments/list.html",
        at=reader_of(request),
        segments=answer.segments,
        kinds=wording.KINDS,
        next_page=answer.next_page_token,
    )


async def show_segment(request: Request) -> Response:
    segment = await get(request)
    wish = pb.ListMembersRequest(parent=segment.name, page_size=MEMBERS, page_token=page_token(request))
    answer = await listing.stub(request).ListMembers(wish)
    return page(
        request,
        "segments/show.html",
        at=reader_of(request),
        segment=segment,
        kind=wording.KINDS.get(segment.kind, ""),
        rule=await rule_lines(request, segment),
        is_list=segment.kind != pb.Segment.KIND_RULE,
        is_building=segment.state == pb.Segment.STATE_BUILDING,
        has_failed=segment.state == pb.Segment.STATE_FAILED,
        members=answer.members,
        names=await people.names(request, (one.contact for one in answer.members)),
        causes=wording.CAUSES,
        next_page=answer.next_page_token,
        sought=request.query_params.get("find", ""),
        found=await people.find(request, request.query_params.get("find", "")),
        form=forms.drawn(),
    )


async def rule_lines(request: Request, segment: pb.Segment) -> Line | None:
    """The rule read aloud, with the names of the segments that it mentions."""
    if segment.kind != pb.Segment.KIND_RULE:
        return None
    at, first = reader_of(request), wording.lines(segment.rule, reader_of(request), {})
    named = {one.segment for one in flat(first) if one.segment}
    return wording.lines(segment.rule, at, await listing.names(request, named)) if named else first


def flat(line: Line) -> list[Line]:
    return [line, *(one for part in line.parts for one in flat(part))]


async def explain(request: Request) -> Response:
    """GET /segments/{id}/why?contact=…: each node of the rule with its answer."""
    segment = await get(request)
    contact = contact_asked(request)
    answer = None
    if contact:
        wish = pb.ExplainMembershipRequest(segment=segment.name, contact=contact)
        answer = await listing.stub(request).ExplainMembership(wish)
    sought = request.query_params.get("find", "")
    nodes = {one.path: one for one in answer.nodes} if answer else {}
    who = await person(request, contact) if contact else None
    return page(
        request,
        "segments/why.html",
        at=reader_of(request),
        segment=segment,
        rule=await rule_lines(request, segment),
        answer=answer,
        node_of=lambda line: nodes.get(line.path) or nodes.get(line.path.rpartition(".")[0]),
        reason=reasons.reason,
        contact=who,
        causes=wording.CAUSES,
        sought=sought,
        found=await people.find(request, sought),
    )


async def person(request: Request, contact: str) -> contact_pb2.Contact:
    """The contact asked for; one that contact does not know keeps its id."""
    gateways: Gateways = request.app.state.gateways
    try:
        found: contact_pb2.Contact = await gateways.contact.GetContact(contact_pb2.GetContactRequest(name=contact))
    except NotFound:
        return contact_pb2.Contact(name=contact, display_name=_("Somebody whom nobody knows"))
    return found


# ---- members of a list -------------------------------------------------------------------------------------------


async def add_member(request: Request, form: FormData) -> Response:
    name = segment_of(request)
    contact = contact_named(str(form.get("contact", "")))
    wish = pb.AddMembersRequest(name=name, contacts=[contact], request_id=id_of(form))
    await listing.stub(request).AddMembers(wish)
    return RedirectResponse(f"/{name}", status_code=303)


async def remove_member(request: Request, form: FormData) -> Response:
    name = segment_of(request)
    contact = contact_named(str(form.get("contact", "")))
    wish = pb.RemoveMembersRequest(name=name, contacts=[contact], request_id=id_of(form))
    await listing.stub(request).RemoveMembers(wish)
    return RedirectResponse(f"/{name}", status_code=303)


def id_of(form: FormData) -> str:
    text = str(form.get("request", ""))
    if not forms.is_id(text):
        raise InvalidArgument(_(forms.OLD_FORM))
    return text


# ---- the end of one ----------------------------------------------------------------------------------------------


async def draw_delete(request: Request) -> Response:
    return page(request, "segments/delete.html", segment=await get(request), form=forms.drawn(), named_by=None)


async def delete(request: Request, form: FormData) -> Response:
    """A second click finds nothing, which is what was wanted."""
    wish = pb.DeleteSegmentRequest(name=segment_of(request), request_id=id_of(form))
    try:
        await listing.stub(request).DeleteSegment(wish)
    except NotFound:
        pass
    except FailedPrecondition as error:
        other = error.metadata.get("segment", "")
        named = await listing.names(request, [checked(other)]) if other else {}
        segment, again = await get(request), forms.drawn()
        again.complain("form", _("The rule of another segment names this one: change that rule first."))
        return page(request, "segments/delete.html", status=409, segment=segment, form=again, named_by=named)
    return RedirectResponse("/segments", status_code=303)


async def get(request: Request) -> pb.Segment:
    found: pb.Segment = await listing.stub(request).GetSegment(pb.GetSegmentRequest(name=segment_of(request)))
    return found
