"""Double opt-in: a consent that counts when the holder of the address has confirmed it.

WAITING ──confirm──▶ CONFIRMED
   ├──seven days───▶ EXPIRED
   └──a refusal────▶ WITHDRAWN
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from services.contact.domain.consent import REFUSALS, Said
from services.contact.domain.errors import (
    OptInExpiredError,
    OptInMailsExhaustedError,
    OptInUsedError,
    OptInWithdrawnError,
)

LIFE = timedelta(days=7)
PAUSE = timedelta(minutes=1)  # between two mails for one request
MOST_MAILS = 4  # the first and three more
CHANNEL = "EMAIL"


class OptInState(StrEnum):
    """Where a request for confirmation is in its life."""

    WAITING = "WAITING"
    CONFIRMED = "CONFIRMED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


def state_at(kept: str, expire_time: datetime, now: datetime) -> OptInState:
    """The state at a moment: what waits ends by itself."""
    state = OptInState(kept)
    return OptInState.EXPIRED if state is OptInState.WAITING and now >= expire_time else state


def check_confirmable(state: OptInState, name: str, *, expire_time: datetime, confirm_time: datetime | None) -> None:
    """A link confirms once, and within its days."""
    match state:
        case OptInState.CONFIRMED:
            raise OptInUsedError(opt_in=name, confirm_time=confirm_time.isoformat() if confirm_time else "")
        case OptInState.EXPIRED:
            raise OptInExpiredError(opt_in=name, expire_time=expire_time.isoformat())
        case OptInState.WITHDRAWN:
            raise OptInWithdrawnError(opt_in=name)


def may_mail_again(name: str, mails: int, mail_time: datetime, *, expire_time: datetime, now: datetime) -> bool:
    """Whether another mail may go out: not within a minute of the last, which answers both; never a fifth."""
    if now < mail_time + PAUSE:
        return False
    if mails >= MOST_MAILS:
        raise OptInMailsExhaustedError(retry_after=expire_time - now, opt_in=name, most=MOST_MAILS)
    return True


def is_refused_since(said: Iterable[Said], *, purpose: str, topic: str, since: datetime) -> bool:
    """Whether a refusal that covers the request was said after it."""
    return any(
        each.status in REFUSALS
        and each.capture_time >= since
        and each.purpose == purpose
        and each.channel in {"", CHANNEL}
        and each.topic in {"", topic}
        for each in said
    )
