"""What may become of one send, and why: the states of the ledger, their allowed moves, the reasons. Pure.

    PLANNED ◀──retry──┐            ┌─▶ DELIVERED ◀─▶ BOUNCED
       │ ▲            │            │
     claim │ released │     ┌─▶ HANDED_OVER
       ▼   │          │     │
    CLAIMED ──────────┴─────┼─▶ FAILED, SUPPRESSED, HELD(until) ──claim──▶ CLAIMED
       │                    │
       └──lease over after DATA had begun──▶ UNKNOWN ──a report or a person──▶ HANDED_OVER … or PLANNED

HANDED_OVER is an end where no report comes. What is PLANNED or HELD can be CANCELLED.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.campaign.domain.errors import ReportContradictsError, SendNotUnknownError


class SendState(StrEnum):
    """Where a send stands."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    CLAIMED = "CLAIMED"
    HANDED_OVER = "HANDED_OVER"
    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class Reason(StrEnum):
    """Why a send is held, suppressed, failed or bounced; consent adds the reasons that contact gives."""

    BRAKE = "BRAKE"
    CONSENT_UNREACHABLE = "CONSENT_UNREACHABLE"
    STALE = "STALE"
    RETRY = "RETRY"
    SAME_ADDRESS = "SAME_ADDRESS"
    NO_ADDRESS = "NO_ADDRESS"
    ADDRESS_CHANGED = "ADDRESS_CHANGED"
    CONTACT_GONE = "CONTACT_GONE"
    NOT_KNOWN_YET = "NOT_KNOWN_YET"  # our projection has not heard of her, which does not mean that she is gone
    RENDER_FAILED = "RENDER_FAILED"
    MAIL_REFUSED = "MAIL_REFUSED"
    DKIM_KEY_UNUSABLE = "DKIM_KEY_UNUSABLE"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    HARD = "HARD"
    SOFT = "SOFT"
    RESTORED = "RESTORED"  # the database went back to an earlier moment: it may have been sent since


