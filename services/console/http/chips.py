"""What stands in a row's chips: a lifecycle step by step, machines aside, what was not measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import language, words
from services.console.http.language import N_, _, plural
from services.console.http.times import Reader

CHIP_TEXT = 60
MOST_COUNTED = 100
# Touches that only a pixel or a counted link can bring.
MEASURED = {"email.opened", "email.clicked"}
UNMEASURED = N_(
    "This person has not allowed it: this mail carries no pixel and no counted links, so no open and no click is told"
)


@dataclass(frozen=True)
class Chip:
    """One step of a lifecycle: `opened 2×`."""

    text: str
    tone: str = ""
    hint: str = ""


def single_chips(touch: pb.Touch) -> tuple[Chip, ...]:
    found = []
    if words.is_machine(touch):
        found.append(Chip(_("machine"), "warn", words.reason_words(touch.verdict.reasons)))
    if touch.shared:
        found.append(Chip(_("shared address"), "warn", _("Several people share this address: nobody knows who it was")))
    if touch.correction_of:
        found.append(Chip(_("corrected"), "", _("A later statement of the source stands for the first")))
    return tuple(found)


def lifecycle(thread: pb.Thread, at: Reader) -> tuple[Chip, ...]:
    """What people did, step by step; what machines did stands aside, in one chip a type."""
    people = [touch for touch in thread.touches if not words.is_machine(touch)]
    machines = [touch for touch in thread.touches if words.is_machine(touch)]
    found = [step(group, at) for group in by_type(people) if not words.is_suppressed(group[0])]
    found += inferred(people)
    found += unmeasured(people)
    found += [aside(group[0].type, len(group), reasons_of(group)) for group in by_type(machines)]
    found += [aside(one.type, one.count, one.reasons) for one in thread.machine_touches]
    if thread.has_more_touches:
        found.append(Chip(_("and more"), "", _("Open the thread to see every touch")))
    if thread.touches[0].shared:
        found.append(Chip(_("shared address"), "warn", _("Several people share this address")))
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
    text = words.touch_title(touch)
    text = text if len(text) <= CHIP_TEXT else f"{text[:CHIP_TEXT]}…"
    return text[:1].lower() + text[1:]


def span_words(first: pb.Touch, last: pb.Touch, at: Reader) -> str:
    begin, end = at.local(first.occurred_time), at.local(last.occurred_time)
    if begin is None or end is None:
        return ""
    first_words, last_words = (language.moment(one, _("dd MMM HH:mm:ss")) for one in (begin, end))
    return first_words if begin == end else _("first {begin}, last {end}", begin=first_words, end=last_words)


def tone(touch: pb.Touch) -> str:
    if touch.type.rpartition(".")[2] in words.TROUBLE:
        return "bad"
    if touch.touch_class == pb.TOUCH_CLASS_ACTIVE:
        return "key"
    return "good" if touch.rank >= 20 and touch.touch_class == pb.TOUCH_CLASS_PASSIVE else ""


def inferred(people: Sequence[pb.Touch]) -> list[Chip]:
    """A click says that the mail was opened, even where its pictures were never loaded."""
    types = {touch.type for touch in people}
    if "email.clicked" in types and "email.opened" not in types:
        return [Chip(_("opened (inferred)"), "good", _("From the click: its pictures were not loaded"))]
    return []


def unmeasured(people: Sequence[pb.Touch]) -> list[Chip]:
    """A mail that nothing is measured of is not one that nobody read."""
    if any(map(words.is_unmeasured, people)) and not MEASURED.intersection(touch.type for touch in people):
        return [Chip(_("not measured"), "", _(UNMEASURED))]
    return []


def reasons_of(group: Sequence[pb.Touch]) -> list[str]:
    return sorted({reason for touch in group for reason in touch.verdict.reasons})


def aside(kind: str, number: int, reasons: Iterable[str]) -> Chip:
    """Machines in one chip: how many, and in its hint why they are thought to be machines."""
    short = words.short_type(kind)
    count = f"{number}" if number < MOST_COUNTED else f"{MOST_COUNTED}+"
    match kind.rpartition(".")[2]:
        case "clicked":
            text = plural(number, "{count} machine click aside", "{count} machine clicks aside", count=count)
        case "opened":
            text = plural(number, "{count} machine open aside", "{count} machine opens aside", count=count)
        case _other:
            text = _("{count} machine {type} aside", count=count, type=short)
    return Chip(text, "warn", words.reason_words(reasons))
