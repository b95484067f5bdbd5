"""The sandbox's mails, as the people who got them would see them; only where the installation is for development."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.console.gateways import Letter, Sandbox
from services.console.http import frames, query
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of

MAILS_ON_A_PAGE = 50
PARTS = ("html", "text", "headers")


async def list_mails(request: Request) -> Response:
    recipient = query.short(request.query_params.get("to", "").strip())
    token = page_token(request)
    found = await sandbox(request).page(recipient, MAILS_ON_A_PAGE, token if token.isdecimal() else "")
    return page(
        request,
        "inbox/list.html",
        at=reader_of(request),
        mails=found.mails if found else (),
        is_away=found is None,
        recipient=recipient,
        next_page=found.next_page if found else "",
    )


async def show_mail(request: Request) -> Response:
    mail = await read(request)
    wished = request.query_params.get("part", "")
    part = wished if wished in PARTS else ("html" if mail.html else "text")
    return page(
        request,
        "inbox/show.html",
        at=reader_of(request),
        mail=mail,
        part=part,
        width="narrow" if request.query_params.get("width") == "narrow" else "wide",
        sandbox=frames.SANDBOX,
    )


async def show_part(request: Request) -> Response:
    """GET /inbox/{mail}/html: what stands in the frame. Its pictures come from the tracking edge alone."""
    mail = await read(request)
    if request.path_params["part"] == "html":
        return frames.framed(mail.html, images=sandbox(request).edge)
    return frames.framed_text(mail.text)


async def read(request: Request) -> Letter:
    found = await sandbox(request).letter(request.path_params["mail"])
    if found is None:
        raise HTTPException(404)
    return found


def sandbox(request: Request) -> Sandbox:
    found: Sandbox | None = request.app.state.sandbox
    if found is None:
        raise HTTPException(404)
    return found
