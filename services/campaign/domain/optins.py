"""The mail that asks somebody to confirm a consent: what it says in each language, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape
from uuid import UUID

LEASE = timedelta(seconds=60)  # after so long a lost sender's mails are free
PAUSE = timedelta(seconds=30)  # while no sender is verified, no key can be read
SOON = timedelta(seconds=5)  # while contact is away
SHORTEST = timedelta(seconds=1)
AT_ONCE = 20


class OptInMailState(StrEnum):
    """Where a mail is in its life."""

    WAITING = "WAITING"
    HANDED_OVER = "HANDED_OVER"
    FAILED = "FAILED"
    DROPPED = "DROPPED"  # of no use any more: confirmed, refused, run out or erased meanwhile


@dataclass(frozen=True, slots=True)
class OptInMail:
    """A mail whose turn it is: the request, its number among that one's mails, and its own id."""

    opt_in: UUID
    number: int
    message: UUID
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What contact says of a request: `is_waiting` is false once it needs no mail; `sender` is an id or None."""

    is_waiting: bool
    state: str
    address: str
    subject: bytes
    purpose: str
    topic: str
    language: str
    sender: UUID | None


@dataclass(frozen=True, kw_only=True)
class OptInMailed:
    """A mail that asks for a confirmation was handed over, or (with a reason) will never be."""

    mail: OptInMail
    address: str
    topic: str
    subject_line: str
    time: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `{what}`, `{who}`, `{link}` and `{leave}` are put in."""

    subject: str
    every: str
    about: str
    text: str
    lead: str
    button: str
    rest: str


ENGLISH = Words(
    subject="Please confirm: {what} from {who}",
    every="our e-mails",
    about="“{topic}”",
    text="""Hello,

somebody, probably you, asked {who} to send {what} to this address.
If that is right, open this page and press its button. It holds for seven days and works once:

    {link}

If you know nothing of it, do nothing: without your confirmation nothing is sent.
To end the request at once: {leave}

{who}
""",
    lead="Somebody, probably you, asked {who} to send {what} to this address. If that is right, please confirm it.",
    button="Go to the confirmation",
    rest="The page holds for seven days and works once. If you know nothing of this, do nothing: without your "
    "confirmation nothing is sent.",
)
GERMAN = Words(
    subject="Bitte bestätigen: {what} von {who}",
    every="unsere E-Mails",
    about="„{topic}“",
    text="""Guten Tag,

jemand, vermutlich Sie selbst, hat {who} gebeten, {what} an diese Adresse zu senden.
Wenn das stimmt, öffnen Sie bitte diese Seite und drücken dort den Knopf. Sie gilt sieben Tage und wirkt einmal:

    {link}

Wenn Sie davon nichts wissen, brauchen Sie nichts zu tun: Ohne Ihre Bestätigung wird nichts gesendet.
Um die Anfrage sofort zu beenden: {leave}

{who}
""",
    lead="Jemand, vermutlich Sie selbst, hat {who} gebeten, {what} an diese Adresse zu senden. Wenn das stimmt, "
    "bestätigen Sie es bitte.",
    button="Zur Bestätigung",
    rest="Die Seite gilt sieben Tage und wirkt einmal. Wenn Sie davon nichts wissen, brauchen Sie nichts zu tun: Ohne "
    "Ihre Bestätigung wird nichts gesendet.",
)
LANGUAGES = {"en": ENGLISH, "de": GERMAN}
END = {"en": "End the request", "de": "Anfrage beenden"}


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of the mail."""

    subject_line: str
    text: str
    html: str


def write(language: str, *, topic: str, who: str, link: str, leave: str) -> Written:
    """The mail in a language (English where there is no such), with the link that confirms and the one that ends."""
    code = language if language in LANGUAGES else "en"
    words = LANGUAGES[code]
    told = {"who": who, "link": link, "leave": leave}
    told["what"] = words.about.format(topic=topic) if topic else words.every
    safe = {name: escape(value) for name, value in told.items()}
    html = (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8"></head>\n'
        '<body style="font:16px/1.5 system-ui,sans-serif">\n'
        f"<p>{words.lead.format(**safe)}</p>\n"
        f'<p><a href="{safe["link"]}" style="display:inline-block;padding:10px 20px;border:2px solid #0645ad">'
        f"{words.button}</a></p>\n"
        f"<p>{words.rest}</p>\n"
        f'<p><a href="{safe["leave"]}">{END[code]}</a></p>\n<p>{safe["who"]}</p>\n</body></html>\n'
    )
    return Written(words.subject.format(**told), words.text.format(**told), html)
