"""The pages that people see who follow a link in a mail: plain, without scripts, readable by every program."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}button{font:inherit;padding:.6rem 1.2rem;margin:.4rem .4rem .4rem 0;cursor:pointer}
fieldset{border:1px solid #767676;border-radius:4px;margin:1rem 0}label{display:block;padding:.2rem 0}
a{color:#0645ad}:focus-visible{outline:3px solid #0645ad;outline-offset:2px}
@media(prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#8ab4f8}}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PURPOSES = {
    "MARKETING": "E-mails with offers and news",
    "TRACKING": "Measuring whether you open our e-mails and follow their links",
    "PROFILING": "Computing from what you do what may interest you",
    "ADVERTISING": "Showing you our adverts elsewhere",
}


@dataclass(frozen=True)
class Choice:
    """One row of the preference centre; `is_allowed` is None when nobody could be asked."""

    purpose: str
    topic: str
    is_allowed: bool | None

    @property
    def field(self) -> str:
        """The name of its form field."""
        return f"{self.purpose}/{self.topic}"

    @property
    def label(self) -> str:
        """What it is about, as text."""
        what = PURPOSES[self.purpose]
        return f"{what}: {self.topic}" if self.topic else f"{what}: all" if self.purpose == "MARKETING" else what


def page(title: str, *paragraphs: str) -> str:
    """A page of our own HTML; `title` is escaped here, paragraphs by whoever made them."""
    body = "\n".join(paragraphs)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )


def unsubscribe(topic: str, preferences: str, *, is_test: bool) -> str:
    """Says what will happen; nothing has."""
    what = f"e-mails about “{escape(topic)}”" if topic else "e-mails of this kind"
    return page(
        "Unsubscribe",
        TEST if is_test else "",
        f"<p>If you press the first button, we stop sending you {what}. Nothing changes until you press it.</p>",
        '<form method="post"><button name="scope" value="topic">Unsubscribe</button>'
        '<button name="scope" value="all">Unsubscribe from all our marketing e-mails</button></form>',
        f'<p><a href="{escape(preferences)}">Choose in detail what we may do</a></p>',
    )


def unsubscribed(topic: str, *, is_test: bool) -> str:
    """Says what happened."""
    if is_test:
        return page("This was a test mail", TEST)
    what = f"e-mails about “{escape(topic)}”" if topic else "marketing e-mails"
    return page("You are unsubscribed", f"<p>We will send you no more {what}. You need not do anything else.</p>")


def preferences(choices: Sequence[Choice], *, is_test: bool, is_known: bool) -> str:
    """The preference centre."""
    note = "" if is_known else "<p>We cannot show your present choices just now. What you choose here still counts.</p>"
    rows = "\n".join(map(_row, choices))
    return page(
        "Your preferences",
        TEST if is_test else "",
        "<p>This is about the e-mail address that our message was sent to. "
        "Nothing changes until you press the button.</p>",
        note,
        f'<form method="post">\n{rows}\n<button>Save these choices</button></form>',
    )


def saved(count: int, *, is_test: bool) -> str:
    """Says how many choices were taken."""
    if is_test:
        return page("This was a test mail", TEST)
    if not count:
        return page("Nothing changed", "<p>You made no choice that differs from what we knew.</p>")
    return page("Your choices are saved", "<p>They hold from now on. You need not do anything else.</p>")


def later() -> str:
    """Says that nothing happened, and what to do."""
    return page(
        "Please try again", "<p>We could not keep your choice just now, so nothing changed. Please try again.</p>"
    )


def unknown() -> str:
    """Says that a link is none of ours, and nothing else."""
    return page(
        "This link does not work",
        "<p>It may be incomplete. Please follow the link in our e-mail again, or copy all of it.</p>",
    )


TEST = "<p>This mail was a test. Whatever you do here changes nothing.</p>"


def _row(choice: Choice) -> str:
    name = escape(choice.field)
    was = {True: "allow", False: "stop", None: ""}[choice.is_allowed]

    def option(value: str, text: str) -> str:
        checked = " checked" if was == value else ""
        return f'<label><input type="radio" name="{name}" value="{value}"{checked}> {text}</label>'

    return (
        f"<fieldset><legend>{escape(choice.label)}</legend>"
        f'<input type="hidden" name="was/{name}" value="{was}">'
        f"{option('allow', 'Yes, you may')}{option('stop', 'No, stop')}</fieldset>"
    )
