"""Everything about a person as one archive, through the console to whoever asked for it."""

from collections.abc import AsyncIterator
from typing import Any

from chassis.errors import DomainError, PermissionDenied
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.contact import contact_of, name_of
from services.console.http.guard import gateways
from services.console.http.language import _
from services.console.http.render import page


async def draw(request: Request) -> Response:
    """Why everything about a person is taken along."""
    return await form_page(request, forms.drawn())


async def form_page(request: Request, form: forms.Form) -> Response:
    contact = await contact_of(request)
    return page(request, "records/export.html", status=form.status, form=form, contact=contact)


async def download(request: Request, form: FormData) -> Response:
    """The archive as it is made. The first piece is read before the answer begins, so that a refusal is a page."""
    found = forms.read(form, longest=500)
    if not found["reason"].strip():
        found.complain("reason", _("Say why: it stands in the audit log."))
    if found.wrong:
        return await form_page(request, found)
    wish = pb.ExportContactRequest(name=name_of(request), reason=found["reason"].strip())
    pieces = aiter(gateways(request).contact.ExportContact(wish))
    try:
        first = await anext(pieces)
    except PermissionDenied as error:
        forms.refuse(found, error, ("reason",))
        return await form_page(request, found)
    headers = {"content-disposition": f'attachment; filename="{name_of(request).replace("/", "-")}.zip"'}
    return StreamingResponse(written(first, pieces), media_type="application/zip", headers=headers)


async def written(first: Any, pieces: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """The archive's bytes; where it breaks off on the way, its end is missing, and no program opens it."""
    yield first.chunk
    try:
        async for piece in pieces:
            if piece.chunk:
                yield piece.chunk
    except DomainError:
        return
