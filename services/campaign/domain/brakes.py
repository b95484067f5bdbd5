"""How long a rep may hold marketing mail to somebody."""

from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import Violation

from services.campaign.domain.errors import BrakeTimeInvalidError

LONGEST = timedelta(days=180)


class Target(StrEnum):
    """What a brake holds."""

    CONTACT = "CONTACT"
    ACCOUNT = "ACCOUNT"
    DEAL = "DEAL"


class BrakeState(StrEnum):
    """Whether a brake holds."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    RELEASED = "RELEASED"


def check_expiry(expires: datetime, now: datetime) -> None:
    """A brake ends by itself, later than now and within 180 days."""
    if not now < expires <= now + LONGEST:
        rule = Violation("brake.expire_time", "must be later than now and within 180 days", "BRAKE_TIME_INVALID")
        raise BrakeTimeInvalidError(violations=[rule])
