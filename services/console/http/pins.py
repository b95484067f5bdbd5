"""Pins: what whoever opens a person should see first."""

from chassis.errors import DomainError, InvalidArgument
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Gateways
from services.console.http import forms, names
from services.console.http.language import _


async def pins_of(gateways: Gateways, contact: str) -> list[pb.Pins.Pin]:
    """What is pinned for a person; nothing where interaction does not answer."""
    try:
        return list((await gateways.interaction.GetPins(pb.GetPinsRequest(name=f"{contact}/pins"))).pins)
    except DomainError:
        return []


async def save(request: Request, form: FormData) -> Response:
    """Pins a touch, or takes its pin off."""
    contact, touch = names.part(request, "contacts", "contact"), str(form.get("touch", ""))
    request_id, how = str(form.get("request", "")), str(form.get("how", ""))
    if not forms.is_id(request_id) or not names.TOUCH.fullmatch(touch):
        raise InvalidArgument(_(forms.OLD_FORM))
    gateways: Gateways = request.app.state.gateways
    said = {"parent": contact, "touch": f"touches/{touch}", "request_id": request_id}
    if how == "pin":
        await gateways.interaction.PinTouch(pb.PinTouchRequest(**said))
    elif how == "unpin":
        await gateways.interaction.UnpinTouch(pb.UnpinTouchRequest(**said))
    else:
        raise HTTPException(404)
    return RedirectResponse(f"/{contact}", status_code=303)
