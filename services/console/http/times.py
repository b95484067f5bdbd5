"""Moments in the words of a reader: days, hours and distances, in that reader's time zone."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from services.console.http import language
from services.console.http.language import _, sayings

NEAR = sayings({-1: "yesterday", 0: "today", 1: "tomorrow"})
NEAR_HEADINGS = sayings({-1: "Yesterday", 0: "Today", 1: "Tomorrow"})


def zone(name: str) -> ZoneInfo:
    """The named time zone; UTC where the name is unknown, since it may come from a browser."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(stamp: Any) -> datetime | None:
    """A protobuf Timestamp as an aware datetime; None where it is not set."""
    if stamp.seconds == 0 and stamp.nanos == 0:
        return None
    found: datetime = stamp.ToDatetime(tzinfo=UTC)
    return found


def aware(text: str) -> datetime | None:
    """A moment in ISO 8601 with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def in_zone(when: datetime, where: ZoneInfo) -> datetime:
    """A moment on another clock; as it is where that clock would leave the years 1 to 9999, which touches may name."""
    try:
        return when.astimezone(where)
    except OverflowError:
        return when


def day_words(day: date, today: date) -> str:
    distance = (day - today).days
    if distance in NEAR:
        return NEAR_HEADINGS[distance]
    return language.moment(day, _("EEEE d MMMM") if day.year == today.year else _("EEEE d MMMM y"))


def near_words(when: datetime, now: datetime) -> str:
    """A moment in a few words: `today, 09:41`, `Tuesday`, `17 November`, `3 May 2025`. Both in one zone."""
    distance = (when.date() - now.date()).days
    if distance in NEAR:
        return f"{NEAR[distance]}, {when:%H:%M}"
    if -7 < distance < 0:
        return language.moment(when, "EEEE")
    return language.moment(when, _("d MMMM") if when.year == now.year else _("d MMMM y"))


def at_words(when: datetime, now: datetime) -> str:
    """The same behind a verb: `clicked today, 09:41`, `clicked on Tuesday`."""
    told = near_words(when, now)
    return told if (when.date() - now.date()).days in NEAR else _("on {day}", day=told)


def element(when: datetime | None, text: str) -> Markup:
    """A <time> element: words to read, the exact moment for machines and as a tooltip."""
    if when is None:
        return Markup("<span>–</span>")
    exact = f"{when:%Y-%m-%d %H:%M:%S} {when.tzname()}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(when.isoformat(), exact, text)


class Reader:
    """One reader's clock: everything is shown as it stands on it."""

    def __init__(self, time_zone: str, now: datetime) -> None:
        self.zone = zone(time_zone)
        self.now = now.astimezone(self.zone)

    def local(self, when: Any) -> datetime | None:
        """A Timestamp or a datetime, in the reader's zone; in its own where that zone would leave the calendar."""
        known = when if isinstance(when, datetime) or when is None else moment(when)
        return in_zone(known, self.zone) if known else None

    def clock(self, when: Any) -> Markup:
        at = self.local(when)
        return element(at, f"{at:%H:%M}" if at else "")

    def near(self, when: Any) -> Markup:
        at = self.local(when)
        return element(at, near_words(at, self.now) if at else "")

    def full(self, when: Any) -> Markup:
        at = self.local(when)
        return element(at, language.moment(at, _("d MMM y, HH:mm:ss")) if at else "")

    def date(self, when: Any) -> Markup:
        at = self.local(when)
        return element(at, language.moment(at, _("d MMMM y")) if at else "")

    def there(self, when: Any, time_zone: str) -> str:
        """A moment on somebody else's clock, `10:00 in New York`; nothing where that clock shows the same."""
        here, theirs = self.local(when), zone(time_zone)
        if here is None or here.utcoffset() == in_zone(here, theirs).utcoffset():
            return ""
        city = time_zone.rpartition("/")[2].replace("_", " ")
        return _("{time} in {city}", time=language.moment(in_zone(here, theirs), "EEE HH:mm"), city=city)

    def midnight(self, day: date) -> datetime:
        """The beginning of a day of the reader's, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def noon(self, day: date) -> datetime:
        """The middle of a day of the reader's."""
        return datetime.combine(day, time(12), tzinfo=self.zone)

    def day(self, when: datetime) -> str:
        return day_words(when.date(), self.now.date())
