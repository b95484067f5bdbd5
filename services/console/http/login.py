"""Logging in and out: one click a person where the installation is for development."""

import re

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.console.http.guard import is_secure
from services.console.http.language import COOKIE, LANGUAGES, _
from services.console.http.render import page
from services.console.http.times import zone

LONGEST_NEXT, LONGEST_BACK = 400, 4_000
YEAR = 365 * 86_400
OURS = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")  # an address of ours, and no other server's
AFTER_LOGIN = {"rep": "/today", "marketer": "/contacts", "admin": "/contacts"}


async def show_login(request: Request) -> Response:
    if request.state.user is not None:
        return RedirectResponse("/", status_code=303)
    wanted = local(request.query_params.get("next", ""))
    return page(request, "session/login.html", people=list(request.app.state.users), wanted=wanted)


async def log_in(request: Request, form: FormData) -> Response:
    user = request.app.state.users.find(str(form.get("user", "")))
    if user is None:
        raise HTTPException(400, _("There is nobody of that name here."))
    time_zone = zone(str(form.get("time_zone", "UTC"))[:64]).key
    request.state.session = request.app.state.sessions.log_in(user.id, time_zone)
    wanted = local(str(form.get("next", "")))
    return RedirectResponse(wanted or AFTER_LOGIN.get(user.role, "/contacts"), status_code=303)


def local(path: str) -> str:
    """An address to go on to, where it is one of ours; empty for anything else."""
    return path if re.fullmatch(r"/go/[a-z0-9-]+/[^/\\]+", path) and len(path) <= LONGEST_NEXT else ""


async def choose_language(request: Request, form: FormData) -> Response:
    """Keeps the language that the reader chose, in a cookie, and shows the same page in it."""
    chosen = str(form.get("language", ""))
    if chosen not in LANGUAGES:
        raise HTTPException(400, _("There is no such language here."))
    back = str(form.get("back", ""))
    answer = RedirectResponse(back if OURS.fullmatch(back) and len(back) <= LONGEST_BACK else "/", status_code=303)
    answer.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="lax", secure=is_secure(request))
    return answer


async def log_out(request: Request, form: FormData) -> Response:
    """Ends every session of that person, not only the one of this browser."""
    sessions = request.app.state.sessions
    sessions.epochs.raise_for(request.state.session.user)
    request.state.session = sessions.start()
    return RedirectResponse("/login", status_code=303)


async def show_start(request: Request) -> Response:
    return RedirectResponse(AFTER_LOGIN.get(request.state.user.role, "/contacts"), status_code=303)
