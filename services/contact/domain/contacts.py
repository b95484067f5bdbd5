"""What a contact may do, and who sees it.

ACTIVE ──merge──▶ MERGED ──unmerge──▶ ACTIVE
  │  ▲
delete undelete (30 days)
  ▼  │
DELETED

Out of each of them leads one more way, and none back: erase ──▶ ERASED
"""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from identity import COOKIE, Link

from services.contact.domain.errors import (
    ContactNotActiveError,
    ContactNotDeletedError,
    ContactNotMergedError,
    IdentifierHeldError,
    TooManySubjectsError,
    UndeleteExpiredError,
    field_invalid,
)

UNDELETE_WITHIN = timedelta(days=30)
COOKIE_REACHES_BACK = timedelta(days=30)
MOST_SUBJECTS = 200


class State(StrEnum):
    """Where a contact is in its life."""

    ACTIVE = "ACTIVE"
    MERGED = "MERGED"
    DELETED = "DELETED"
    ERASED = "ERASED"


@dataclass(frozen=True)
class Viewer:
    """Who looks: which contacts they see whole depends on owner and team."""

    user: str  # users/{user}
    team: str = ""  # teams/{team}
    sees_all: bool = False
    client: str = ""  # the program they use
    hides_teams: bool = False  # the installation's: then there is no contact of another team for them
    refuses_unregistered: bool = False  # the installation's: then attributes need a definition

    def may_know(self, owner: str, team: str) -> bool:
        """Whether there is such a contact for them at all."""
        return not self.hides_teams or self.sees(owner, team)

    def sees(self, owner: str, team: str) -> bool:
        """Whether identifiers and attributes of a contact are shown to them."""
        return self.sees_all or (bool(owner) and owner == self.user) or (bool(team) and team == self.team)


def check_active(state: str, name: str) -> None:
    """Only an active contact changes."""
    if state != State.ACTIVE:
        raise ContactNotActiveError(contact=name, state=state, required=State.ACTIVE)


def check_merged(state: str, name: str) -> None:
    """Only a merged contact can be un-merged."""
    if state != State.MERGED:
        raise ContactNotMergedError(contact=name, state=state, required=State.MERGED)


def check_undeletable(state: str, delete_time: datetime | None, name: str, now: datetime) -> None:
    """Only a contact deleted within the last 30 days can be restored."""
    if state != State.DELETED or delete_time is None:
        raise ContactNotDeletedError(contact=name, state=state, required=State.DELETED)
    if now - delete_time > UNDELETE_WITHIN:
        raise undelete_expired(name, delete_time)


def undelete_expired(name: str, delete_time: datetime) -> UndeleteExpiredError:
    """It was deleted too long ago to come back."""
    return UndeleteExpiredError(contact=name, delete_time=delete_time.isoformat())


def check_subjects(count: int, name: str) -> None:
    """A person's page is one scan per subject, so their number is bounded."""
    if count > MOST_SUBJECTS:
        raise TooManySubjectsError(contact=name, most=MOST_SUBJECTS)


def check_time_zone(name: str, field: str) -> None:
    """A time zone is one that the world knows."""
    if name and not is_time_zone(name):
        raise field_invalid(field, "is no IANA time zone")


def is_time_zone(name: str) -> bool:
    """Whether the world knows the time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def compose_name(display_name: str, given_name: str, family_name: str) -> str:
    """The name shown: what was given, else given and family name."""
    return display_name.strip() or " ".join(part for part in (given_name.strip(), family_name.strip()) if part)


def begins(kind: str, others: list[Link], now: datetime) -> datetime | None:
    """Since when an identifier is its new holder's, when nobody says: for ever for the first, 30 days for a cookie,
    else since the holder before ended.
    """
    if kind == COOKIE:
        return now - COOKIE_REACHES_BACK
    ended = [link.to_time for link in others if link.to_time is not None]
    return max(ended) if ended else None


def check_free(others: list[Link], from_time: datetime | None, field: str) -> None:
    """Nobody else holds the identifier from that moment on."""
    if any(link.overlaps(from_time, None) for link in others):
        raise IdentifierHeldError(field=field)


def check_end(from_time: datetime | None, end: datetime) -> None:
    """An identifier ends after it began."""
    if from_time is not None and end <= from_time:
        raise field_invalid("end_time", "is not after the time from which it held; retract it instead")
