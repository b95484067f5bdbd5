"""Which language a reader reads: every text of ours, every number and day in it, from one catalogue (gettext).

The English text is the name under which its translation stands in `locale/{language}.po`. Who looks chose a language by
the switch (a cookie), else by the browser. What other people and services wrote is shown as it was written.
"""

import gettext
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = {"en": "English", "de": "Deutsch"}
ENGLISH = "en"
COOKIE = "touchline_language"
TITLE = "title of a touch"  # the context of such texts in the catalogue; each is named by its type
MOST_WISHES = 20
LANGUAGE: ContextVar[str] = ContextVar("touchline_console_language", default=ENGLISH)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of a language; English is what stands in the code."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (LOCALE / f"{language}.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(text: str, /, **values: object) -> str:
    """A text of ours in the reader's language, `{name}` replaced by the value of that name."""
    found = catalogue(LANGUAGE.get()).gettext(text)
    return found.format(**values) if values else found


def title_template(kind: str) -> str:
    """How a touch of a type is said in the reader's language, with the places of its own template; empty where not."""
    found = catalogue(LANGUAGE.get()).pgettext(TITLE, kind)
    return "" if found == kind else found


def plural(count: int, one: str, many: str, /, **values: object) -> str:
    """One of two texts by a number, which is `{n}` in it."""
    return catalogue(LANGUAGE.get()).ngettext(one, many, count).format(n=number(count), **values)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text that is said later, by `_`."""
    return text


class Said(dict[Any, Any]):
    """A table of texts of ours, each in the reader's language; of a tuple the first, and what has several words."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, tuple):
            return tuple(_(one) if place == 0 or " " in one else one for place, one in enumerate(found))
        return _(found)

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def values(self) -> list[Any]:  # type: ignore[override]
        return [self[key] for key in self]

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        return [(key, self[key]) for key in self]


def sayings(table: Mapping[Any, Any]) -> Said:
    """A table whose texts belong into the catalogue."""
    return Said(table)


SCRIPTS = (
    N_("{n} new, show"),
    N_("Changed, show"),
    N_("1 new touch"),
    N_("Alerts"),
    N_("Alerts: {n} not seen"),
    N_("{n} new touches"),
    N_("The timeline is up to date."),
    N_("Earlier touches added below."),
    N_("The console does not answer. Try again in a moment."),
    N_("Copied"),
    N_("Selected: press Ctrl+C"),
    N_("Out of date: reload the record"),
)


def script_words() -> dict[str, str]:
    """What the scripts say, by its English."""
    return {text: _(text) for text in SCRIPTS}


def inside(word: str) -> str:
    """A word of ours inside of a sentence; a German noun keeps its capital."""
    return word.lower() if LANGUAGE.get() == ENGLISH else word


def number(value: float, pattern: str | None = None) -> str:
    """A number as the reader writes it: 1,234.5 or 1.234,5."""
    return format_decimal(value, pattern, locale=LANGUAGE.get())


def moment(value: date | datetime, pattern: str) -> str:
    """A day or moment by a pattern of Unicode TR 35, `EEEE d MMMM`; the pattern itself belongs into the catalogue."""
    return format_datetime(value, pattern, locale=LANGUAGE.get())


def wanted(cookie: str, accepted: str) -> str:
    """The language of a reader: the one chosen by the switch, else the first of the browser's that there is."""
    if cookie in LANGUAGES:
        return cookie
    wishes = [wish.partition(";") for wish in accepted.split(",")[:MOST_WISHES]]
    ranked = sorted(wishes, key=lambda wish: -weight(wish[2]))
    names = (wish[0].strip().lower().partition("-")[0] for wish in ranked if weight(wish[2]) > 0)
    return next((name for name in names if name in LANGUAGES), ENGLISH)


def weight(parameter: str) -> float:
    """`q=0.8` of Accept-Language; one that cannot be read counts for nothing."""
    name, _equals, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name == "q" else 0.0
    except ValueError:
        return 0.0


@contextmanager
def reading(language: str) -> Iterator[None]:
    """Everything inside is said in that language."""
    token = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)
