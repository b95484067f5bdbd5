"""What somebody asked for on the public edge, and what it says about her address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from identity import EMAIL, PHONE

from services.contact.domain.consent import EVERY, REFUSALS, Said, Status

PURPOSES = ("MARKETING", "TRACKING", "PROFILING", "ADVERTISING")
CLOCK_SKEW = timedelta(minutes=5)
TOPIC_CHARACTERS = 255
WAYS = ("", "EMAIL", "SMS", "PHONE")
ANSWERS = frozenset({"YES", "JA"})


class Wish(StrEnum):
    """What is asked for."""

    WITHDRAW = "WITHDRAW"
    GRANT = "GRANT"


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """One request. Message, purpose, topic, wish and slot together name it: the same again is a repeat."""

    message: UUID
    subject: bytes
    purpose: str
    topic: str
    wish: Wish
    slot: int
    request_time: datetime
    caller_hash: bytes
    evidence: str
    way: str = ""
    keyword: str = ""
    contact: UUID | None = None

    @property
    def status(self) -> Status:
        """What it says."""
        return Status.GRANTED if self.wish is Wish.GRANT else Status.WITHDRAWN

    @property
    def channel(self) -> str:
        """What it speaks of: the way that it names, else for marketing the mail's; other purposes have none."""
        return self.way or ("EMAIL" if self.purpose == "MARKETING" else EVERY)

    @property
    def kind(self) -> str:
        """The kind of identifier that is spoken of."""
        return PHONE if self.way in {"SMS", "PHONE"} else EMAIL

    @property
    def is_of_contact(self) -> bool:
        """Whether it came by a mail's link and speaks of another way to the person: of all of her numbers."""
        return self.kind == PHONE and not self.keyword

    @property
    def scope(self) -> str:
        """Purpose and way, as a repeat is known by."""
        return f"{self.purpose}@{self.way}" if self.way else self.purpose

    def is_heard(self, said: Iterable[Said]) -> bool:
        """Whether it says anything about consent: YES answers something, or is just a word.

        Whoever is asked on the phone whether Tuesday suits her, and answers YES, has subscribed to nothing.
        """
        if self.keyword not in ANSWERS:
            return True
        told = [each for each in said if each.purpose == self.purpose and each.channel in {EVERY, self.channel}]
        newest = max(told, key=lambda each: (each.capture_time, each.id), default=None)
        return newest is not None and (newest.status in REFUSALS or newest.status is Status.PENDING)

    def capture_time(self, now: datetime) -> datetime:
        """When it was said; a clock of the edge that runs ahead does not date it into the future."""
        return self.request_time if self.request_time <= now + CLOCK_SKEW else now


def problem(request: ConsentRequest) -> str:
    """Why nobody can apply this, or nothing."""
    if len(request.subject) != 16:
        return "a request without its subject"
    if request.purpose not in PURPOSES:
        return "a request for a purpose that is none"
    if request.way not in WAYS:
        return "a request for a way that is none"
    if len(request.topic) > TOPIC_CHARACTERS or "\0" in request.topic:
        return "a request for a topic that is none"
    return ""
