"""A browser that the edge gave a cookie, because somebody followed a signed link in it; and whose that cookie becomes.

Evidence ranks: a log-in or a form with a confirmed address, then a signed link, then a cookie alone. So what stands is
never taken away by a followed link, and two people who follow links in one browser are never merged by it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from identity import COOKIE

from services.contact.domain.contacts import MOST_SUBJECTS
from services.contact.domain.identifiers import Known
from services.contact.domain.requests import CLOCK_SKEW

EVIDENCE = "followed a signed link"
ACTOR = "edge"
# A link that is followed over and over by what keeps no cookie must not use up what a person may hold in all.
MOST_COOKIES = 50
SIZE = 16


class Bound(StrEnum):
    """What became of a browser that the edge told of."""

    LINKED = "linked"
    REPEATED = "repeated"  # this cookie was linked before; once taken back, it stays so
    HELD = "held"  # somebody else's already, by whom another system said
    NOBODY = "nobody"  # the address is not the contact's now: erased, deleted, or somebody else's
    REFUSED = "refused"  # restricted, or measuring was refused
    FULL = "full"  # a person holds no more


@dataclass(frozen=True, slots=True)
class Browser:
    """What the edge said: the cookie, whose mail's link was followed (`contact` where the link named one), and when."""

    cookie: Known
    subject: bytes
    contact: UUID | None
    message: UUID
    bind_time: datetime

    def time(self, now: datetime) -> datetime:
        """When it was followed; a clock of the edge that runs ahead does not date it into the future."""
        return self.bind_time if self.bind_time <= now + CLOCK_SKEW else now


def holder_of(holders: Collection[UUID], contact: UUID | None, survivors: Mapping[UUID, UUID]) -> UUID | None:
    """Who of an address's holders followed the link: whom it names, else whoever is the same person as that.

    The direct holder and not the survivor, so that un-merging takes the cookie along. None when that is nobody, or when
    the link names nobody and several hold the address.
    """
    if contact in holders:
        return contact
    person = survivors.get(contact) if contact else None
    found = [each for each in holders if contact is None or survivors[each] == person]
    return found[0] if len(found) == 1 else None


def has_room(held: Iterable[tuple[bytes, str]]) -> bool:
    """Whether a person who holds these (subject, kind) may hold one more cookie."""
    kinds = dict(held)
    return len(kinds) < MOST_SUBJECTS and sum(kind == COOKIE for kind in kinds.values()) < MOST_COOKIES
