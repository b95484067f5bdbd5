"""The filter of a timeline as it stands in the address: read, written back, compared with an arriving touch."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import words
from services.console.http.times import Reader, moment
from services.console.http.users import User

LONGEST_TEXT = 200
THREAD = re.compile("[A-Za-z0-9_-]{32}")  # the id of a thread
MOST_CHOICES = 50


def slug(word: str) -> str:
    return word.lower().replace(" ", "-")


# `?channel=e-mail`: addresses hold words, so that a person can read and change them.
CHANNELS = {slug(word): number for number, (word, _icon) in words.CHANNELS.items()}
CLASSES = dict(zip(("active", "passive", "system", "suppressed"), words.CLASSES, strict=True))
VIEWS = ("campaign", "raw")
ACTORS = dict(zip(("person", "system", "machine"), words.ACTORS, strict=True))


@dataclass(frozen=True)
class Query:
    """What a reader asked to see."""

    types: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    text: str = ""
    people_only: bool = False
    view: str = ""
    begin_day: date | None = None
    start: str = ""

    @property
    def is_moved(self) -> bool:
        """Whether its first page begins at a day or a thread, not at the newest."""
        return self.begin_day is not None or bool(self.start)

    @property
    def is_narrow(self) -> bool:
        """Whether more than the people-only default hides something."""
        chosen = (self.types, self.channels, self.classes, self.campaigns, self.accounts, self.deals, self.actors)
        return any(chosen) or bool(self.text) or self.first_day is not None or self.last_day is not None

    @property
    def newest(self) -> "Query":
        """The same from the newest thread on."""
        return replace(self, begin_day=None, start="")

    def seen_as(self, view: str) -> "Query":
        """The same in another view; an empty one is the usual, by day."""
        return replace(self, view=view)

    def address(self, **more: str) -> str:
        """The query part of the address that shows this again, with `more` beside."""
        pairs = [("people", "1" if self.people_only else "0")]
        for name, values in (
            ("type", self.types),
            ("channel", self.channels),
            ("class", self.classes),
            ("campaign", self.campaigns),
            ("account", self.accounts),
            ("deal", self.deals),
            ("actor", self.actors),
        ):
            pairs += [(name, value) for value in values]
        if self.first_day:
            pairs.append(("from", self.first_day.isoformat()))
        if self.last_day:
            pairs.append(("to", self.last_day.isoformat()))
        if self.text:
            pairs.append(("q", self.text))
        if self.view:
            pairs.append(("view", self.view))
        if self.begin_day:
            pairs.append(("at", self.begin_day.isoformat()))
        if self.start:
            pairs.append(("start", self.start))
        return urlencode(pairs + [(name, value) for name, value in more.items() if value])

    def filter(self, at: Reader) -> pb.TimelineFilter:
        """The filter that interaction understands; days are the reader's days, the last one included."""
        found = pb.TimelineFilter(
            types=self.types,
            channels=[CHANNELS[name] for name in self.channels],
            classes=[CLASSES[name] for name in self.classes],
            campaigns=self.campaigns,
            accounts=self.accounts,
            deals=self.deals,
            actors=[ACTORS[name] for name in self.actors],
            people_only=self.people_only and self.view != "raw",
            text=self.text,
        )
        if self.first_day:
            found.from_time.FromDatetime(at.midnight(self.first_day))
        if self.last_day:
            found.to_time.FromDatetime(at.midnight(self.last_day + timedelta(days=1)))
        return found


def asked_by(found: pb.TimelineFilter, at: Reader) -> Query:
    """The query that asks for what a filter asks for: the way back of Query.filter."""
    begin, end = at.local(found.from_time), at.local(found.to_time)
    return Query(
        types=tuple(found.types),
        channels=tuple(name for name, number in CHANNELS.items() if number in found.channels),
        classes=tuple(name for name, number in CLASSES.items() if number in found.classes),
        campaigns=tuple(found.campaigns),
        accounts=tuple(found.accounts),
        deals=tuple(found.deals),
        actors=tuple(name for name, number in ACTORS.items() if number in found.actors),
        first_day=begin.date() if begin else None,
        last_day=(end - timedelta(microseconds=1)).date() if end else None,
        text=found.text,
        people_only=found.people_only,
    )


def place(query: Query, contact: str, at: Reader) -> pb.GetTimelineRequest:
    """Where the first page begins: with a thread, with the last moment of a day, or with the newest."""
    found = pb.GetTimelineRequest()
    if query.start:
        found.start_thread = f"{contact}/threads/{query.start}"
    elif query.begin_day:
        last = at.midnight(query.begin_day + timedelta(days=1)) - timedelta(microseconds=1)
        found.start_time.FromDatetime(last)
    return found


def read(params: QueryParams, user: User) -> Query:
    """The query of an address. What it does not know it leaves out; reps see people only unless they say otherwise."""
    wish = params.getlist("people")
    return Query(
        types=choices(params, "type"),
        channels=choices(params, "channel", CHANNELS),
        classes=choices(params, "class", CLASSES),
        campaigns=choices(params, "campaign"),
        accounts=choices(params, "account"),
        deals=choices(params, "deal"),
        actors=choices(params, "actor", ACTORS),
        first_day=day(params.get("from", "")),
        last_day=day(params.get("to", "")),
        text=short(params.get("q", "").replace("\0", "").strip()),
        people_only=wish[-1] == "1" if wish else user.role == "rep",
        view=view if (view := params.get("view", "")) in VIEWS else "",
        begin_day=day(params.get("at", "")),
        start=params.get("start", "") if THREAD.fullmatch(params.get("start", "")) else "",
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
        not (found.people_only and words.is_machine(touch))
        and one_of(found.channels, touch.channel)
        and one_of(found.classes, touch.touch_class)
        and one_of(found.campaigns, touch.campaign)
        and one_of(found.accounts, touch.account)
        and one_of(found.deals, touch.deal)
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