S = SendState
MOVES: Mapping[SendState, frozenset[SendState]] = {
    S.PLANNED: frozenset({S.CLAIMED, S.CANCELLED}),
    S.HELD: frozenset({S.CLAIMED, S.CANCELLED}),
    S.CLAIMED: frozenset(set(S) - {S.CLAIMED}),
    S.HANDED_OVER: frozenset({S.DELIVERED, S.BOUNCED}),
    S.DELIVERED: frozenset({S.BOUNCED}),
    S.BOUNCED: frozenset({S.DELIVERED, S.BOUNCED}),
    S.FAILED: frozenset(),
    S.SUPPRESSED: frozenset(),
    S.CANCELLED: frozenset(),
    S.UNKNOWN: frozenset(set(S) - {S.CLAIMED, S.UNKNOWN}),
}
CLAIMABLE = (S.PLANNED, S.HELD)
UNSETTLED = (S.CLAIMED, S.UNKNOWN)
HANDED_OVER = (S.HANDED_OVER, S.DELIVERED, S.BOUNCED)
MAX_ATTEMPTS = 6
BACKOFF = (60, 300, 900, 3600, 7200)  # seconds after the first, second … refusal for now (4xx)
LOOK_AGAIN = timedelta(seconds=5)  # at what is held because contact is away or behind
LOOK_AT_KEYS = timedelta(minutes=1)  # at what is held because its sender's key is missing
# At what a brake holds. Its release wakes what it held, but not what was judged at that very moment; and somebody may
# leave the company that is braked.
LOOK_AT_BRAKE = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One person of an audience: to be mailed, or with the reason why not.

    `subject` is the 16-byte subject of the address; both are empty where she has none (then reason says NO_ADDRESS).
    """

    contact: UUID
    subject: bytes = b""
    address: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Send:
    """A row of the ledger."""

    activity: UUID
    contact: UUID
    occurrence: int
    campaign: UUID
    subject: bytes
    address: str
    state: SendState
    reason: str
    due_time: datetime | None
    attempts: int
    message: UUID | None
    version: int
    reply_code: int
    reply_text: str
    handed_over_time: datetime | None
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A send that is ours until its batch's lease is over, with the message id of this attempt.

    `was_held` is the reason for which it was held or refused for now before.
    """

    contact: UUID
    occurrence: int
    subject: bytes
    address: str
    attempts: int
    message: UUID
    was_held: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one claim took: sends of one activity under one lease."""

    id: UUID
    activity: UUID
    campaign: UUID
    traceparent: str
    sends: tuple[Claimed, ...]


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of one claimed send. `due_time` only with PLANNED (a retry) and HELD (when to look again).

    `mail` is the mail as it went out (`domain.packing`), kept where it may have arrived; empty for none.
    """

    contact: UUID
    occurrence: int
    message: UUID
    state: SendState
    reason: str = ""
    due_time: datetime | None = None
    attempts: int = 0
    version: int = 0
    reply_code: int = 0
    reply_text: str = ""
    mail: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many sends of an activity stand where. planned is all of them: the sum of the others.

    handed_over counts what a receiving server took, delivered and bounced among it; in_flight is what waits for its
    turn or is on its way right now. `reasons` has the number of each (state, reason).
    """

    planned: int = 0
    handed_over: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    suppressed: int = 0
    held: int = 0
    cancelled: int = 0
    unknown: int = 0
    in_flight: int = 0
    rate_per_second: float = 0.0
    remaining: timedelta | None = None
    reasons: Mapping[tuple[str, str], int] = field(default_factory=dict)


def check_report(send: Send, after: SendState, reason: str) -> bool:
    """Whether a report changes anything; ReportContradictsError when it cannot follow what the ledger says.

    A delivery or a hard bounce can follow a soft bounce, a bounce a delivery; a hard bounce is the last word.
    """
    if (send.state, send.reason) == (after, reason):
        return False
    is_late = send.state == S.BOUNCED and send.reason == Reason.HARD
    if is_late or not may_move(send.state, after):
        raise ReportContradictsError(state=send.state, required=" or ".join((*HANDED_OVER, *UNSETTLED)))
    return True


def check_unknown(send: Send) -> None:
    """Only what nobody knows may be decided by a person."""
    if send.state != S.UNKNOWN:
        raise SendNotUnknownError(state=send.state, required=S.UNKNOWN)


def may_move(before: SendState, after: SendState) -> bool:
    """Whether the ledger allows this step."""
    return after in MOVES[before]


def settled(send: Claimed, state: SendState, reason: str = "", **told: Any) -> Settled:
    """What became of this attempt; `told` are further fields of Settled."""
    return Settled(
        contact=send.contact,
        occurrence=send.occurrence,
        message=send.message,
        state=state,
        reason=reason,
        **{"attempts": send.attempts} | told,
    )


def after_refusal(send: Claimed, now: datetime, *, wait: timedelta = timedelta(), **told: Any) -> Settled:
    """What a refusal for now (4xx) makes of a send: another try, not before `wait` is over, or the end of trying."""
    attempts = send.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return settled(send, S.FAILED, Reason.TOO_MANY_ATTEMPTS, attempts=attempts, **told)
    pause = max(wait, timedelta(seconds=BACKOFF[attempts - 1]))
    return settled(send, S.PLANNED, Reason.RETRY, due_time=now + pause, attempts=attempts, **told)


def counted(reasons: Mapping[tuple[str, str], int], *, rate: float = 0.0) -> Counts:
    """Counts from the number of sends by (state, reason)."""
    by: dict[str, int] = dict.fromkeys(SendState, 0)
    for (state, _), sends in reasons.items():
        by[state] += sends
    in_flight = by[S.PLANNED] + by[S.CLAIMED]
    return Counts(
        planned=sum(by.values()),
        handed_over=by[S.HANDED_OVER] + by[S.DELIVERED] + by[S.BOUNCED],
        delivered=by[S.DELIVERED],
        bounced=by[S.BOUNCED],
        failed=by[S.FAILED],
        suppressed=by[S.SUPPRESSED],
        held=by[S.HELD],
        cancelled=by[S.CANCELLED],
        unknown=by[S.UNKNOWN],
        in_flight=in_flight,
        rate_per_second=rate,
        remaining=timedelta(seconds=in_flight / rate) if rate and in_flight else None,
        reasons={key: sends for key, sends in reasons.items() if sends},
    )
