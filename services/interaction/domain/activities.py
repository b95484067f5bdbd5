"""Which of a person's touches most wants a colleague: the reasons in the order of their urgency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from services.interaction.domain.briefs import ASKING


class Reason(IntEnum):
    """Why a colleague should look; the lower, the more urgent."""

    ASKED = 1
    BOUGHT = 2
    CAME = 3
    LEFT = 4
    READ = 5
    VISITED = 6
    OTHER = 7
    REMINDED = 8  # of nothing that she did: a task's reminder


REASONS = dict.fromkeys(ASKING, Reason.ASKED) | {
    "purchase.made": Reason.BOUGHT,
    "product.signed_up": Reason.BOUGHT,
    "event.registered": Reason.CAME,
    "event.attended": Reason.CAME,
    "email.unsubscribed": Reason.LEFT,
    "email.complained": Reason.LEFT,
    "sms.opted_out": Reason.LEFT,
    "consent.withdrawn": Reason.LEFT,
    "email.clicked": Reason.READ,
    "sms.clicked": Reason.READ,
    "ad.clicked": Reason.READ,
    "web.clicked": Reason.READ,
    "web.downloaded": Reason.READ,
    "web.video_played": Reason.READ,
    "web.visited": Reason.VISITED,
    "web.searched": Reason.VISITED,
}


class Glimpse(NamedTuple):
    """As much of a touch as it takes to say whose it is and what it means."""

    subject: UUID
    touch: UUID
    occurred_time: datetime
    contact: UUID | None
    type: str


@dataclass(frozen=True)
class Activity:
    """What one person did: the newest touch of the most urgent reason, and how many there were."""

    contact: UUID
    reason: Reason
    touch: Glimpse
    count: int
    last_time: datetime

    @property
    def place(self) -> tuple[int, float, UUID]:
        """Where it stands in the list."""
        return (int(self.reason), -self.last_time.timestamp(), self.contact)


def reason_of(kind: str) -> Reason:
    """Why a touch of a type wants a colleague."""
    return REASONS.get(kind, Reason.OTHER)


def activity_of(contact: UUID, touches: Sequence[Glimpse]) -> Activity:
    """What somebody's touches come to; there is at least one."""
    first = min(touches, key=lambda one: (reason_of(one.type), -one.occurred_time.timestamp()))
    last = max(one.occurred_time for one in touches)
    return Activity(contact, reason_of(first.type), first, len(touches), last)


def ranked(by_person: Iterable[tuple[UUID, Sequence[Glimpse]]]) -> list[Activity]:
    """Everybody who did something, who wants a colleague most first."""
    return sorted((activity_of(contact, touches) for contact, touches in by_person), key=lambda one: one.place)
