"""Threads as rows of the page: which title, which line below it, which chips."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import words
from services.console.http.campaigns import wording
from services.console.http.times import Reader, moment, near_words

CHIP_TEXT = 60


@dataclass(frozen=True)
class Chip:
    """One step of a lifecycle: `opened 2×`."""

    text: str
    tone: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Row:
    """One thread as a reader sees it."""

    thread: str
    when: datetime
    icon: str
    title: str
    lines: tuple[str, ...]
    chips: tuple[Chip, ...]
    touches: tuple[str, ...]
    style: str = ""

    @property
    def id(self) -> str:
        return self.thread.rpartition("/")[2]


@dataclass(frozen=True)
class Day:
    """A heading and the rows below it."""

    key: str
    words: str
    rows: tuple[Row, ...]


def days(threads: Iterable[pb.Thread], at: Reader) -> list[Day]:
    """The rows under their days, in the order in which the timeline gave them."""
    rows = [row(thread, at) for thread in threads]
    return [
        Day(key.isoformat(), at.day(found[0].when), tuple(found))
        for key, found in ((key, list(group)) for key, group in groupby(rows, key=lambda one: one.when.date()))
    ]


def row(thread: pb.Thread, at: Reader) -> Row:
    first = thread.touches[0]
    is_message = any(touch.message for touch in thread.touches)
    return Row(
        thread=thread.name,
        when=at.local(thread.thread_time) or at.now,
        icon=words.icon(first),
        title=title(thread.touches),
        lines=lines(thread.touches, at, is_message=is_message),
        chips=chips(thread, at) if is_message else single_chips(first),
        touches=tuple(touch.name for touch in thread.touches),
        style="not" if is_suppressed(first) else "",
    )


def is_suppressed(touch: pb.Touch) -> bool:
    return touch.touch_class == pb.TOUCH_CLASS_SUPPRESSED


def is_unsent(touch: pb.Touch) -> bool:
    """Whether it tells why a mail is not there, or not yet."""
    return is_suppressed(touch) or touch.type == "email.deferred"


def title(touches: Sequence[pb.Touch]) -> str:
    """The campaign first; a touch of no campaign is called what its type calls it."""
    first = touches[0]
    names = first.names
    if first.message or is_unsent(first):
        return names.campaign or names.activity or names.message or touch_title(first)
    return touch_title(first)


def touch_title(touch: pb.Touch) -> str:
    """Its type's line, with a reason of ours in words."""
    title = touch.title or f"{words.channel_word(touch)}: {words.short_type(touch.type)}"
    code = attribute(touch, "reason")
    return title.replace(code, wording.reason(code)) if code in wording.REASONS else title


def attribute(touch: pb.Touch, key: str) -> str:
    """A text attribute; empty where it has none."""
    return str(touch.attributes[key]) if key in touch.attributes else ""


def until(touch: pb.Touch, at: Reader) -> str:
    """When a hold ends, in words; empty where it does not say."""
    try:
        end = datetime.fromisoformat(attribute(touch, "until"))
    except ValueError:
        return ""
    local = at.local(end) if end.tzinfo else None
    return f"Until {near_words(local, at.now)}" if local else ""


def lines(touches: Sequence[pb.Touch], at: Reader, *, is_message: bool) -> tuple[str, ...]:
    first = touches[0]
    if is_unsent(first):
        found = [touch_title(first), until(first, at), first.detail]
    elif is_message:
        subject = f" “{first.names.message}”" if first.names.message else ""
        found = [f"{words.channel_word(first)}{subject}"]
    else:
        found = [until(first, at), first.detail, first.names.campaign and f"Campaign {first.names.campaign}"]
    return tuple(line for line in dict.fromkeys(found) if line and line != title(touches))


def single_chips(touch: pb.Touch) -> tuple[Chip, ...]:
    found = []
    if words.is_machine(touch):
        found.append(Chip("machine", "warn", ", ".join(touch.verdict.reasons)))
    if touch.shared:
        found.append(Chip("shared address", "warn", "Several people share this address: nobody knows who it was"))
    if touch.correction_of:
        found.append(Chip("corrected", "", "A later statement of the source stands for the first"))
    return tuple(found)


def chips(thread: pb.Thread, at: Reader) -> tuple[Chip, ...]:
    """What people did, step by step; what machines did stands aside, in one chip a type."""
    people = [touch for touch in thread.touches if not words.is_machine(touch)]
    machines = [touch for touch in thread.touches if words.is_machine(touch)]
    found = [step(group, at) for group in by_type(people) if not is_suppressed(group[0])]
    found += inferred(people)
    found += [aside(group) for group in by_type(machines)]
    if thread.has_more_touches:
        found.append(Chip("and more", "", "Open the thread to see every touch"))
    if thread.touches[0].shared:
        found.append(Chip("shared address", "warn", "Several people share this address"))
    return tuple(found)


def by_type(touches: Iterable[pb.Touch]) -> list[list[pb.Touch]]:
    groups: dict[str, list[pb.Touch]] = {}
    for touch in sorted(touches, key=lambda one: one.rank):
        groups.setdefault(touch.type, []).append(touch)
    return list(groups.values())


def step(group: Sequence[pb.Touch], at: Reader) -> Chip:
    first, last = group[0], group[-1]
    active = first.touch_class == pb.TOUCH_CLASS_ACTIVE
    text = active_text(first) if active else words.short_type(first.type)
    times = f" {len(group)}×" if len(group) > 1 else ""
    when = at.local(first.occurred_time)
    clock = f" {when:%H:%M}" if active and when and len(group) == 1 else ""
    return Chip(f"{text}{times}{clock}", tone(first), span_words(first, last, at))


def active_text(touch: pb.Touch) -> str:
    text = touch_title(touch)
    text = text if len(text) <= CHIP_TEXT else f"{text[:CHIP_TEXT]}…"
    return text[:1].lower() + text[1:]


def span_words(first: pb.Touch, last: pb.Touch, at: Reader) -> str:
    begin, end = at.local(first.occurred_time), at.local(last.occurred_time)
    if begin is None or end is None:
        return ""
    return f"{begin:%d %b %H:%M:%S}" if begin == end else f"first {begin:%d %b %H:%M:%S}, last {end:%d %b %H:%M:%S}"


def tone(touch: pb.Touch) -> str:
    if words.short_type(touch.type) in words.TROUBLE:
        return "bad"
    if touch.touch_class == pb.TOUCH_CLASS_ACTIVE:
        return "key"
    return "good" if touch.rank >= 20 and touch.touch_class == pb.TOUCH_CLASS_PASSIVE else ""


def inferred(people: Sequence[pb.Touch]) -> list[Chip]:
    """A click says that the mail was opened, even where its pictures were never loaded."""
    types = {touch.type for touch in people}
    if "email.clicked" in types and "email.opened" not in types:
        return [Chip("opened (inferred)", "good", "From the click: its pictures were not loaded")]
    return []


def aside(group: Sequence[pb.Touch]) -> Chip:
    number = len(group)
    noun = {"clicked": "click", "opened": "open"}.get(words.short_type(group[0].type), words.short_type(group[0].type))
    plural = "s" if number > 1 and noun in {"click", "open"} else ""
    reasons = ", ".join(sorted({reason for touch in group for reason in touch.verdict.reasons}))
    return Chip(f"{number} scanner {noun}{plural} aside", "warn", reasons)


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
    return f"{seconds / 86_400:.0f} days"
