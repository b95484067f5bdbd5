"""Pages from templates: one Jinja environment that escapes everything, and what every page is given."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.console.http import consent, head, query, rows, sidepanel, words
from services.console.http.campaigns import numbers, wording
from services.console.http.guard import may
from services.console.http.language import LANGUAGE, LANGUAGES, N_, _, number, plural, reading, script_words
from services.console.http.phrases import Phrases
from services.console.http.times import Reader
from services.console.http.users import User

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"

EVERYONE = (
    ("/today", N_("Today")),
    ("/contacts", N_("Contacts")),
    ("/accounts", N_("Accounts")),
    ("/segments", N_("Segments")),
    ("/campaigns", N_("Campaigns")),
)
ADMIN = (
    ("/unlinked", N_("Unlinked")),
    ("/conflicts", N_("Conflicts")),
    ("/audit", N_("Audit")),
)
INBOX = (("/inbox", N_("Inbox")),)
TRACES = (("/traces", N_("Traces")),)
DUPLICATES = (("/duplicates", N_("Duplicates")),)


def navigation(request: Request, user: User) -> tuple[tuple[str, str], ...]:
    """The pages of the bar: the inbox only where there is one, duplicates for who may merge them."""
    places = EVERYONE + (DUPLICATES if may(user, "contact.contacts.merge") else ())
    return said(places + (INBOX if request.app.state.sandbox else ()))


def administration(request: Request, user: User) -> tuple[tuple[str, str], ...]:
    """The pages behind the bar's last word: for administrators; traces only where they are kept."""
    return said(ADMIN + (TRACES if request.app.state.traces else ())) if user.role == "admin" else ()


def said(places: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Places with their words in the reader's language."""
    return tuple((place, _(word)) for place, word in places)


def asset_urls() -> dict[str, str]:
    """Each static file under an address that changes with its content."""
    return {
        file.name: f"/static/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
        for file in STATIC.iterdir()
    }


def environment(language: str) -> Environment:
    """The templates in one language, with what they read beside the values of a page."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Phrases],
    )
    found.extend(language=language)
    found.globals.update(language=language, languages=LANGUAGES, script_words=script_words, plural=plural, _=str)
    found.filters["number"] = number
    found.globals.update(navigation=navigation, administration=administration, asset=asset_urls().__getitem__)
    found.globals.update(words=words, rows=rows)
    found.globals.update(head=head, sidepanel=sidepanel, consent=consent)
    found.globals.update(may=may, numbers=numbers, wording=wording, fresh=lambda: str(uuid4()))
    with reading(language):
        found.globals.update(
            channels=list(zip(query.CHANNELS, (word for word, _icon in words.CHANNELS.values()), strict=True)),
            classes=list(zip(query.CLASSES, words.CLASSES.values(), strict=True)),
            actors=list(zip(query.ACTORS, words.ACTORS.values(), strict=True)),
        )
    found.filters["id"] = last_part
    return found


def last_part(name: str) -> str:
    """The id at the end of a resource name."""
    return name.rpartition("/")[2]


def reader_of(request: Request) -> Reader:
    return Reader(request.state.session.time_zone, datetime.now(UTC))


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    state = request.app.state
    given = {
        "request": request,
        "user": request.state.user,
        "csrf": state.sessions.csrf(request.state.session),
        "at": values.pop("at", None) or reader_of(request),
        "find": "",
    }
    html = state.templates[LANGUAGE.get()].get_template(template).render(given | values)
    return HTMLResponse(html, status_code=status)
