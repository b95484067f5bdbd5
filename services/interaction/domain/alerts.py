"""Whom an alert reaches and when a digest is due, and what both say; nothing here sends anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.interaction.domain.activities import Activity, Reason
from services.interaction.domain.errors import bad_argument

FRESH = timedelta(hours=24)  # what happened longer ago is history, however late it was recorded
LATE = timedelta(days=7)  # a reminder of longer ago is history; less than the 30 days for which alerts are kept
PAUSE = timedelta(minutes=5)  # between two mails to one person
GIVE_UP = timedelta(hours=24)
LONGEST_WAIT = timedelta(hours=1)
USUAL = (Reason.ASKED, Reason.BOUGHT, Reason.CAME, Reason.LEFT, Reason.READ)
WORDS = {
    Reason.ASKED: "wants an answer",
    Reason.BOUGHT: "bought",
    Reason.CAME: "came",
    Reason.LEFT: "left",
    Reason.READ: "reads us",
    Reason.VISITED: "visited",
    Reason.OTHER: "was here",
    Reason.REMINDED: "has a task that you wanted to be reminded of",
}


@dataclass(frozen=True)
class AlertSettings:
    """How one colleague wants to be told."""

    user: str
    address: str = ""
    is_mailed: bool = False
    is_digested: bool = False
    digest_hour: int = 7
    time_zone: str = "UTC"
    webhook_url: str = ""
    webhook_secret: str = ""
    reasons: tuple[int, ...] = ()
    webhook_trouble: str = ""
    revision: int = 0
    next_digest_time: datetime | None = None

    @property
    def wanted(self) -> frozenset[int]:
        """The reasons that are told; nothing said means the usual ones."""
        return frozenset(self.reasons or USUAL)


class Alert(NamedTuple):
    """One touch that its contact's owner is told of."""

    user: str
    subject: UUID
    touch: UUID
    contact: UUID
    reason: int
    type: str
    occurred_time: datetime
    create_time: datetime


class Line(NamedTuple):
    """One alert as a mail says it."""

    name: str
    contact: UUID
    reason: int
    type: str
    time: datetime


def zone_of(name: str) -> ZoneInfo:
    """A time zone; refuses what is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise bad_argument("alert_settings.time_zone", "is no IANA time zone") from None


def next_digest(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The next time that a clock on the wall shows that hour."""
    today = now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        found = datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)
        if found > now:
            return found
    return now + timedelta(days=1)


def next_try(now: datetime, tries: int) -> datetime:
    """When a webhook that failed so often is tried again: after 1, 2, 4 … minutes, an hour at most."""
    return now + min(LONGEST_WAIT, timedelta(minutes=2 ** min(tries, 6)))


def one_line(text: str) -> str:
    """A text from outside that can break out of no line of ours."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:200]


def alert_text(lines: Sequence[Line], console: str, zone: ZoneInfo) -> tuple[str, str]:
    """Subject and text of the mail that tells of some alerts."""
    first = lines[0]
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    subject = f"{one_line(first.name) or 'Somebody'} {WORDS[Reason(first.reason)]}{more}"
    return subject, "\n\n".join(_told(line, console, zone) for line in lines) + _foot(console)


def digest_text(
    activities: Sequence[tuple[str, Activity]], tasks: Iterable[tuple[str, str]], console: str, zone: ZoneInfo
) -> tuple[str, str]:
    """Subject and text of a day's digest; empty where there is nothing to tell."""
    tasks = list(tasks)
    if not activities and not tasks:
        return "", ""
    lines = [
        _told(Line(name, one.contact, one.reason, one.touch.type, one.last_time), console, zone)
        for name, one in activities
    ]
    parts = ["\n\n".join(lines)] if lines else ["Nobody did anything since yesterday."]
    if tasks:
        parts.append("To be done:\n" + "\n".join(f"- {one_line(title)}{due}" for title, due in tasks))
    return f"Your day: {len(activities)} people, {len(tasks)} tasks", "\n\n".join(parts) + _foot(console)


def _told(line: Line, console: str, zone: ZoneInfo) -> str:
    when = f"{line.time.astimezone(zone):%a %d %b, %H:%M}"
    kind = line.type.replace(".", ": ").replace("_", " ")
    who = one_line(line.name) or "Somebody"
    return f"{who} {WORDS[Reason(line.reason)]} ({kind}, {when})\n{console}/contacts/{line.contact}"


def _foot(console: str) -> str:
    return f"\n\n--\nMachines are left out. What you are told is your own choice: {console}/alerts\n"
