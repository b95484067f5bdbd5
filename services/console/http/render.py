"""Pages from templates: one Jinja environment that escapes everything, and what every page is given."""

import hashlib
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
from services.console.http.times import Reader
from services.console.http.users import User

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"

EVERYONE = (
    ("/today", "Today"),
    ("/contacts", "Contacts"),
    ("/accounts", "Accounts"),
    ("/segments", "Segments"),
    ("/campaigns", "Campaigns"),
)
ADMIN = (("/unlinked", "Unlinked"), ("/conflicts", "Conflicts"), ("/erasures", "Erasures"))


INBOX = (("/inbox", "Inbox"),)
DUPLICATES = (("/duplicates", "Duplicates"),)


def navigation(request: Request, user: User) -> tuple[tuple[str, str], ...]:
    """The pages of the bar: the sandbox's inbox only where there is a sandbox, duplicates for who may merge them."""
    places = EVERYONE + (DUPLICATES if may(user, "contact.contacts.merge") else ())
    places += INBOX if request.app.state.sandbox else ()
    return places + ADMIN if user.role == "admin" else places


def asset_urls() -> dict[str, str]:
    """Each static file under an address that changes with its content."""
    return {
        file.name: f"/static/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
        for file in STATIC.iterdir()
    }


def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(navigation=navigation, asset=asset_urls().__getitem__, words=words, rows=rows)
    found.globals.update(head=head, sidepanel=sidepanel, consent=consent)
    found.globals.update(may=may, numbers=numbers, wording=wording, fresh=lambda: str(uuid4()))
    found.globals.update(
        channels=list(zip(query.CHANNELS, (word for word, _ in words.CHANNELS.values()), strict=True)),
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
    html = state.templates.get_template(template).render(given | values)
    return HTMLResponse(html, status_code=status)
