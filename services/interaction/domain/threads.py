"""What a timeline asks for and how the touches found become threads; nothing here reads anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.interaction.domain.timeline import Span

SHOWN_TOUCHES = 100


@dataclass(frozen=True)
class Filter:
    """Which threads are picked: those with a touch that matches everything set."""

    types: tuple[str, ...] = ()
    classes: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    campaigns: tuple[UUID, ...] = ()
    accounts: tuple[UUID, ...] = ()
    deals: tuple[UUID, ...] = ()
    actors: tuple[int, ...] = ()
    from_time: datetime | None = None
    to_time: datetime | None = None
    text: str = ""
    people_only: bool = False
    hidden_types: tuple[str, ...] = ()
    sees_personal: bool = False

    @property
    def is_picky(self) -> bool:
        """Whether some threads are left out for what their touches are; hiding single touches is not that."""
        plain = Filter(people_only=self.people_only, hidden_types=self.hidden_types, sees_personal=self.sees_personal)
        return self != plain


class Place(NamedTuple):
    """Where a thread stands on a timeline; descending."""

    thread_time: datetime
    thread: UUID


class Found(NamedTuple):
    """A touch as read; what is not named here lies in the payload."""

    subject: UUID
    touch: UUID
    thread: UUID
    thread_time: datetime
    occurred_time: datetime
    rank: int
    verdict: int
    contact: UUID | None
    account: UUID | None
    campaign: UUID | None
    correction_of: UUID | None
    recorded_time: datetime
    type: str
    payload: bytes
    partition: int
    epoch: int
    seq: int

    @property
    def place(self) -> Place:
        """Where its thread stands."""
        return Place(self.thread_time, self.thread)

    @property
    def order(self) -> tuple[datetime, int, UUID]:
        """Where it stands within its thread."""
        return (self.occurred_time, self.rank, self.touch)


@dataclass
class Thread:
    """One row of a timeline."""

    place: Place
    touches: list[Found] = field(default_factory=list)
    has_more: bool = False
    machines: list[Found] = field(default_factory=list)


def start_at(moment: datetime) -> Place:
    """Behind which place a page goes on that begins with the newest thread at or before a moment."""
    return Place(moment + timedelta(microseconds=1), UUID(int=0))


def start_with(place: Place) -> Place:
    """Behind which place a page goes on that begins with this one."""
    if place.thread.int < 2**128 - 1:
        return Place(place.thread_time, UUID(int=place.thread.int + 1))
    return start_at(place.thread_time)


def newest_forms(touches: Sequence[Found]) -> list[Found]:
    """The touches of a thread in their order, each in its newest form: what was corrected is not shown."""
    latest: dict[tuple[UUID, UUID], Found] = {}
    for touch in touches:
        if touch.correction_of is not None:
            key = (touch.subject, touch.correction_of)
            if key not in latest or _age(touch) > _age(latest[key]):
                latest[key] = touch
    stale = {(t.subject, t.touch) for t in touches if t.correction_of and latest[(t.subject, t.correction_of)] is not t}
    hidden = stale | latest.keys()
    return sorted((t for t in touches if (t.subject, t.touch) not in hidden), key=lambda touch: touch.order)


def _age(touch: Found) -> tuple[datetime, int, UUID]:
    return (touch.recorded_time, touch.seq, touch.touch)


@dataclass(frozen=True)
class Days:
    """How a span is counted: whole days from the rollups, the days on which it starts or ends from rows."""

    subject: UUID
    first: date | None
    last: date | None
    edges: tuple[tuple[datetime, datetime], ...]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same times with no moment twice, by subject."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.subject, one.from_time is not None, one.from_time or _NEVER)):
        last = found[-1] if found else None
        if last and last.subject == span.subject and (last.to_time is None or _reaches(last, span)):
            found[-1] = Span(last.subject, last.from_time, _later(last.to_time, span.to_time))
        else:
            found.append(span)
    return found


def days_of(span: Span) -> Days:
    """How a span is counted."""
    edges = []
    first = last = None
    if span.from_time is not None:
        midnight = _midnight(span.from_time)
        first = midnight.date()
        if midnight != span.from_time:
            first += timedelta(days=1)
            edges.append((span.from_time, min(midnight + timedelta(days=1), span.to_time or _FOREVER)))
    if span.to_time is not None:
        midnight = _midnight(span.to_time)
        last = midnight.date() - timedelta(days=1)
        if midnight != span.to_time and not (edges and edges[0][1] == span.to_time):
            edges.append((max(midnight, span.from_time or midnight), span.to_time))
    return Days(span.subject, first, last, tuple(edges))


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _reaches(last: Span, span: Span) -> bool:
    return last.to_time is not None and (span.from_time is None or span.from_time <= last.to_time)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


_NEVER = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
