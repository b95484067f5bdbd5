"""The console inside the CRM: /go opens the person of a CRM record, /embed shows the timeline in a frame of the CRM's.

The CRM's server signs a launch token for a colleague and a record; it is good for a minute and becomes a panel of an
hour, which lies in the address, not in a cookie: the browser gives no cookie to a frame on somebody else's page. The
panel reads one contact and changes nothing, so there is nothing that a foreign page could make a colleague click.
"""

import asyncio
from dataclasses import replace

from chassis.errors import DomainError, InvalidArgument
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import coming, live, timeline
from services.console.http.contact import consents_of, head_of
from services.console.http.guard import act_for, gateways
from services.console.http.language import N_, _
from services.console.http.launch import LaunchKeys, LaunchRefusedError
from services.console.http.logins import Logins
from services.console.http.render import page, reader_of
from services.console.http.session import Sessions
from services.console.http.times import zone

OLD_LAUNCH = N_("This frame was opened more than a minute ago, or not by your CRM. Reload the record there.")
OLD_PANEL = N_("This panel is out of date. Reload the record in your CRM.")


async def go(request: Request) -> Response:
    """GET /go/{system}/{external id}: the page of the person whom the CRM knows by that id."""
    return RedirectResponse(f"/{await contact_of(request)}", status_code=303)


async def contact_of(request: Request) -> str:
    """The contact of a CRM's record, for who looks; a 404 where there is none, or it is not theirs to see."""
    system, external = request.path_params["system"], request.path_params["external"]
    known = contact_pb2.Identifier(kind=f"crm:{system}", value=external)
    query = contact_pb2.ResolveIdentifiersRequest.Query(identifier=known)
    wish = contact_pb2.ResolveIdentifiersRequest(queries=[query])
    try:
        found = (await gateways(request).contact.ResolveIdentifiers(wish)).resolutions[0].contacts
    except InvalidArgument:  # no system, or no id, that there can be
        raise HTTPException(404) from None
    if not found:
        raise HTTPException(404)
    return str(found[0])


async def launch(request: Request) -> Response:
    """GET /embed/{system}/{external id}?launch=…: a signed launch becomes a panel."""
    system, external = request.path_params["system"], request.path_params["external"]
    keys: LaunchKeys = request.app.state.launch_keys
    try:
        found = keys.read(request.query_params.get("launch", ""), system, external)
    except LaunchRefusedError:
        raise HTTPException(403, _(OLD_LAUNCH)) from None
    vouched = logins(request).vouched(found)
    if vouched is None:
        raise HTTPException(403, _("Nobody here is known by the name that your CRM gave."))
    user, held = vouched
    act_for(user)
    request.state.user = user
    sessions: Sessions = request.app.state.sessions
    contact = await contact_of(request)
    session = sessions.open_panel(user.id, contact, zone(found.time_zone).key, held)
    return RedirectResponse(f"/panel/{sessions.write(session)}", status_code=303)


async def show(request: Request) -> Response:
    """GET /panel/{token}: the timeline of the one contact, with what the brief says above it."""
    contact_name = enter(request)
    at = reader_of(request)
    contact, brief, view, consents, outlook = await asyncio.gather(
        gateways(request).contact.GetContact(contact_pb2.GetContactRequest(name=contact_name)),
        brief_of(request, contact_name),
        timeline.view(request, contact_name, at),
        consents_of(request, contact_name),
        coming.read(request, contact_name),
    )
    here = f"/panel/{request.path_params['token']}"
    if view.starts_again:
        return RedirectResponse(f"{here}?{view.query.address()}", status_code=303)
    view = replace(view, side=None)
    facts = await head_of(request, contact, view, consents, outlook)
    shown = {"contact": contact, "brief": brief, "view": view, "here": here, "kinds": pb.TouchBrief}
    shown["facts_of_head"] = facts
    return page(request, "panel/show.html", at=at, **shown)


async def events(request: Request) -> Response:
    """GET /panel/{token}/events: what arrives, as on the contact's own page."""
    contact = enter(request)
    request.scope["path_params"]["contact"] = contact.rpartition("/")[2]
    return await live.events(request)


def enter(request: Request) -> str:
    """Whose panel it is; from here on the request's calls are made for the colleague whom the CRM vouched for."""
    sessions: Sessions = request.app.state.sessions
    session = sessions.read_panel(request.path_params["token"])
    user = logins(request).user_of(session) if session else None
    if session is None or user is None:
        raise HTTPException(403, _(OLD_PANEL))
    request.state.session, request.state.user = session, user
    act_for(user)
    return session.panel


def logins(request: Request) -> Logins:
    found: Logins = request.app.state.logins
    return found


async def brief_of(request: Request, contact: str) -> pb.TouchBrief | None:
    """The brief; None where interaction does not answer, which the timeline says too."""
    try:
        found: pb.TouchBrief = await gateways(request).interaction.GetTouchBrief(
            pb.GetTouchBriefRequest(name=f"{contact}/touchBrief")
        )
    except DomainError:
        return None
    return found
