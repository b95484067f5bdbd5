"""The sum that every mailing shows: planned, and what became of everyone who was; each number with its list."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from chassis.enums import constant
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http.campaigns import wording
from services.console.http.language import _, number, plural, sayings

ADDENDS = ("handed_over", "failed", "suppressed", "held", "cancelled", "unknown", "in_flight")
LABELS = sayings(
    {
        "planned": "planned",
        "handed_over": "handed over",
        "delivered": "delivered",
        "bounced": "bounced",
        "failed": "failed",
        "suppressed": "not sent",
        "held": "held",
        "cancelled": "cancelled",
        "unknown": "unknown",
        "in_flight": "in flight",
    }
)
HINTS = sayings(
    {
        "planned": "Everyone in the ledger",
        "handed_over": "The mail server took it; where nobody reports more, it stays so",
        "failed": "Could not be sent, for good",
        "suppressed": "Left out on purpose: consent, same address, no address",
        "held": "Wait for something that can change",
        "cancelled": "Given up with the campaign",
        "unknown": "The line was cut after the mail had been sent: it may have arrived",
        "in_flight": "Planned or being sent, not decided yet",
    }
)
# The states of the ledger behind each number; none for all of them.
STATES = {
    "planned": (),
    "handed_over": ("HANDED_OVER", "DELIVERED", "BOUNCED"),
    "delivered": ("DELIVERED",),
    "bounced": ("BOUNCED",),
    "failed": ("FAILED",),
    "suppressed": ("SUPPRESSED",),
    "held": ("HELD",),
    "cancelled": ("CANCELLED",),
    "unknown": ("UNKNOWN",),
    "in_flight": ("PLANNED", "CLAIMED"),
}
OF_STATE = {state: key for key, states in STATES.items() if key not in {"delivered", "bounced"} for state in states}


@dataclass(frozen=True)
class Number:
    """One number of the sum."""

    key: str
    label: str
    text: str
    href: str
    hint: str


@dataclass(frozen=True)
class Why:
    """How many have one state for one reason."""

    text: str
    words: str
    href: str


def of(counts: pb.SendCounts, scope: str, key: str) -> Number:
    """`scope` is the campaign or the activity whose number it is."""
    return Number(key, LABELS[key], wording.number(getattr(counts, key)), link(scope, key), HINTS.get(key, ""))


def link(scope: str, key: str, reason: str = "") -> str:
    """Where the people behind a number are listed."""
    parts = scope.split("/")
    asked = {"of": key, "activity": parts[3] if len(parts) > 3 else "", "reason": reason}
    return f"/{'/'.join(parts[:2])}/sends?{urlencode({name: value for name, value in asked.items() if value})}"


def reasons(counts: pb.SendCounts, scope: str) -> list[Why]:
    """The numbers that have a reason, by reason, most first."""
    lines = sorted((line for line in counts.lines if line.reason and line.count), key=lambda line: -line.count)
    return [
        Why(
            wording.number(line.count),
            f"{wording.SEND.get(line.state, ('', ''))[0]}: {wording.reason(line.reason)}",
            link(scope, _list_of(line.state), line.reason),
        )
        for line in lines
    ]


def _list_of(state: pb.Send.State.ValueType) -> str:
    """The list that sends of a state are in."""
    return OF_STATE.get(constant(pb.Send.State.DESCRIPTOR, state).removeprefix("STATE_"), "planned")


def share(counts: pb.SendCounts) -> int:
    """How much of the sum is decided, in thousandths; held ones are not."""
    if not counts.planned:
        return 0
    return 1000 * (counts.planned - counts.in_flight - counts.held) // counts.planned


def pace(counts: pb.SendCounts) -> str:
    """`24 a second, about 3 minutes to go`; nothing where nothing moves."""
    if not counts.in_flight or counts.rate_per_second <= 0:
        return ""
    rate = counts.rate_per_second
    told = (
        _("{rate} a second", rate=number(rate, "#,##0"))
        if rate >= 1
        else _("{rate} a minute", rate=number(rate * 60, "#,##0"))
    )
    if counts.HasField("eta"):
        return _("{pace}, {length} to go", pace=told, length=length(counts.eta.ToTimedelta()))
    return told


def length(time: timedelta) -> str:
    seconds = time.total_seconds()
    if seconds < 60:
        return _("less than a minute")
    minutes = round(seconds / 60)
    if minutes < 90:
        return plural(minutes, "about a minute", "about {n} minutes")
    return plural(round(minutes / 60), "about an hour", "about {n} hours")


def shape(campaign: pb.Campaign) -> str:
    """What the page's parts depend on, in short: buttons by state, reasons once there are any."""
    reasons = sorted((int(line.state), line.reason) for line in campaign.counts.lines if line.reason and line.count)
    told = repr((campaign.state, campaign.etag, bool(campaign.counts.planned), reasons))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
