"""What a ledger that went back to an earlier moment may believe of its open lines, by what touches tell.

A mail that left after the moment to which the database was restored is not in the ledger any more. Interaction has its
touch, if that had left the outbox; if not, nobody can know, so nobody is written to again by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.campaign.domain.sends import Reason, SendState

ENDS: Mapping[str, SendState] = {
    "email.handed_over": SendState.HANDED_OVER,
    "email.delivered": SendState.DELIVERED,
    "email.bounced": SendState.BOUNCED,
    "email.failed": SendState.FAILED,
    "email.suppressed": SendState.SUPPRESSED,
    "email.cancelled": SendState.CANCELLED,
}
# A mail that arrived says more than one that did not, and what became of it more than that it left.
WEIGHT = {state: place for place, state in enumerate(reversed(ENDS.values()))} | {
    SendState.HANDED_OVER: 10,
    SendState.DELIVERED: 11,
    SendState.BOUNCED: 12,
}
LEFT = frozenset({SendState.HANDED_OVER, SendState.DELIVERED, SendState.BOUNCED})


class Open(NamedTuple):
    """A line of the ledger that has no end."""

    contact: UUID
    occurrence: int
    subject: bytes
    state: str
    due_time: datetime | None
    message: UUID | None


class Outcome(NamedTuple):
    """What a touch tells of a mail to an address."""

    subject: bytes
    contact: UUID | None
    message: UUID | None
    state: SendState
    reason: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """The end that a line gets."""

    contact: UUID
    occurrence: int
    state: SendState
    reason: str
    message: UUID | None
    handed_over_time: datetime | None


def compare(
    lines: Sequence[Open], outcomes: Iterable[Outcome], fresh: Sequence[UUID], *, now: datetime
) -> list[Compared]:
    """The ends of those lines that get one; `fresh` are as many new message ids as there are lines.

    What a touch tells is so. Of the others whatever was due may have left: it is UNKNOWN. A line that is not due yet
    cannot have been sent, and waits as before; one that was UNKNOWN already stays so.
    """
    told: dict[bytes, list[Outcome]] = {}
    for outcome in outcomes:
        told.setdefault(outcome.subject, []).append(outcome)
    found = []
    for line, message in zip(lines, fresh, strict=True):
        hers = [one for one in told.get(line.subject, ()) if _is_hers(line, one)]
        if hers:
            found.append(_ended(line, hers))
        elif _may_have_left(line, now):
            known = line.message if line.state == SendState.CLAIMED else None
            found.append(Compared(*line[:2], SendState.UNKNOWN, Reason.RESTORED, known or message, None))
    return found


def _is_hers(line: Open, outcome: Outcome) -> bool:
    """A mail went to an address, whoever has it; where none went, another record of the address says nothing of her."""
    is_mail = outcome.state not in (SendState.SUPPRESSED, SendState.CANCELLED)
    return bool(line.subject) and (is_mail or outcome.contact == line.contact)


def _ended(line: Open, outcomes: Sequence[Outcome]) -> Compared:
    last = max(outcomes, key=lambda one: (WEIGHT[one.state], one.time))
    left = next((one.time for one in outcomes if one.state in LEFT), None)
    return Compared(*line[:2], last.state, last.reason, last.message or line.message, left)


def _may_have_left(line: Open, now: datetime) -> bool:
    if line.state == SendState.PLANNED:
        return line.due_time is None or line.due_time <= now
    return line.state in (SendState.HELD, SendState.CLAIMED)
