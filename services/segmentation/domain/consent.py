"""What an address allows at a moment, folded from what was said about it, as the contact service folds it.

An event covers a question when it names the question's purpose, and its channel and topic or none. A refusal stands
until a later grant of the same scope or a narrower one; a grant that ran out is none. A suppression goes before all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.segmentation.domain.rules import Consent, Reading

EVERY = ""
REFUSALS = frozenset(("DENIED", "WITHDRAWN", "EXPIRED"))
# Which identifiers a channel reaches.
IDENTIFIER_OF_CHANNEL = {"EMAIL": "email", "SMS": "phone", "PHONE": "phone"}


@dataclass(frozen=True, slots=True)
class Said:
    """One consent event about an address."""

    id: UUID
    purpose: str
    channel: str
    topic: str
    status: str
    capture_time: datetime
    effective_to_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a person holds now, what was said about it, and the channels by which it must not be sent to."""

    subject: bytes
    kind: str
    said: tuple[Said, ...] = ()
    stops: frozenset[str] = frozenset()


def read(asked: Consent, address: Address, now: datetime) -> Reading:
    """What the address allows at a moment."""
    if address.stops & {EVERY, asked.channel}:
        return Reading.SUPPRESSED
    standing = _standing(asked, address, now)
    refusals = [each for each in standing if each.status in REFUSALS]
    if refusals:  # what somebody said is told before what ran out
        said = [each for each in refusals if each.status != Reading.EXPIRED]
        return Reading((said or refusals)[-1].status)
    in_force = {each.status for each in standing if each.effective_to_time is None or now < each.effective_to_time}
    for status in (Reading.GRANTED, Reading.PENDING):
        if status in in_force:
            return status
    return Reading.EXPIRED if standing else Reading.NONE


def next_change(asked: Consent, address: Address, now: datetime) -> datetime | None:
    """The next moment at which time alone may change that: something runs out, or begins."""
    ahead = [each for each in address.said if _covers(each, asked) and each.capture_time > now]
    moments = [each.capture_time for each in ahead]
    moments += [each.effective_to_time for each in (*ahead, *_standing(asked, address, now)) if each.effective_to_time]
    return min((moment for moment in moments if moment > now), default=None)


def _standing(asked: Consent, address: Address, now: datetime) -> list[Said]:
    """What was said so far and was not answered since, oldest first."""
    covering = sorted(
        (each for each in address.said if _covers(each, asked) and each.capture_time <= now),
        key=lambda each: (each.capture_time, each.id),
    )
    return [each for place, each in enumerate(covering) if not _is_answered(each, covering[place + 1 :])]


def _covers(said: Said, asked: Consent) -> bool:
    return (
        said.purpose == asked.purpose and said.channel in {EVERY, asked.channel} and said.topic in {EVERY, asked.topic}
    )


def _is_answered(earlier: Said, later: Iterable[Said]) -> bool:
    for each in later:
        if (each.channel, each.topic) == (earlier.channel, earlier.topic) and each.status != "PENDING":
            return True
        is_within = earlier.channel in {EVERY, each.channel} and earlier.topic in {EVERY, each.topic}
        if earlier.status in REFUSALS and each.status == "GRANTED" and is_within:
            return True
    return False
