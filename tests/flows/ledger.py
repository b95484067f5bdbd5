"""The test's own account of everything it caused, and the comparison with what the timelines say."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from touchline.interaction.v1 import interaction_pb2 as pb

DAY_US = 86_400_000_000


@dataclass
class Entry:
    """One touch that was caused: on whose timelines it must be (none: in the list of those that belong to nobody)."""

    touch: pb.Touch
    owners: frozenset[str]
    name: str = ""
    is_shared: bool = False

    @property
    def occurred_us(self) -> int:
        return self.touch.occurred_time.ToMicroseconds()

    @property
    def thread(self) -> tuple:
        """What groups it with others: its message for a day, else nothing."""
        touch = self.touch
        made = _message_us(touch)
        if touch.message and self.occurred_us <= made + DAY_US:
            own = touch.message if not touch.HasField("message_time") else f"{touch.source}/{touch.message}"
            return (made, own)
        return (self.occurred_us, self.name)


def _message_us(touch: pb.Touch) -> int:
    if touch.HasField("message_time"):
        return touch.message_time.ToMicroseconds()
    return int(touch.message.replace("-", "")[:12], 16) * 1000 if touch.message else 0


@dataclass
class Ledger:
    """Everything that was acknowledged, by the touch's name."""

    entries: dict[str, Entry] = field(default_factory=dict)
    repeated: int = 0
    conflicts: set[str] = field(default_factory=set)

    def acknowledged(self, entry: Entry, name: str) -> None:
        """Note an answer; the same event has the same name however often it is sent."""
        if name in self.entries:
            self.repeated += 1
            return
        entry.name = name
        self.entries[name] = entry

    def by_type(self) -> Counter[str]:
        return Counter(entry.touch.type for entry in self.entries.values())

    def of(self, contact: str) -> dict[str, Entry]:
        return {name: entry for name, entry in self.entries.items() if contact in entry.owners}

    def unlinked(self) -> set[str]:
        return {name for name, entry in self.entries.items() if not entry.owners}


async def pages(interaction, contact: str, page_size: int, **more: object) -> AsyncIterator[pb.Thread]:
    """Every thread of a timeline, page by page."""
    request = pb.GetTimelineRequest(parent=contact, page_size=page_size, **more)
    while True:
        answer = await interaction.GetTimeline(request)
        assert not answer.links_changed
        if answer.next_page_token:
            assert len(answer.threads) == page_size, "a page is full unless it is the last"
        for thread in answer.threads:
            yield thread
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def compare(contact: str, threads: Iterable[pb.Thread], expected: dict[str, Entry]) -> list[str]:
    """What is missing, more, doubled, out of order or in another thread than it should be."""
    threads = list(threads)
    shown = [touch for thread in threads for touch in thread.touches]
    counted = Counter(touch.name for touch in shown)
    faults = [f"{contact}: missing {name}" for name in expected.keys() - counted.keys()]
    faults += [f"{contact}: more than caused {name}" for name in counted.keys() - expected.keys()]
    faults += [f"{contact}: {times} times {name}" for name, times in counted.items() if times > 1]
    faults += _order(contact, threads)
    if not faults:
        faults += _grouping(contact, threads, expected) + _content(contact, shown, expected)
    return faults


def _order(contact: str, threads: list[pb.Thread]) -> list[str]:
    times = [thread.thread_time.ToMicroseconds() for thread in threads]
    faults = [] if times == sorted(times, reverse=True) else [f"{contact}: threads are not newest first"]
    for thread in threads:
        keys = [(touch.occurred_time.ToMicroseconds(), touch.rank) for touch in thread.touches]
        if keys != sorted(keys):
            faults.append(f"{contact}: {thread.name} is not in order")
    return faults


def _grouping(contact: str, threads: list[pb.Thread], expected: dict[str, Entry]) -> list[str]:
    wanted: dict[tuple, set[str]] = defaultdict(set)
    for name, entry in expected.items():
        wanted[entry.thread].add(name)
    shown = {frozenset(touch.name for touch in thread.touches) for thread in threads}
    return [f"{contact}: not one thread {sorted(names)}" for names in wanted.values() if frozenset(names) not in shown]


def _content(contact: str, shown: list[pb.Touch], expected: dict[str, Entry]) -> list[str]:
    faults = []
    for touch in shown:
        said = expected[touch.name].touch
        for name in ("type", "source", "source_event_id", "message"):
            if getattr(touch, name) != getattr(said, name):
                faults.append(f"{contact}: {touch.name} has another {name}")
        if touch.occurred_time.ToMicroseconds() != said.occurred_time.ToMicroseconds():
            faults.append(f"{contact}: {touch.name} has another moment")
        if touch.shared != expected[touch.name].is_shared:
            faults.append(f"{contact}: {touch.name} says shared={touch.shared}")
    return faults
