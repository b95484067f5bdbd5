"""Whether a person opened or clicked: judged at the edge, from what a request says of itself. It hides nothing.

HEAD, a prefetch, a known scanner, sooner than anybody can act → machine
a proxy that fetches for a reader at the moment of reading      → human
a browser that somebody led here                                → human
anything else                                                   → unknown
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from services.interaction.domain.types import Verdict

RULESET = "edge-1"
SOON_US = 2_000_000
PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")


class Reason(StrEnum):
    """Why, as stable identifiers."""

    HEAD_REQUEST = "HEAD_REQUEST"
    PREFETCH = "PREFETCH"
    TOO_SOON = "TOO_SOON"
    KNOWN_SCANNER = "KNOWN_SCANNER"
    PRIVACY_PROXY = "PRIVACY_PROXY"
    IMAGE_PROXY = "IMAGE_PROXY"
    BROWSER_NAVIGATION = "BROWSER_NAVIGATION"
    BROWSER = "BROWSER"
    MAIL_PROGRAM = "MAIL_PROGRAM"
    NO_AGENT = "NO_AGENT"
    UNKNOWN_AGENT = "UNKNOWN_AGENT"


class Agent(StrEnum):
    """What is known of a user agent."""

    SCANNER = "scanner"
    PRIVACY_PROXY = "privacy proxy"
    IMAGE_PROXY = "image proxy"
    BROWSER = "browser"
    MAIL_PROGRAM = "mail program"
    UNKNOWN = "unknown"
    NONE = "none"


class Judgement(NamedTuple):
    """A verdict with its reasons, the strongest first, and how sure it is, 0 to 1."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    confidence: float


_MACHINES = {Agent.SCANNER: (Reason.KNOWN_SCANNER, 0.95), Agent.PRIVACY_PROXY: (Reason.PRIVACY_PROXY, 0.9)}
_PEOPLE = {
    Agent.IMAGE_PROXY: (Reason.IMAGE_PROXY, 0.8),
    Agent.MAIL_PROGRAM: (Reason.MAIL_PROGRAM, 0.8),
    Agent.BROWSER: (Reason.BROWSER, 0.7),
}


def judge(agent: Agent, hints: Mapping[str, str], *, since_written_us: int) -> Judgement:
    """Judge one open or click.

    `hints` are the method and the headers that hint at a machine. `since_written_us` is the time since the message was
    written to be handed over, negative where it is not known: as it was written, a connection to the mail server was
    about to take it.
    """
    machine = _signs_of_a_machine(agent, hints, since_written_us)
    if machine:
        return Judgement(Verdict.MACHINE, tuple(reason for reason, _ in machine), max(sure for _, sure in machine))
    if hints.get("sec-fetch-mode") == "navigate" and agent is Agent.BROWSER:
        return Judgement(Verdict.HUMAN, (Reason.BROWSER_NAVIGATION,), 0.9)
    if agent in _PEOPLE:
        reason, sure = _PEOPLE[agent]
        return Judgement(Verdict.HUMAN, (reason,), sure)
    return Judgement(Verdict.UNKNOWN, (Reason.NO_AGENT if agent is Agent.NONE else Reason.UNKNOWN_AGENT,), 0.5)


def _signs_of_a_machine(agent: Agent, hints: Mapping[str, str], since_us: int) -> list[tuple[Reason, float]]:
    found = []
    if hints.get("method") == "HEAD":
        found.append((Reason.HEAD_REQUEST, 0.99))
    if any("prefetch" in said or "prerender" in said or said == "preview" for said in _purposes(hints)):
        found.append((Reason.PREFETCH, 0.97))
    if 0 <= since_us < SOON_US:
        found.append((Reason.TOO_SOON, 0.9))
    if agent in _MACHINES:
        found.append(_MACHINES[agent])
    return sorted(found, key=lambda sign: -sign[1])


def _purposes(hints: Mapping[str, str]) -> list[str]:
    return [hints[name].lower() for name in PREFETCH if name in hints]
