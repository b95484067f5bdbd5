"""Why a node of a rule is true or not, in the reader's language: what segmentation answers in English words."""

import re
from collections.abc import Callable

from services.console.http.language import _, plural
from services.console.http.segments.wording import STATES, attribute


def reason(told: str) -> str:
    """A node's answer as the reader says it; as it came where it is none of ours."""
    for pattern, say in SAYINGS:
        if found := pattern.fullmatch(told):
            return say(found)
    return told


def _are_true(found: re.Match[str]) -> str:
    return _("{true} of {all} are true", true=found["true"], all=found["all"])


def _is_set(found: re.Match[str]) -> str:
    name = attribute(found["name"])
    match found["how"]:
        case "is not set":
            return _("{attribute} is not known", attribute=name)
        case "is set and fits":
            return _("{attribute} is known and fits", attribute=name)
    return _("{attribute} is known and does not fit", attribute=name)


def _addresses(found: re.Match[str]) -> str:
    states = ", ".join(STATES.get(each.lower(), each) for each in found["states"].split(", "))
    return _("its addresses say: {states}", states=states)


def _purchases(found: re.Match[str]) -> str:
    paid = {"enough": _(", and enough was paid"), "less": _(", and less was paid"), None: ""}
    return plural(int(found["n"]), "{n} purchase counts", "{n} purchases count") + paid[found["paid"]]


def _touches(found: re.Match[str]) -> str:
    return plural(int(found["n"]), "{n} touch counts", "{n} touches count")


def _in_segment(found: re.Match[str]) -> str:
    return _("is not in it") if found["not"] else _("is in it")


# What services.segmentation.domain.evaluate says; tests/house/test_reasons.py reads it beside this.
SAYINGS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern, re.DOTALL), say)
    for pattern, say in (
        (r"(?P<true>\d+) of (?P<all>\d+) are true", _are_true),
        (r"turned round", lambda _found: _("true where what stands below is not")),
        (r"the contact has no account", lambda _found: _("the person has no company")),
        (r"is (?P<not>not )?in segments/\S+", _in_segment),
        (r"nothing to ask", lambda _found: _("nothing to ask")),
        (r"every contact", lambda _found: _("holds for everybody")),
        (r"(?P<name>.+) (?P<how>is not set|is set and fits|is set and does not fit)", _is_set),
        (r"its addresses say (?P<states>.+)", _addresses),
        (r"it has no such address", lambda _found: _("there is no such address")),
        (r"(?P<n>\d+) touches count", _touches),
        (r"(?P<n>\d+) purchases count(?:, and (?P<paid>enough|less) was paid)?", _purchases),
    )
]
