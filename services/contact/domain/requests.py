"""What somebody asked for on the public edge, and what it says about her address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.contact.domain.consent import EVERY, Status

PURPOSES = ("MARKETING", "TRACKING", "PROFILING", "ADVERTISING")
CLOCK_SKEW = timedelta(minutes=5)
TOPIC_CHARACTERS = 255


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

    @property
    def status(self) -> Status:
        """What it says."""
        return Status.GRANTED if self.wish is Wish.GRANT else Status.WITHDRAWN

    @property
    def channel(self) -> str:
        """Marketing is asked for by the channel of the mail; the other purposes have none."""
        return "EMAIL" if self.purpose == "MARKETING" else EVERY

    def capture_time(self, now: datetime) -> datetime:
        """When it was said; a clock of the edge that runs ahead does not date it into the future."""
        return self.request_time if self.request_time <= now + CLOCK_SKEW else now


def problem(request: ConsentRequest) -> str:
    """Why nobody can apply this, or nothing."""
    if len(request.subject) != 16:
        return "a request without its subject"
    if request.purpose not in PURPOSES:
        return "a request for a purpose that is none"
    if len(request.topic) > TOPIC_CHARACTERS or "\0" in request.topic:
        return "a request for a topic that is none"
    return ""
