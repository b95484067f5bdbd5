"""Links: appended statements about who somebody is, with the time they hold for and the time we believed them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What a link says."""

    HOLDS = "holds"  # the subject is the contact
    SHARED = "shared"  # the subject is the contact, and others too
    ROLE = "role"  # the subject is a role address of the account
    MERGE = "merge"  # the contact is the same person as the survivor, over all history
    EXCLUSION = "exclusion"  # the touch is not the contact's


HOLDING = frozenset((Kind.HOLDS, Kind.SHARED))


@dataclass(frozen=True, slots=True)
class Link:
    """One statement: `subject` is set for holds, shared and role, `survivor` for merge, `account` for role, `touch` for
    exclusion, whose name says under which subject it stands, `contact` for all but role.
    """

    id: UUID
    kind: Kind
    subject: bytes = b""
    contact: UUID | None = None
    survivor: UUID | None = None
    account: UUID | None = None
    touch: str = ""
    from_time: datetime | None = None
    to_time: datetime | None = None
    asserted_time: datetime | None = None
    retracted_time: datetime | None = None
    evidence: str = ""
    revision: int = 0

    def is_believed(self, as_of: datetime | None = None) -> bool:
        """Whether we believed it at a moment; now when no moment is given."""
        if as_of is None:
            return self.retracted_time is None
        is_asserted = self.asserted_time is None or self.asserted_time <= as_of
        return is_asserted and (self.retracted_time is None or as_of < self.retracted_time)

    def is_valid(self, at: datetime) -> bool:
        """Whether it holds for something that occurred at a moment: from ≤ moment < to."""
        return (self.from_time is None or self.from_time <= at) and (self.to_time is None or at < self.to_time)

    def overlaps(self, from_time: datetime | None, to_time: datetime | None) -> bool:
        """Whether it and another validity share a moment."""
        starts_before = self.from_time is None or to_time is None or self.from_time < to_time
        ends_after = self.to_time is None or from_time is None or from_time < self.to_time
        return starts_before and ends_after
