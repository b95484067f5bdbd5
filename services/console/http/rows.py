"""Threads as rows of the page: which title, which lines below it, and which of them are one burst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import language, words
from services.console.http.chips import Chip, lifecycle, single_chips
from services.console.http.language import _, plural
from services.console.http.times import Reader, moment, near_words

BURST = timedelta(minutes=10)
MOST_IN_A_BURST = 50
WORDS_OF_PEOPLE = {pb.CHANNEL_CALL, pb.CHANNEL_MEETING, pb.CHANNEL_NOTE, pb.CHANNEL_TASK, pb.CHANNEL_CONSENT}


@dataclass(frozen=True)
class Row:
    """One thread as a reader sees it, or several of one kind that are one burst: those are `folded` in."""

    thread: str
    when: datetime
    icon: str
    title: str
    lines: tuple[str, ...]
    chips: tuple[Chip, ...]
    touches: tuple[str, ...]
    style: str = ""
    campaign: str = ""
    kind: str = ""
    folded: tuple["Row", ...] = ()
    steps: tuple[pb.Touch, ...] = ()

    @property
    def id(self) -> str:
        return self.thread.rpartition("/")[2]

    @property
    def ids(self) -> tuple[str, ...]:
        """Its own thread and those folded into it."""
        return (self.id, *(one.id for one in self.folded))


@dataclass(frozen=True)
class Group:
    """A heading and the rows below it: a day, or a campaign."""

    key: str
    words: str
    rows: tuple[Row, ...]


def days(rows: Iterable[Row], at: Reader) -> list[Group]:
    """The rows under their days, in the order in which the timeline gave them."""
    return [
        Group(key.isoformat(), at.day(found[0].when), tuple(found))
        for key, found in ((key, list(group)) for key, group in groupby(rows, key=lambda one: one.when.date()))
    ]


def campaigns(rows: Iterable[Row], names: Mapping[str, str]) -> list[Group]:
    """The rows under their campaigns, the one that touched her last first; what is of no campaign stands together."""
    groups: dict[str, list[Row]] = {}
    for one in rows:
        groups.setdefault(one.campaign, []).append(one)
    return [
        Group(key or "none", (names.get(key) or _("A campaign")) if key else _("Of no campaign"), tuple(found))
        for key, found in groups.items()
    ]


def fold(rows: Iterable[Row]) -> list[Row]:
    """Rows of one kind that follow one another within ten minutes become one: the newest, with the others in it."""
    found: list[list[Row]] = []
    for one in rows:
        if found and is_one_burst(found[-1], one):
            found[-1].append(one)
        else:
            found.append([one])
    return [burst(group) if len(group) > 1 else group[0] for group in found]


def is_one_burst(group: Sequence[Row], row: Row) -> bool:
    last = group[-1]
    is_alike = bool(row.kind) and row.kind == last.kind
    return is_alike and last.when - row.when <= BURST and len(group) < MOST_IN_A_BURST


def burst(group: Sequence[Row]) -> Row:
    newest, oldest = group[0], group[-1]
    took = span((newest.when - oldest.when).total_seconds())
    return replace(
        newest,
        chips=(
            Chip(
                _("{n}× within {time}", n=len(group), time=took),
                "",
                _("Several of one kind, one after the other"),
            ),
            *newest.chips,
        ),
        touches=tuple(name for one in group for name in one.touches),
        folded=tuple(group[1:]),
    )


def row(thread: pb.Thread, at: Reader) -> Row:
    first = thread.touches[0]
    is_message = any(touch.message for touch in thread.touches)
    return Row(
        thread=thread.name,
        when=at.local(thread.thread_time) or at.now,
        icon=words.icon(first),
        title=title(thread.touches),
        lines=lines(thread.touches, at, is_message=is_message),
        chips=lifecycle(thread, at) if is_message else single_chips(first),
        touches=tuple(touch.name for touch in thread.touches),
        style="not" if words.is_suppressed(first) else "",
        campaign=next((touch.campaign for touch in thread.touches if touch.campaign), ""),
        kind=kind_of(thread, is_message=is_message),
        steps=tuple(thread.touches),
    )


def kind_of(thread: pb.Thread, *, is_message: bool) -> str:
    """What a burst is of: single touches by one kind of actor of one type, and no words of colleagues."""
    first = thread.touches[0]
    if is_message or len(thread.touches) > 1 or thread.has_more_touches or words.is_suppressed(first):
        return ""
    if first.channel in WORDS_OF_PEOPLE:
        return ""
    return f"{first.type}/{first.actor.kind}/{first.actor.user}/{first.verdict.kind}"


def is_unsent(touch: pb.Touch) -> bool:
    """Whether it tells why a mail is not there, or not yet."""
    return words.is_suppressed(touch) or touch.type == "email.deferred"


def is_late(touches: Sequence[pb.Touch]) -> bool:
    """Whether it is a reaction that stands alone: more than a day after its message."""
    first = touches[0]
    return len(touches) == 1 and bool(first.message) and first.direction == pb.DIRECTION_INBOUND


def title(touches: Sequence[pb.Touch]) -> str:
    """The campaign first; a touch of no campaign is called what its type calls it, and so is a late reaction."""
    first = touches[0]
    names = first.names
    if (first.message or is_unsent(first)) and not is_late(touches):
        return names.campaign or names.activity or names.message or words.touch_title(first)
    return words.touch_title(first)


def until(touch: pb.Touch, at: Reader) -> str:
    """When a hold ends, in words; empty where it does not say."""
    try:
        end = datetime.fromisoformat(words.attribute(touch, "until"))
    except ValueError:
        return ""
    local = at.local(end) if end.tzinfo else None
    return _("Until {time}", time=near_words(local, at.now)) if local else ""


def lines(touches: Sequence[pb.Touch], at: Reader, *, is_message: bool) -> tuple[str, ...]:
    first = touches[0]
    if is_unsent(first):
        found = [words.touch_title(first), until(first, at), first.detail]
    elif is_late(touches):
        found = [
            first.names.campaign and _("Campaign {campaign}", campaign=first.names.campaign),
            about(first, at),
            first.detail,
        ]
    elif is_message:
        found = [f"{words.channel_word(first)}{subject(first)}"]
    else:
        found = [
            until(first, at),
            first.detail,
            first.names.campaign and _("Campaign {campaign}", campaign=first.names.campaign),
        ]
    return tuple(line for line in dict.fromkeys(found) if line and line != title(touches))


def about(touch: pb.Touch, at: Reader) -> str:
    """Which message a late reaction is about: its subject where it is known, and when it was made."""
    made = at.local(made_time(touch))
    word = words.channel_word(touch)
    told = _("About the {channel}{subject}", channel=language.inside(word), subject=subject(touch))
    return told + (_(" of {day}", day=language.moment(made, _("d MMMM y"))) if made else "")


def subject(touch: pb.Touch) -> str:
    """The subject of a touch's message behind another word, in the quotation marks of the reader's language."""
    return _(" “{subject}”", subject=touch.names.message) if touch.names.message else ""


def made_time(touch: pb.Touch) -> datetime | None:
    """When a message was made: as its source says, else as the UUIDv7 of ours says; None where neither does."""
    if touch.HasField("message_time"):
        return moment(touch.message_time)
    try:
        message = UUID(touch.message)
    except ValueError:
        return None
    return datetime.fromtimestamp((message.int >> 80) / 1000, UTC) if message.version == 7 else None


def delay_words(earlier: pb.Touch, *, since: str, until: str) -> str:
    """How long one station took: `12 ms`."""
    begin, end = moment(getattr(earlier, since)), moment(getattr(earlier, until))
    if begin is None or end is None or end < begin:
        return ""
    return span((end - begin).total_seconds())


def span(seconds: float) -> str:
    """A length of time in its own unit: `12 ms`, `3.1 s`, `25 min`, `10 days`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size, limit in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return plural(round(seconds / 86_400), "{n} day", "{n} days")
