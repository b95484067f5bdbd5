"""Why somebody did or did not get a mail: what was asked on the way, in order; the last answer decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.campaign.domain.sends import HANDED_OVER, Reason, Send, SendState

ADDRESS = {Reason.SAME_ADDRESS, Reason.NO_ADDRESS, Reason.ADDRESS_CHANGED, Reason.CONTACT_GONE}
SAID = {
    Reason.SAME_ADDRESS: "Another contact with the same address gets this mail.",
    Reason.NO_ADDRESS: "This person has no e-mail address.",
    Reason.ADDRESS_CHANGED: "The address changed after the mail was planned.",
    Reason.CONTACT_GONE: "The contact does not exist any more.",
    Reason.NOT_KNOWN_YET: "Campaign has not heard of this person yet; the mail waits.",
    Reason.CONSENT_UNREACHABLE: "Nobody could be asked about consent; the mail waits.",
    Reason.STALE: "Unsubscribes were not read for a minute; the mail waits.",
    Reason.DKIM_KEY_UNUSABLE: "The key that signs the mail cannot be used; the mail waits.",
    Reason.RESTORED: "The database went back to an earlier moment, and nobody knows whether it was sent since.",
    Reason.RETRY: "The mail server did not take it yet; the mail waits for the next try.",
    "NO_CONSENT": "This person never agreed to such mail.",
    "PENDING": "The consent is not confirmed yet.",
    "DENIED": "This person refused such mail.",
    "WITHDRAWN": "This person unsubscribed.",
    "EXPIRED": "The consent ran out.",
    "SUPPRESSED": "The address must not be sent to.",
}
NOT_AMONG = "This person was not among its people.", "NOT_IN_AUDIENCE"
NOT_YET = "This person is not planned yet.", "NOT_PLANNED"
WAITING = {SendState.PLANNED: "The mail waits for its turn.", SendState.CLAIMED: "The mail is being sent right now."}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked; `kind` as ExplainSendResponse.Step.Kind has it, without its prefix."""

    kind: str
    passed: bool
    description: str
    reason: str = ""
    time: datetime | None = None
    resource: str = ""


def explain(send: Send | None, *, is_launched: bool, is_planned: bool, brake: str = "") -> list[Step]:
    """The way of one mail. `brake` names the brake that holds her now, "" for none."""
    return list(_steps(send, is_launched, is_planned, brake))


def _steps(send: Send | None, is_launched: bool, is_planned: bool, brake: str) -> Iterator[Step]:
    if not is_launched:
        yield Step("LAUNCH", False, "The campaign was not launched.", "NOT_LAUNCHED")
        return
    yield Step("LAUNCH", True, "The campaign was launched.")
    if send is None:
        said, reason = NOT_AMONG if is_planned else NOT_YET
        yield Step("AUDIENCE", False, said, reason)
        return
    yield Step("AUDIENCE", True, "This person was among its people.", time=send.create_time)
    yield from _before_sending(send, brake)


def _before_sending(send: Send, brake: str) -> Iterator[Step]:
    if send.reason in ADDRESS:
        yield Step("ADDRESS", False, SAID[Reason(send.reason)], send.reason, send.update_time)
        return
    yield Step("ADDRESS", True, "This person has an address of their own.")
    if send.state == SendState.HELD and send.reason == Reason.BRAKE:
        yield Step("BRAKE", False, "Sales holds mail to this person.", send.reason, send.update_time, brake)
        return
    if send.state in (SendState.HELD, SendState.SUPPRESSED):
        said = SAID.get(send.reason, "This person may not be written to.")
        yield Step("CONSENT", False, said, send.reason, send.update_time)
        return
    if send.state == SendState.CANCELLED:
        yield Step("SENDING", False, "The campaign was cancelled before the mail left.", "CANCELLED", send.update_time)
        return
    yield from _sending(send)


def _sending(send: Send) -> Iterator[Step]:
    if send.state in WAITING:
        said = SAID.get(send.reason, WAITING[send.state])
        yield Step("SENDING", False, said, send.reason or send.state.value, send.update_time)
        return
    yield Step("CONSENT", True, "This person may be written to.")
    yield Step("BRAKE", True, "Nobody held it.")
    if send.state == SendState.UNKNOWN:
        said = SAID.get(send.reason, "The line was cut after the mail had left: nobody knows whether it arrived.")
        yield Step("SENDING", False, said, send.reason or "UNKNOWN", send.update_time)
    elif send.state == SendState.FAILED:
        yield Step("SENDING", False, "The mail could not be sent.", send.reason, send.update_time)
    elif send.state in HANDED_OVER:
        yield Step("SENDING", True, "The mail server took it.", time=send.handed_over_time)
        yield from _delivery(send)


def _delivery(send: Send) -> Iterator[Step]:
    if send.state == SendState.DELIVERED:
        yield Step("DELIVERY", True, "It reached the mailbox.", time=send.update_time)
    elif send.state == SendState.BOUNCED:
        yield Step("DELIVERY", False, "It came back.", send.reason, send.update_time)
