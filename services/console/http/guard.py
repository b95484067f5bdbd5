"""What stands before every page: the session, the security headers, and the CSRF check of each POST."""

import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from chassis import telemetry
from chassis.auth import Permissions
from starlette.applications import Starlette
from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from services.console.gateways import ACTING, Acting, Gateways
from services.console.gateways.provider import ProviderAwayError
from services.console.http import language
from services.console.http.language import _
from services.console.http.logins import Logins
from services.console.http.session import COOKIE, HOST, LIFETIME, Session, Sessions, joined, pieces_of
from services.console.http.users import User

HEADERS = {
    # Own files only, nothing inline, nothing evaluated, no frame around us; inside us only frames of our own.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

# What other sites may frame: the panel reads one contact, and no cookie of ours says who is looking.
FRAMED = ("/embed/", "/panel/")
FRAMED_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'self'; frame-ancestors {ancestors}"
    ),
    "referrer-policy": "no-referrer",
}
ORIGIN = re.compile(r"https://[a-z0-9.*-]+(:\d+)?|http://(127\.0\.0\.1|localhost)(:\d+)?")

PERMISSIONS = Permissions.load()

Page = Callable[[Request], Awaitable[Response]]
FormPage = Callable[[Request, FormData], Awaitable[Response]]


class Guard:
    """ASGI middleware: puts session and user on the request, and the headers and cookie on the answer."""

    def __init__(
        self, app: Starlette, sessions: Sessions, logins: Logins, ancestors: str = "", *, is_https: bool
    ) -> None:
        self.inner = app
        self._is_https = is_https
        self._ancestors = ancestors_of(ancestors)
        self._sessions = sessions
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        scope["touchline.https"] = self._is_https
        request = Request(scope)
        with telemetry.http_span(scope["method"], context=telemetry.extract(request.headers)) as answering:
            trace = answering.told.span.get_span_context().trace_id
            request.state.trace = f"{trace:032x}" if trace else secrets.token_hex(16)
            await self._answer(request, receive, send, answering)

    async def _answer(self, request: Request, receive: Receive, send: Send, answering: telemetry.Answering) -> None:
        is_framed = request.url.path.startswith(FRAMED)
        found = None if is_framed else self._sessions.read(joined(request.cookies, cookie_name(request)))
        request.state.session = await self._current(request, found) or self._sessions.start()
        request.state.user = None if request.state.is_stale else self._logins.user_of(request.state.session)
        request.state.consent_events = {}  # by contact, as far as this page has asked for them
        act_for(request.state.user)
        chosen = "" if is_framed else request.cookies.get(language.COOKIE, "")
        language.LANGUAGE.set(language.wanted(chosen, request.headers.get("accept-language", "")))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                answering.responded(getattr(request.scope.get("route"), "path", ""), message["status"])
                self._dress(request, found, MutableHeaders(scope=message))
            await send(message)

        await self.inner(request.scope, receive, answer)

    async def _current(self, request: Request, found: Session | None) -> Session | None:
        """The session with tokens that go on; one that the provider could not renew is stale, and kept for later."""
        request.state.is_stale = False
        if found is None or request.url.path.startswith("/static/"):
            return found
        try:
            return await self._logins.renewed(found)
        except ProviderAwayError:
            request.state.is_stale = True
            return found

    def _dress(self, request: Request, found: Session | None, headers: MutableHeaders) -> None:
        is_framed = request.url.path.startswith(FRAMED)
        if is_framed:
            for name, value in FRAMED_HEADERS.items():
                headers.setdefault(name, value.format(ancestors=self._ancestors))
        for name, value in HEADERS.items():
            headers.setdefault(name, value)  # a framed mail brings a policy of its own, narrower for scripts
        if request.url.path.startswith("/static/"):
            return
        headers["cache-control"] = "no-store"
        if request.state.session is not found and not is_framed:
            written = self._sessions.write(request.state.session)
            for name, text in pieces_of(written, cookie_name(request), request.cookies).items():
                age = f"Max-Age={LIFETIME if text else 0}{'; Secure' if is_secure(request) else ''}"
                headers.append("set-cookie", f"{name}={text}; Path=/; HttpOnly; SameSite=Lax; {age}")


def is_secure(request: Request) -> bool:
    """Whether browsers come over https: the request says so, or, behind a proxy, the console's own address."""
    return request.url.scheme == "https" or bool(request.scope.get("touchline.https"))


def cookie_name(request: Request) -> str:
    return f"{HOST if is_secure(request) else ''}{COOKIE}"


def ancestors_of(setting: str) -> str:
    """The origins of TOUCHLINE_EMBED_ANCESTORS as the policy names them; refuses what is no origin of https."""
    origins = setting.split()
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"TOUCHLINE_EMBED_ANCESTORS: {origin!r} is no origin such as https://crm.example")
    return " ".join(origins) or "'none'"


def act_for(user: User | None) -> None:
    """From here on this request's calls are made for that person, and for nobody where nobody has logged in."""
    if user is not None:
        ACTING.set(
            Acting(
                f"users/{user.id}",
                user.name,
                user.roles,
                f"teams/{user.team}" if user.team else "",
                user.email,
                user.token,
            )
        )


def gateways(request: Request) -> Gateways:
    """The four services, called for who looks."""
    found: Gateways = request.app.state.gateways
    return found


def signed_in(page: Page) -> Page:
    """A page for people who have logged in; others are sent to the login page."""

    async def guarded(request: Request) -> Response:
        if request.state.is_stale:
            raise ProviderAwayError
        if request.state.user is None:
            return RedirectResponse(login_address(request), status_code=303)
        return await page(request)

    return guarded


def login_address(request: Request) -> str:
    """The login page; who followed a link comes back to it, where one click does not end in somebody else's window."""
    path = request.url.path
    if request.app.state.provider is not None and request.method == "GET" and path != "/":
        path = f"{path}?{request.url.query}" if request.url.query else path
        return f"/login?{urlencode({'next': path})}"
    return f"/login?{urlencode({'next': path})}" if path.startswith("/go/") else "/login"


def allowed(page: Page, needs: str) -> Page:
    """A page for roles that have the permission; the services would refuse the others too, but later."""
    if not needs:
        return page

    async def guarded(request: Request) -> Response:
        if not may(user_of(request), needs):
            raise HTTPException(403)
        return await page(request)

    return guarded


def may(user: User, permission: str) -> bool:
    """Whether a role of that person has a permission: what it has not, no page offers."""
    return PERMISSIONS.allows(frozenset(user.roles), permission)


def get(path: str, page: Page, *, public: bool = False, needs: str = "") -> Route:
    return Route(path, page if public else signed_in(allowed(page, needs)), methods=["GET"])


def post(path: str, page: FormPage, *, public: bool = False, needs: str = "", most_fields: int = 50) -> Route:
    """The only way to route a POST: no form is read before its CSRF token was checked."""

    async def checked(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=most_fields)
        sessions: Sessions = request.app.state.sessions
        if not sessions.is_ours(request.state.session, str(form.get("csrf", ""))):
            raise HTTPException(
                403, _("This form was drawn for another session. Go back, reload the page and try again.")
            )
        return await page(request, form)

    return Route(path, checked if public else signed_in(allowed(checked, needs)), methods=["POST"])


def user_of(request: Request) -> User:
    user: User = request.state.user
    return user
