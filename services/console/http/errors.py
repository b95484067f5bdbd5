"""What a reader sees when something is missing, refused, away or broken: what to do now, and the trace id."""

from http import HTTPStatus

from chassis import telemetry
from chassis.errors import DomainError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.console.gateways import BrokenError
from services.console.http.guard import FRAMED
from services.console.http.language import sayings
from services.console.http.refusals import refusal
from services.console.http.render import page

LOG = telemetry.logger(__name__)
STATUS = {
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "FAILED_PRECONDITION": 409,
    "ABORTED": 409,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 503,
    "UNAVAILABLE": 503,
}
ADVICE = sayings(
    {
        400: ("That does not work", "Check what you entered, or the address of this page."),
        401: ("Please log in again", "Your session has ended."),
        403: ("Not for your role", "Ask a colleague whose role allows this."),
        404: ("Nothing is here", "It never was, it is gone, or it is not yours to see."),
        405: ("That does not work", "This address does not take what was sent to it."),
        409: ("Somebody was faster", "Load the page again and repeat what you wanted to do."),
        503: ("A part of Touchline does not answer", "Nothing is lost. Try again in a moment."),
        502: ("A part of Touchline broke", "It is logged there. Tell whoever runs Touchline the trace id below."),
        500: ("Something broke here", "It is logged. Tell whoever runs Touchline the trace id below."),
    }
)


def answer(request: Request, status: int, detail: str = "") -> Response:
    heading, advice = ADVICE.get(status, (HTTPStatus(status).phrase, ""))
    return told(request, status, heading, detail or advice)


def told(request: Request, status: int, heading: str, advice: str) -> Response:
    """The page of something that did not work; in a CRM's frame without the console's bar."""
    found = page(
        request,
        "panel/error.html" if request.url.path.startswith(FRAMED) else "session/error.html",
        status=status,
        code=status,
        heading=heading,
        advice=advice,
        trace=request.state.trace,
    )
    if status == 503:
        found.headers["retry-after"] = "2"
    return found


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    return answer(request, error.status_code, said)


async def on_domain(request: Request, error: Exception) -> Response:
    """Texts of our own errors carry no personal data, so a reader may see why a request was refused."""
    assert isinstance(error, DomainError)
    status = 502 if isinstance(error, BrokenError) else STATUS.get(error.kind, 500)
    return answer(request, status, refusal(error.message) if status in {400, 409} else "")


async def on_gone(request: Request, error: Exception) -> Response:
    """Who left before the whole of a form had come, as a script does that asks anew, reads no answer."""
    return Response(status_code=400)


async def on_anything(request: Request, error: Exception) -> Response:
    LOG.error("page_broke", trace=request.state.trace, error=type(error).__name__)
    return answer(request, 500)
