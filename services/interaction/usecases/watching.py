"""Watching timelines: the last minutes of the recorded stream in memory, and who waits for which subjects.

A watch resumes by (partition, epoch, seq). The hub keeps each partition's entries without a gap; what is older than
the ring, or comes after a gap, loses the watcher, who then reads the page again.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

RING_BYTES = 32 * 1024 * 1024
QUEUE = 1000


class Position(NamedTuple):
    """How far somebody is in one partition."""

    stream: str
    partition: int
    epoch: int
    seq: int


class Entry(NamedTuple):
    """One record of a stream that is watched; `subjects` are packed, empty for one that concerns everybody."""

    position: Position
    subjects: bytes
    value: bytes


@dataclass(eq=False)
class Watch:
    """One watcher: what came for it, and whether it has lost track."""

    subjects: frozenset[bytes]
    start: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    queue: asyncio.Queue[Entry] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    is_lost: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, entry: Entry) -> None:
        """Give it an entry that its page does not hold; a watcher that does not keep up must read its page again."""
        if entry.position[2:] <= self.start.get(entry.position[:2], (0, 0)):
            return
        if self.queue.full():
            self.lose()
        else:
            self.queue.put_nowait(entry)

    def lose(self) -> None:
        """It has lost track."""
        self.is_lost.set()


@dataclass
class _Ring:
    entries: deque[Entry] = field(default_factory=deque)
    waiting: dict[Watch, Position] = field(default_factory=dict)
    last: Position | None = None


Heads = Mapping[tuple[str, int], tuple[int, int]]


class Hub:
    """Everything that is watched in this process."""

    def __init__(self, limit: int = RING_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._order: deque[_Ring] = deque()
        self._rings: dict[tuple[str, int], _Ring] = {}
        self._by_subject: dict[bytes, set[Watch]] = {}
        self._everybody: set[Watch] = set()

    @property
    def is_watched(self) -> bool:
        """Whether anybody waits for what comes."""
        return bool(self._everybody)

    def join(self, watch: Watch, positions: Iterable[Position], heads: Heads | None = None) -> None:
        """Begin a watch from these positions; what the ring holds behind them comes first.

        `heads` say how far the streams are by now: of a partition of which nothing is held, as after a start of this
        process, nobody knows what lies between a position and its head, and a quiet one may not say anything for hours.
        """
        for subject in watch.subjects:
            self._by_subject.setdefault(subject, set()).add(watch)
        self._everybody.add(watch)
        for position in positions:
            watch.start[position[:2]] = position[2:]
            self._catch_up(watch, position, (heads or {}).get(position[:2], (0, 0)))

    def leave(self, watch: Watch) -> None:
        """End a watch."""
        self._everybody.discard(watch)
        for key in watch.start:
            self._rings[key].waiting.pop(watch, None)
        for subject in watch.subjects:
            held = self._by_subject.get(subject)
            if held is not None:
                held.discard(watch)
                if not held:
                    del self._by_subject[subject]

    def put(self, entry: Entry) -> None:
        """Take the next record of a stream; a repeat is dropped, a gap makes every watcher read again."""
        ring = self._rings.setdefault(entry.position[:2], _Ring())
        if not self._follows(ring, entry.position):
            return
        self._settle_waiting(ring, entry.position)
        ring.last = entry.position
        ring.entries.append(entry)
        self._order.append(ring)
        self._size += len(entry.value)
        self._trim()
        for watch in self._concerned(entry):
            watch.put(entry)

    def _follows(self, ring: _Ring, position: Position) -> bool:
        if ring.last is None:
            return True
        if position[2:] <= ring.last[2:]:
            return False
        if position.epoch != ring.last.epoch or position.seq != ring.last.seq + 1:
            self.forget(position.stream, position.partition)
        return True

    def forget(self, stream: str, partition: int) -> None:
        """Lose what is held of a partition: everybody who watches reads again."""
        ring = self._rings.get((stream, partition))
        if ring is not None:
            self._size -= sum(len(entry.value) for entry in ring.entries)
            self._order = deque(one for one in self._order if one is not ring)
            ring.entries.clear()
            ring.last = None
        for watch in self._everybody:
            watch.lose()

    def _catch_up(self, watch: Watch, position: Position, head: tuple[int, int]) -> None:
        ring = self._rings.setdefault((position.stream, position.partition), _Ring())
        if ring.last is None:
            if head > position[2:]:
                watch.lose()
            ring.waiting[watch] = position
            return
        if position[2:] >= ring.last[2:]:
            return
        oldest = ring.entries[0].position if ring.entries else None
        if oldest is None or oldest.epoch != position.epoch or oldest.seq > position.seq + 1:
            watch.lose()
            return
        for entry in ring.entries:
            if self._is_for(watch, entry):
                watch.put(entry)

    def _settle_waiting(self, ring: _Ring, position: Position) -> None:
        """Those who joined before anything was held of the partition: they must expect exactly what comes, or less."""
        for watch, expected in ring.waiting.items():
            is_first = expected.seq == 0 and position.seq == 1
            if not is_first and position[2:] > (expected.epoch, expected.seq + 1):
                watch.lose()
        ring.waiting.clear()

    def _trim(self) -> None:
        while self._size > self._limit and len(self._order) > 1:
            ring = self._order.popleft()
            if ring.entries:
                self._size -= len(ring.entries.popleft().value)

    def _concerned(self, entry: Entry) -> Collection[Watch]:
        if not entry.subjects:
            return list(self._everybody)
        if not self._by_subject:
            return ()
        found: set[Watch] = set()
        for at in range(0, len(entry.subjects), 16):
            found |= self._by_subject.get(entry.subjects[at : at + 16], set())
        return found

    @staticmethod
    def _is_for(watch: Watch, entry: Entry) -> bool:
        if not entry.subjects:
            return True
        return any(entry.subjects[at : at + 16] in watch.subjects for at in range(0, len(entry.subjects), 16))
