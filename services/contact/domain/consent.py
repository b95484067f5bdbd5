"""What an address allows: the fold of its consent events, the most restrictive reading where several speak.

An event covers a question when it names the question's purpose, and its channel and subscription topic or none. A
refusal stands until a later grant of the same scope or a narrower one; a grant that ran out is none; nothing recorded
is a refusal. A suppression goes before everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

STALE_SECONDS = 60.0
EVERY = ""  # no channel or topic in particular


class Status(StrEnum):
    """What a consent event says."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


REFUSALS = frozenset((Status.DENIED, Status.WITHDRAWN, Status.EXPIRED))
GRANTING = frozenset((Status.GRANTED, Status.PENDING))


class Reason(StrEnum):
    """Why something may or may not be done."""

    GRANTED = "GRANTED"
    NO_CONSENT = "NO_CONSENT"
    PENDING = "PENDING"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    SUPPRESSED = "SUPPRESSED"
    NO_ADDRESS = "NO_ADDRESS"
    STALE = "STALE"
    RESTRICTED = "RESTRICTED"


_REFUSED = frozenset((Reason.DENIED, Reason.WITHDRAWN, Reason.SUPPRESSED))


@dataclass(frozen=True, slots=True)
class Said:
    """One consent event, as the fold sees it."""

    id: UUID
    purpose: str
    channel: str
    topic: str
    status: Status
    capture_time: datetime
    effective_to_time: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        """Whether a grant has not run out; refusals never do."""
        return self.status not in GRANTING or self.effective_to_time is None or at < self.effective_to_time

    def covers(self, question: "Question") -> bool:
        """Whether it speaks of what is asked."""
        return (
            self.purpose == question.purpose
            and self.channel in {EVERY, question.channel}
            and self.topic in {EVERY, question.topic}
            and self.capture_time <= question.at
        )

    def is_within(self, other: "Said") -> bool:
        """Whether its scope is the other's, or narrower."""
        return other.channel in {EVERY, self.channel} and other.topic in {EVERY, self.topic}


@dataclass(frozen=True, slots=True)
class Stop:
    """A suppression in force; `channel` is empty for every one, `source` says where it comes from."""

    id: UUID
    channel: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done to an address, by this channel, at this moment?"""

    purpose: str
    channel: str
    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, and what decided."""

    reason: Reason
    consent_event: UUID | None = None
    suppression: UUID | None = None
    source: str = ""  # of the suppression

    @property
    def is_allowed(self) -> bool:
        return self.reason is Reason.GRANTED

    @property
    def is_refusal(self) -> bool:
        """Whether somebody said no, where nothing said and what ran out are none."""
        return self.reason in _REFUSED


def judge(question: Question, events: Iterable[Said], stops: Iterable[Stop]) -> Answer:
    """Answer one question about one address."""
    for stop in stops:
        if stop.channel in {EVERY, question.channel}:
            return Answer(Reason.SUPPRESSED, suppression=stop.id, source=stop.source)
    return _strictest(standing(each for each in events if each.covers(question)), question.at)


def standing(events: Iterable[Said]) -> list[Said]:
    """Of what was said for one purpose, what nothing said later takes the place of, oldest first."""
    said = sorted(events, key=lambda each: (each.capture_time, each.id))
    return [each for place, each in enumerate(said) if not _is_answered(each, said[place + 1 :])]


def stricter(one: Answer, other: Answer) -> Answer:
    """Of the answers for two forms of one address: the first, unless only the other refuses by name."""
    return other if other.is_refusal and not one.is_refusal else one


def _is_answered(earlier: Said, later: list[Said]) -> bool:
    """Whether something said later takes an event's place: the same scope always, a grant of a narrower scope too."""
    for each in later:
        is_same_scope = (each.channel, each.topic) == (earlier.channel, earlier.topic)
        if is_same_scope and each.status is not Status.PENDING:
            return True
        if earlier.status in REFUSALS and each.status is Status.GRANTED and each.is_within(earlier):
            return True
    return False


def _strictest(standing: list[Said], at: datetime) -> Answer:
    for refusals in (REFUSALS - {Status.EXPIRED}, REFUSALS):  # what somebody said is told before what ran out
        for each in reversed(standing):
            if each.status in refusals:
                return Answer(Reason(each.status), each.id)
    for status, reason in ((Status.GRANTED, Reason.GRANTED), (Status.PENDING, Reason.PENDING)):
        for each in reversed(standing):
            if each.status is status and each.is_in_force(at):
                return Answer(reason, each.id)
    return Answer(Reason.EXPIRED, standing[-1].id) if standing else Answer(Reason.NO_CONSENT)
