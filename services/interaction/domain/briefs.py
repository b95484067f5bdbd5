"""What a brief makes of a person's newest touches: what is open, what is next, what does not go together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

AWAITED = timedelta(days=30)
NEAR_MEETING = timedelta(hours=24)
COLLIDING = timedelta(hours=1)
TASK_CREATED, TASK_ENDED = "task.created", frozenset({"task.completed", "task.cancelled"})
MEETING_SCHEDULED = "meeting.scheduled"
MEETING_ENDED = frozenset({"meeting.held", "meeting.cancelled", "meeting.missed", "meeting.rescheduled"})
# What somebody waits for an answer to, and what a colleague answers with.
ASKING = frozenset(
    {
        "email.replied",
        "email.received",
        "sms.replied",
        "sms.received",
        "call.received",
        "call.missed",
        "form.submitted",
        "chat.message_received",
        "social.replied",
        "postal.replied",
    }
)
ANSWERING = frozenset(
    {
        "call.logged",
        "call.received",
        "call.voicemail",
        "meeting.held",
        "meeting.scheduled",
        "email.sent",
        "note.logged",
        "task.completed",
        "chat.message_sent",
    }
)


def moment_said(said: str) -> datetime | None:
    """A moment in RFC 3339 with its zone; None for anything else, since a source may say what it likes."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


class Status(StrEnum):
    """What a consent event says."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


# The most restrictive first.
STRICTNESS = (Status.REFUSED, Status.EXPIRED, Status.PENDING, Status.GRANTED)


@dataclass(frozen=True)
class Said:
    """A touch as far as a brief looks at it; `about` is the touch that it names."""

    name: str
    type: str
    time: datetime
    title: str = ""
    by_person: bool = False
    about: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class Statement:
    """One consent event of one address."""

    address: str
    purpose: str
    channel: str
    topic: str
    status: Status
    time: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Hold:
    """A brake that holds now."""

    brake: str
    target: str
    reason: str
    until: datetime


@dataclass(frozen=True)
class Step:
    """Something that is still to come."""

    kind: str  # MAILING, MEETING or TASK
    title: str
    due: datetime
    campaign: str = ""
    activity: str = ""
    touch: str = ""


@dataclass(frozen=True)
class Clash:
    """Two things that do not go together."""

    kind: str
    subject: str
    other: str
    time: datetime


def open_tasks(said: Iterable[Said]) -> list[Said]:
    """Tasks that are neither done nor dropped: by due time, those without one last, the newest first."""
    said = list(said)
    ended = {one.about for one in said if one.type in TASK_ENDED}
    found = [one for one in said if one.type == TASK_CREATED and one.name not in ended]
    found.sort(key=lambda one: one.time, reverse=True)
    return sorted(found, key=lambda one: (one.due is None, one.due or one.time))


def unanswered(said: Iterable[Said], now: datetime) -> list[Said]:
    """What the person asked in the last 30 days and no colleague has answered since, the newest first."""
    said = list(said)
    answers = [one.time for one in said if one.type in ANSWERING and one.by_person]
    last = max(answers, default=None)
    asked = [one for one in said if one.type in ASKING and now - one.time <= AWAITED]
    waiting = [one for one in asked if last is None or one.time > last]
    return sorted(waiting, key=lambda one: one.time, reverse=True)


def meetings(said: Iterable[Said], now: datetime) -> list[Said]:
    """Meetings that are ahead; one that a later touch moved or cancelled is none."""
    said = list(said)
    gone = {one.about for one in said if one.type in MEETING_ENDED}
    ahead = (one for one in said if one.type == MEETING_SCHEDULED and one.due is not None and one.due > now)
    return sorted((one for one in ahead if one.name not in gone), key=lambda one: one.due or now)


def standing(statements: Iterable[Statement], now: datetime) -> list[Statement]:
    """What holds for each purpose, channel and topic: the newest of an address, the strictest of several addresses."""
    newest: dict[tuple[str, str, str, str], Statement] = {}
    for one in sorted(statements, key=lambda one: one.time):
        newest[one.address, one.purpose, one.channel, one.topic] = one
    strictest: dict[tuple[str, str, str], Statement] = {}
    for one in (_dated(each, now) for each in newest.values()):
        scope = (one.purpose, one.channel, one.topic)
        kept = strictest.get(scope)
        if kept is None or STRICTNESS.index(one.status) < STRICTNESS.index(kept.status):
            strictest[scope] = one
    return [strictest[scope] for scope in sorted(strictest)]


def _dated(one: Statement, now: datetime) -> Statement:
    """A grant that has run out says so."""
    if one.status is Status.GRANTED and one.end is not None and one.end <= now:
        return replace(one, status=Status.EXPIRED, time=one.end)
    return one


def allows_mail(consents: Iterable[Statement]) -> bool:
    """Whether anything may be mailed: some grant of marketing by e-mail, and no refusal of all of it."""
    mail = [one for one in consents if one.purpose == "marketing" and one.channel in ("", "email")]
    refused = any(one.status is Status.REFUSED and not one.topic for one in mail)
    return not refused and any(one.status is Status.GRANTED for one in mail)


def clashes(
    steps: Sequence[Step], holds: Sequence[Hold], *, allowed: bool, overdue: Iterable[Said], now: datetime
) -> list[Clash]:
    """What does not go together, the nearest first."""
    by_kind: Mapping[str, list[Step]] = {
        kind: [step for step in steps if step.kind == kind] for kind in ("MAILING", "MEETING")
    }
    found = [Clash("TASK_OVERDUE", one.name, "", one.due) for one in overdue if one.due is not None and one.due < now]
    for mailing in by_kind["MAILING"]:
        found += [
            Clash("MAILING_NEAR_MEETING", mailing.activity, meeting.touch, mailing.due)
            for meeting in by_kind["MEETING"]
            if abs(meeting.due - mailing.due) <= NEAR_MEETING
        ]
        found += [
            Clash("MAILING_DURING_BRAKE", mailing.activity, hold.brake, mailing.due)
            for hold in holds
            if mailing.due < hold.until
        ]
        if not allowed:
            found.append(Clash("MAILING_WITHOUT_CONSENT", mailing.activity, "", mailing.due))
    for first, second in zip(by_kind["MEETING"], by_kind["MEETING"][1:], strict=False):
        if second.due - first.due < COLLIDING:
            found.append(Clash("MEETINGS_COLLIDE", first.touch, second.touch, first.due))
    return sorted(found, key=lambda one: one.time)
