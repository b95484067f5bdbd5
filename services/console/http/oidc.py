"""Logging in at the OIDC provider and out again, and what a reader sees where that does not work.

A browser goes to the provider by links and redirects to GET, never by a form: a content security policy that lets
forms go to our own pages alone would stop it, and cannot know where the provider sends people on to.
"""

from contextlib import suppress
from dataclasses import asdict

from chassis import telemetry
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.console.gateways.provider import Attempt, Granted, LogInRefusedError, Provider, ProviderAwayError
from services.console.http import errors
from services.console.http.guard import is_secure
from services.console.http.language import sayings
from services.console.http.login import AFTER_LOGIN, OURS
from services.console.http.logins import held_of, roles_of, user_id
from services.console.http.render import page
from services.console.http.session import PIECE, SealedSessions
from services.console.http.times import zone

LOG = telemetry.logger(__name__)
ATTEMPT_SECONDS = 600
HINT, HINT_SECONDS = "touchline_hint", 12 * 3600
LONGEST_NEXT, LONGEST_ANSWER = 1_000, 4_000
PROBLEMS = sayings(
    {
        "away": (
            "Your identity provider does not answer",
            "Nobody can log in until it does; who is logged in works on. Try again in a moment.",
        ),
        "refused": (
            "Your identity provider did not let you in",
            "It may not know you for Touchline, or you cancelled. Try again, or ask whoever runs it.",
        ),
        "role": (
            "You have no role here",
            "Your identity provider knows you, but names no role of Touchline for you. Ask whoever gives them.",
        ),
        "clock": (
            "Two clocks differ",
            "The clocks of Touchline and your identity provider are too far apart. Tell whoever runs Touchline.",
        ),
        "cookie": (
            "This log-in was not begun here",
            "It is older than ten minutes, from another window, or cookies are blocked. Allow them and log in again.",
        ),
        "answer": (
            "This answer is not from your identity provider",
            "Somebody may have led you here. Nothing happened; log in again from our own page.",
        ),
        "token": (
            "What your identity provider said cannot be believed",
            "Nothing happened. It is logged; tell whoever runs Touchline the trace id below.",
        ),
    }
)
STATUS = {"away": 503, "cookie": 400, "answer": 400, "token": 502, "clock": 502}


async def show(request: Request) -> Response:
    """GET /login: one link to the provider."""
    if request.state.user is not None:
        return RedirectResponse("/", status_code=303)
    return page(request, "session/provider.html", wanted=ours(request.query_params.get("next", "")), is_out=False)


async def begin(request: Request) -> Response:
    """GET /login/go: off to the provider, with a cookie that knows the answer when it comes."""
    told = request.query_params
    attempt = Attempt(ours(told.get("next", "")), zone(told.get("time_zone", "UTC")[:64]).key)
    answer = RedirectResponse(await provider_of(request).address(attempt), status_code=303)
    sealed = sessions_of(request).seal("attempt", asdict(attempt))
    keep(request, answer, attempt_cookie(attempt.state), sealed, path="/login/callback", seconds=ATTEMPT_SECONDS)
    return answer


async def finish(request: Request) -> Response:
    """GET /login/callback: back from the provider."""
    told = {name: value[:LONGEST_ANSWER] for name, value in request.query_params.items()}
    cookie = attempt_cookie(told.get("state", ""))
    kept = sessions_of(request).unseal("attempt", request.cookies.get(cookie, ""), ATTEMPT_SECONDS)
    if kept is None:
        return problem(request, "cookie", "attempt-unknown")
    try:
        granted = await provider_of(request).finish(Attempt(**kept), told)
        answer = enter(request, Attempt(**kept), granted)
    except LogInRefusedError as error:
        answer = problem(request, error.why, error.detail)
    except ProviderAwayError:
        answer = problem(request, "away", "")
    keep(request, answer, cookie, "", path="/login/callback", seconds=0)
    return answer


def enter(request: Request, attempt: Attempt, granted: Granted) -> Response:
    """A new session for who has come; refuses who has no role. The old session's id is worth nothing any more."""
    if not (roles := roles_of(granted.caller)):
        raise LogInRefusedError("role")
    sessions = sessions_of(request)
    request.state.session = sessions.grant(user_id(granted.caller), attempt.time_zone, held_of(granted))
    answer = RedirectResponse(attempt.next or AFTER_LOGIN.get(roles[0], "/contacts"), status_code=303)
    hint = sessions.seal("hint", granted.id_token)
    if len(hint) <= PIECE:
        keep(request, answer, HINT, hint, path="/logout", seconds=HINT_SECONDS)
    return answer


async def log_out(request: Request, form: FormData) -> Response:
    """POST /logout: ends this session and its refresh token, then the one at the provider."""
    held = request.state.session.held
    request.state.session = sessions_of(request).start()
    if held and held.refresh:
        with suppress(ProviderAwayError):
            await provider_of(request).revoke(held.refresh)
    return RedirectResponse("/logout/done?provider=1", status_code=303)


async def leave(request: Request) -> Response:
    """GET /logout/provider: off to the provider's own log-out; only for who has logged out here."""
    if request.state.user is not None:
        return RedirectResponse("/", status_code=303)
    id_token = sessions_of(request).unseal("hint", request.cookies.get(HINT, ""), HINT_SECONDS) or ""
    answer = RedirectResponse(await provider_of(request).log_out_address(id_token) or "/logout/done", status_code=303)
    keep(request, answer, HINT, "", path="/logout", seconds=0)
    return answer


async def show_done(request: Request) -> Response:
    """GET /logout/done: out. With `provider` the browser goes on to the provider by itself."""
    if request.state.user is not None:
        return RedirectResponse("/", status_code=303)
    goes_on = request.query_params.get("provider") == "1"
    return page(request, "session/provider.html", wanted="", is_out=True, goes_on=goes_on)


async def on_away(request: Request, error: Exception) -> Response:
    return problem(request, "away", str(error))


def problem(request: Request, why: str, detail: str) -> Response:
    """The page that says why nobody was logged in, and what to do."""
    LOG.warning("login.refused", why=why, detail=detail, trace=request.state.trace)
    heading, advice = PROBLEMS[why]
    return errors.told(request, STATUS.get(why, 403), heading, advice)


def ours(path: str) -> str:
    """An address to go on to, where it is a page of ours; empty for anything else."""
    is_ours = OURS.fullmatch(path) and len(path) <= LONGEST_NEXT
    return path if is_ours and not path.startswith(("/login", "/logout")) else ""


def attempt_cookie(state: str) -> str:
    """Each attempt has a cookie of its own, so that two windows do not disturb each other."""
    return f"touchline_login_{''.join(filter(str.isalnum, state[:12].encode('ascii', 'ignore').decode()))}"


def keep(request: Request, answer: Response, name: str, value: str, *, path: str, seconds: int) -> None:
    """A cookie for one place, or its end."""
    answer.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=is_secure(request))


def provider_of(request: Request) -> Provider:
    found: Provider = request.app.state.provider
    return found


def sessions_of(request: Request) -> SealedSessions:
    found: SealedSessions = request.app.state.sessions
    return found
