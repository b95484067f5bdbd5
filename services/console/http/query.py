"""The filter of a timeline as it stands in the address: read, written back, compared with an arriving touch."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import words
from services.console.http.times import Reader, moment
from services.console.http.users import User

LONGEST_TEXT = 200
MOST_CHOICES = 50


def slug(word: str) -> str:
    return word.lower().replace(" ", "-")


# `?channel=e-mail`: addresses hold words, so that a person can read and change them.
CHANNELS = {slug(word): number for number, (word, _) in words.CHANNELS.items()}
CLASSES = dict(zip(("active", "passive", "system", "suppressed"), words.CLASSES, strict=True))
ACTORS = dict(zip(("person", "system", "machine"), words.ACTORS, strict=True))


@dataclass(frozen=True)
class Query:
    """What a reader asked to see."""

    types: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    text: str = ""
    people_only: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether more than the people-only default hides something."""
        chosen = (self.types, self.channels, self.classes, self.campaigns, self.actors, self.text)
        return any(chosen) or self.first_day is not None or self.last_day is not None

    def address(self, **more: str) -> str:
        """The query part of the address that shows this again, with `more` beside."""
        pairs = [("people", "1" if self.people_only else "0")]
        for name, values in (
            ("type", self.types),
            ("channel", self.channels),
            ("class", self.classes),
            ("campaign", self.campaigns),
            ("actor", self.actors),
        ):
            pairs += [(name, value) for value in values]
        if self.first_day:
            pairs.append(("from", self.first_day.isoformat()))
        if self.last_day:
            pairs.append(("to", self.last_day.isoformat()))
        if self.text:
            pairs.append(("q", self.text))
        return urlencode(pairs + [(name, value) for name, value in more.items() if value])

    def filter(self, at: Reader) -> pb.TimelineFilter:
        """The filter that interaction understands; days are the reader's days, the last one included."""
        found = pb.TimelineFilter(
            types=self.types,
            channels=[CHANNELS[name] for name in self.channels],
            classes=[CLASSES[name] for name in self.classes],
            campaigns=self.campaigns,
            actors=[ACTORS[name] for name in self.actors],
            people_only=self.people_only,
            text=self.text,
        )
        if self.first_day:
            found.from_time.FromDatetime(midnight(self.first_day, at))
        if self.last_day:
            found.to_time.FromDatetime(midnight(self.last_day + timedelta(days=1), at))
        return found


def midnight(day: date, at: Reader) -> datetime:
    return datetime.combine(day, time(), tzinfo=at.zone)


def read(params: QueryParams, user: User) -> Query:
    """The query of an address. What it does not know it leaves out; reps see people only unless they say otherwise."""
    wish = params.getlist("people")
    return Query(
        types=choices(params, "type"),
        channels=choices(params, "channel", CHANNELS),
        classes=choices(params, "class", CLASSES),
        campaigns=choices(params, "campaign"),
        actors=choices(params, "actor", ACTORS),
        first_day=day(params.get("from", "")),
        last_day=day(params.get("to", "")),
        text=short(params.get("q", "").replace("\0", "").strip()),
        people_only=wish[-1] == "1" if wish else user.role == "rep",
    )


def choices(params: QueryParams, name: str, known: Mapping[str, int] | None = None) -> tuple[str, ...]:
    values = dict.fromkeys(value for value in params.getlist(name) if value and (known is None or value in known))
    return tuple(values)[:MOST_CHOICES]


def day(text: str) -> date | None:
    """A day of an address; days near the ends of the calendar are no days of a timeline."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9000 else None


def short(text: str) -> str:
    """At most 200 bytes, cut between characters."""
    return text.encode("utf-8", "ignore")[:LONGEST_TEXT].decode("utf-8", "ignore")


def could_show(query: Query, found: pb.TimelineFilter, touch: pb.Touch) -> bool:
    """Whether a touch that arrives would be on the page. Text is the service's to search: it counts as found."""
    when = moment(touch.occurred_time)
    return (
        not (query.people_only and words.is_machine(touch))
        and one_of(found.channels, touch.channel)
        and one_of(found.classes, touch.touch_class)
        and one_of(found.campaigns, touch.campaign)
        and one_of(found.actors, touch.actor.kind)
        and (not query.types or any(type_matches(name, touch.type) for name in query.types))
        and within(when, moment(found.from_time), moment(found.to_time))
    )


def one_of(wanted: Container[object], value: object) -> bool:
    return not wanted or value in wanted


def within(when: datetime | None, begin: datetime | None, end: datetime | None) -> bool:
    return when is None or ((begin is None or when >= begin) and (end is None or when < end))


def type_matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
