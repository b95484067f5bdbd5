"""The pages that people see who follow a link in a mail: plain, without scripts, readable by every program."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from services.interaction.http.words import LANGUAGES, Words

STYLE = """
:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}button{font:inherit;padding:.6rem 1.2rem;margin:.4rem .4rem .4rem 0;cursor:pointer}
fieldset{border:1px solid #767676;border-radius:4px;margin:1rem 0}label{display:block;padding:.4rem 0}
nav{margin-top:3rem;border-top:1px solid #767676;padding-top:.5rem}
nav a,nav b{display:inline-block;padding:.5rem .8rem .5rem 0}
a{color:#0645ad}:focus-visible{outline:3px solid #0645ad;outline-offset:2px}
@media(prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#8ab4f8}:focus-visible{outline-color:#8ab4f8}}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PURPOSES = ("MARKETING", "TRACKING", "PROFILING", "ADVERTISING")
CHANNELS = ("SMS", "PHONE")  # marketing that comes by another way than the mail


@dataclass(frozen=True)
class Choice:
    """One row of the preference centre; `is_allowed` is None when nobody could be asked.

    `channel` is empty but for marketing by another way than mail.
    """

    purpose: str
    topic: str
    is_allowed: bool | None
    channel: str = ""

    @property
    def field(self) -> str:
        """The name of its form field."""
        way = f"@{self.channel}" if self.channel else ""
        return f"{self.purpose}{way}/{self.topic}"

    def label(self, words: Words) -> str:
        """What it is about, as text."""
        what = words.channels[self.channel] if self.channel else words.purposes[self.purpose]
        if self.topic:
            return f"{what}: {self.topic}"
        return f"{what}: {words.all_of_it}" if self.purpose == "MARKETING" and not self.channel else what


def page(words: Words, title: str, *paragraphs: str) -> str:
    """A page of our own HTML; `title` is escaped here, paragraphs by whoever made them."""
    body = "\n".join(paragraphs)
    return (
        f'<!doctype html>\n<html lang="{words.code}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main>\n{_languages(words)}</body></html>\n"
    )


def unsubscribe(words: Words, topic: str, preferences: str, *, is_test: bool) -> str:
    """Says what will happen; nothing has."""
    what = _about(words, topic, words.this_kind)
    return page(
        words,
        words.leave_title,
        _test(words) if is_test else "",
        f"<p>{words.leave.format(what=what)}</p>",
        f'<form method="post"><button name="scope" value="topic">{words.leave_topic}</button>'
        f'<button name="scope" value="all">{words.leave_all}</button></form>',
        f'<p><a href="{escape(preferences)}?lang={words.code}">{words.in_detail}</a></p>',
    )


def unsubscribed(words: Words, topic: str, *, is_test: bool) -> str:
    """Says what happened."""
    if is_test:
        return page(words, words.test_title, _test(words))
    return page(words, words.left_title, f"<p>{words.left.format(what=_about(words, topic, words.marketing))}</p>")


def preferences(words: Words, choices: Sequence[Choice], *, is_test: bool, is_known: bool) -> str:
    """The preference centre."""
    rows = "\n".join(_row(words, choice) for choice in choices)
    return page(
        words,
        words.choices_title,
        _test(words) if is_test else "",
        f"<p>{words.choices}</p>",
        "" if is_known else f"<p>{words.unknown_state}</p>",
        f'<form method="post">\n{rows}\n<button>{words.save}</button></form>',
        f"<p>{words.everything_note}</p>",
        f'<form method="post"><button name="everything" value="stop">{words.everything}</button></form>',
    )


def saved(words: Words, count: int, *, is_test: bool) -> str:
    """Says how many choices were taken."""
    if is_test:
        return page(words, words.test_title, _test(words))
    if not count:
        return page(words, words.nothing_title, f"<p>{words.nothing}</p>")
    return page(words, words.saved_title, f"<p>{words.saved}</p>")


def switched_off(words: Words, *, is_test: bool) -> str:
    """Says that everything is off."""
    if is_test:
        return page(words, words.test_title, _test(words))
    return page(words, words.off_title, f"<p>{words.off}</p>")


def confirm(words: Words, topic: str) -> str:
    """Says what the button will do; whoever only looks has confirmed nothing."""
    return page(
        words,
        words.confirm_title,
        f"<p>{words.confirm.format(what=_about(words, topic, words.marketing))}</p>",
        f'<form method="post"><button>{words.confirm_button}</button></form>',
        f"<p>{words.confirm_not}</p>",
    )


def confirmed(words: Words, topic: str) -> str:
    """Says that it is done."""
    return page(
        words, words.confirmed_title, f"<p>{words.confirmed.format(what=_about(words, topic, words.marketing))}</p>"
    )


def not_confirmed(words: Words, why: str) -> str:
    """Says why a link confirms nothing any more; `why` is the reason of the refusal."""
    titles = {
        "OPT_IN_USED": (words.used_title, words.used),
        "OPT_IN_EXPIRED": (words.expired_title, words.expired),
        "OPT_IN_WITHDRAWN": (words.ended_title, words.ended),
        "ADDRESS_SUPPRESSED": (words.barred_title, words.barred),
    }
    title, text = titles.get(why, (words.none_title, words.none))
    return page(words, title, f"<p>{text}</p>")


def later(words: Words) -> str:
    """Says that nothing happened, and what to do."""
    return page(words, words.later_title, f"<p>{words.later}</p>")


def unknown(words: Words) -> str:
    """Says that a link is none of ours, and nothing else."""
    return page(words, words.none_title, f"<p>{words.none}</p>")


def _about(words: Words, topic: str, otherwise: str) -> str:
    return words.about.format(topic=escape(topic)) if topic else otherwise


def _test(words: Words) -> str:
    return f"<p>{words.test}</p>"


def _languages(words: Words) -> str:
    """Each language a link, the one in use as text."""
    links = [
        f"<b>{other.name}</b>"
        if other is words
        else f'<a href="?lang={other.code}" lang="{other.code}" hreflang="{other.code}">{other.name}</a>'
        for other in LANGUAGES.values()
    ]
    return f'<nav aria-label="{words.languages}">{" ".join(links)}</nav>'


def _row(words: Words, choice: Choice) -> str:
    name = escape(choice.field)
    was = {True: "allow", False: "stop", None: ""}[choice.is_allowed]

    def option(value: str, text: str) -> str:
        checked = " checked" if was == value else ""
        return f'<label><input type="radio" name="{name}" value="{value}"{checked}> {text}</label>'

    return (
        f"<fieldset><legend>{escape(choice.label(words))}</legend>"
        f'<input type="hidden" name="was/{name}" value="{was}">'
        f"{option('allow', words.allow)}{option('stop', words.stop)}</fieldset>"
    )
