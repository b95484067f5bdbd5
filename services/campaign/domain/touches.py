"""What the ledger tells interaction: a touch for each hand-over, hold, suppression, cancellation, failure and report.

Held is also who was refused for now. Held again for the same reason is no touch: nothing new happened to her.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.campaign.domain.sends import Claimed, Reason, SendState, Settled

TYPES: Mapping[SendState, str] = {
    SendState.HANDED_OVER: "email.handed_over",
    SendState.DELIVERED: "email.delivered",
    SendState.BOUNCED: "email.bounced",
    SendState.FAILED: "email.failed",
    SendState.SUPPRESSED: "email.suppressed",
    SendState.HELD: "email.deferred",
    SendState.CANCELLED: "email.cancelled",
}
# The states in which a mail exists: their touches name its message, the others stand for themselves.
OF_A_MESSAGE = frozenset({SendState.HANDED_OVER, SendState.DELIVERED, SendState.BOUNCED, SendState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is the same in all touches of an activity: ids, and names as they are at this moment."""

    campaign: UUID
    activity: UUID
    campaign_name: str = ""
    activity_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTouch:
    """One touch of a send. `address` is empty for somebody without one: then the contact's own id identifies her.

    `until` is when a hold ends, where that is known. `is_measured` is false for a mail without pixel and counted links:
    no open and no click of it will ever be told.
    `event_id` is minted with the ledger's change, so that sending it again is harmless.
    """

    state: SendState
    event_id: str
    time: datetime
    contact: UUID
    address: str
    message: UUID | None = None
    account: UUID | None = None
    reason: str = ""
    until: datetime | None = None
    contact_name: str = ""
    subject_line: str = ""
    is_measured: bool = True


@dataclass(frozen=True, kw_only=True)
class TouchesNoted:
    """Touches of one activity that leave with the transaction that changed the ledger."""

    named: Named
    touches: tuple[SendTouch, ...]
    time: datetime


@dataclass(frozen=True, kw_only=True)
class BrakeNoted:
    """A brake that `user` set on a contact, or released, at `time`; with the reason and the end that it was given."""

    brake: UUID
    contact: UUID
    is_released: bool
    user: str
    reason: str
    until: datetime
    time: datetime


def event_id(state: SendState, message: UUID) -> str:
    """The id of the touch that an attempt ends with; a message is one attempt."""
    return f"{message}/{state.lower()}"


def send_event_id(state: SendState, activity: UUID, contact: UUID, occurrence: int) -> str:
    """The id of the touch of a send that ended without an attempt."""
    return f"{activity}/{contact}/{occurrence}/{state.lower()}"


def told_as(one: Settled, send: Claimed) -> SendState | None:
    """The state in which a settled send is told; None where there is nothing new to tell."""
    is_held = one.state == SendState.HELD or (one.state == SendState.PLANNED and one.reason == Reason.RETRY)
    if is_held:
        return SendState.HELD if one.reason != send.was_held else None
    return one.state if one.state in TYPES else None
