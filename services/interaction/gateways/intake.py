"""The intake stream as the door sees it: touches of all callers are gathered, and each is told when Kafka has them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from chassis.bus import Headers, Producer
from chassis.errors import DomainError, ResourceExhausted
from chassis.telemetry import inject_headers, send_span
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction.domain.errors import IntakeFullError, TouchNotAcknowledgedError
from services.interaction.gateways.parcels import Parcel
from services.interaction.gateways.wire import length, sized, tag

INTAKE = "touchline.interaction.intake.v1"
FLUSH_TOUCHES = 256
FLUSH_BYTES = 512 * 1024
FLUSH_SECONDS = 0.05
MANY = 8  # callers of one flush
REST_SECONDS = 0.03
IN_FLIGHT = 2
BOUND_BYTES = 64 * 1024 * 1024
BOUND_SECONDS = 10.0
_SUBJECTS, _TOUCHES = tag(TouchBatch, "subjects"), tag(TouchBatch, "touches")


class Ticket:
    """What one caller waits for: a future of its own, resolved once when all of its parcels are settled.

    Callers who awaited one shared future would all be cancelled with one of them.
    """

    def __init__(self, size: int) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.errors: list[DomainError | None] = [TouchNotAcknowledgedError()] * size
        self.headers: Headers = inject_headers()
        self._open = size
        if not size:
            self.future.set_result(None)

    def settle(self, places: Sequence[int], error: DomainError | None) -> None:
        """Note what became of the parcels at these places."""
        for place in places:
            self.errors[place] = error
        self._open -= len(places)
        if not self._open:
            self._end()

    async def settled(self, seconds: float) -> None:
        """Wait until all parcels are settled, so long at most; asyncio's own `wait` costs three times as much."""
        timer = asyncio.get_running_loop().call_later(seconds, self._end)
        try:
            await self.future
        finally:
            timer.cancel()

    def _end(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


@dataclass(slots=True)
class Group:
    """One caller's touches for one partition, with their places among all that the caller brought."""

    ticket: Ticket
    parcels: list[Parcel] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    size: int = 0

    def fitting(self, touches: int, size: int) -> int:
        """How many of them, from the first, are no more than so many touches and bytes."""
        if self.size <= size:
            return min(touches, len(self.parcels))
        sizes = accumulate(len(parcel.encoded) for parcel in self.parcels[:touches])
        return sum(reached <= size for reached in sizes)

    def take(self, count: int) -> "Group":
        """The first ones as a group of their own, which this one loses."""
        taken = Group(self.ticket, self.parcels[:count], self.places[:count])
        del self.parcels[:count], self.places[:count]
        taken.weigh()
        self.size -= taken.size
        return taken

    def weigh(self) -> None:
        """Note how many bytes they are."""
        self.size = sum(len(parcel.encoded) for parcel in self.parcels)


@dataclass
class _Gathering:
    """What waits for one partition, and how much of it is under way."""

    number: int
    groups: deque[Group] = field(default_factory=deque)
    count: int = 0
    size: int = 0
    in_flight: int = 0
    is_due: bool = False

    @property
    def is_full(self) -> bool:
        """Whether there is enough for an envelope."""
        return self.size >= FLUSH_BYTES or self.count >= FLUSH_TOUCHES


class Intake:
    """Puts touches on the stream in envelopes, at 256 touches, at 512 KiB, or at once when nothing is in flight.

    In flight counts whatever partition it is for: what comes meanwhile would wait in the producer, so it may as well
    gather here, into fewer envelopes. After 50 ms it goes even so: one slow broker holds up no other.

    Callers who were just told call again, and a flush costs as much as several calls. So after an answer the next one
    goes when as many have come as were told, or after `rest`. Where many were told, those who had come meanwhile are
    counted too: else they would go on in groups for ever, each with its own nearly empty envelopes.
    """

    def __init__(
        self, producer: Producer, *, bound: int = BOUND_BYTES, age: float = BOUND_SECONDS, rest: float = REST_SECONDS
    ) -> None:
        self._producer = producer
        self._bound, self._age, self._rest = bound, age, rest
        self._sent: dict[asyncio.Future[int], float] = {}  # unanswered, the oldest first
        self._gatherings: dict[int, _Gathering] = {}
        self._timer: asyncio.Handle | None = None
        self._waiting = 0
        self._callers = self._told = 0  # who came since the last flush, and whom it was for
        self._wanted = 0  # how many callers the next flush waits for; 0: for none

    def offer(self, parcels: Sequence[Parcel]) -> Ticket:
        """Take a caller's parcels, or refuse them all when too much, or too old, is waiting for Kafka already."""
        ticket = Ticket(len(parcels))
        groups = _grouped(parcels, ticket)
        size = sum(group.size for group in groups.values())
        if (self._waiting and self._waiting + size > self._bound) or self._is_late():
            raise IntakeFullError
        self._waiting += size
        for number, group in groups.items():
            self._gather(number, group)
        self._callers += 1
        if 0 < self._wanted <= self._callers:
            self._go_on()
        return ticket

    def waiting(self) -> int:
        """How many bytes wait for Kafka."""
        return self._waiting

    def _is_late(self) -> bool:
        """Whether Kafka has left an envelope without an answer for so long that more would only wait with it."""
        oldest = next(iter(self._sent.values()), None)
        return oldest is not None and asyncio.get_running_loop().time() - oldest > self._age

    def _gather(self, number: int, group: Group) -> None:
        gathering = self._gatherings.get(number)
        if gathering is None:
            gathering = self._gatherings[number] = _Gathering(number)
        gathering.groups.append(group)
        gathering.count += len(group.parcels)
        gathering.size += group.size
        while gathering.is_full and gathering.in_flight < IN_FLIGHT:
            self._send(gathering, self._take(gathering))
        gathering.is_due |= gathering.is_full
        if gathering.groups and not gathering.is_full and self._timer is None:
            self._arm()

    def _arm(self) -> None:
        """Flush when this turn of the loop is over if nothing is under way, so that one call makes one envelope."""
        loop = asyncio.get_running_loop()
        if self._sent:
            self._timer = loop.call_later(FLUSH_SECONDS, self._flush_all)
        else:
            self._timer = loop.call_soon(self._flush_all)

    def _await_callers(self) -> None:
        """Everything is answered: wait for those who will call again."""
        self._wanted = self._told + (self._callers if self._told >= MANY else 0)
        if self._callers >= self._wanted or not self._rest:
            self._flush_all()
        else:
            self._set_timer(asyncio.get_running_loop().call_later(self._rest, self._flush_all))

    def _go_on(self) -> None:
        """They are here: flush when this turn of the loop is over."""
        self._wanted = 0
        self._set_timer(asyncio.get_running_loop().call_soon(self._flush_all))

    def _set_timer(self, timer: asyncio.Handle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer

    def _flush_all(self) -> None:
        self._set_timer(None)
        self._told, self._callers, self._wanted = self._callers, 0, 0
        for gathering in self._gatherings.values():
            if gathering.groups:
                self._flush(gathering)

    def _flush(self, gathering: _Gathering) -> None:
        while gathering.groups and gathering.in_flight < IN_FLIGHT:
            self._send(gathering, self._take(gathering))
        gathering.is_due = bool(gathering.groups)

    def _take(self, gathering: _Gathering) -> list[Group]:
        """The groups that are first, as far as they fit into an envelope; the last of them may lose its end."""
        taken: list[Group] = []
        touches, size = FLUSH_TOUCHES, FLUSH_BYTES
        while gathering.groups:
            group = gathering.groups[0]
            fitting = group.fitting(touches, size) or (not taken)
            if not fitting:
                break
            if fitting < len(group.parcels):
                group = group.take(fitting)
            else:
                gathering.groups.popleft()
            touches, size = touches - len(group.parcels), size - group.size
            taken.append(group)
        gathering.count -= FLUSH_TOUCHES - touches
        gathering.size -= FLUSH_BYTES - size
        return taken

    def _send(self, gathering: _Gathering, groups: list[Group]) -> None:
        parcels = [parcel for group in groups for parcel in group.parcels]
        callers = list({id(group.ticket): group.ticket.headers for group in groups if group.ticket.headers}.values())
        value = envelope(parcels)
        try:
            with send_span(INTAKE, partition=gathering.number, count=len(parcels), headers=callers):
                sent = self._producer.send(
                    INTAKE, partition=gathering.number, key=None, value=value, headers=inject_headers()
                )
        except DomainError as error:
            self._settle(groups, _told(error))
            return
        gathering.in_flight += 1
        self._sent[sent] = asyncio.get_running_loop().time()
        sent.add_done_callback(lambda done: self._on_answer(gathering, groups, done))

    def _on_answer(self, gathering: _Gathering, groups: list[Group], done: "asyncio.Future[int]") -> None:
        gathering.in_flight -= 1
        self._sent.pop(done, None)
        failed = done.cancelled() or done.exception() is not None
        self._settle(groups, TouchNotAcknowledgedError() if failed else None)
        if not self._sent and not self._wanted:  # whoever waits already is not kept longer by an envelope that was full
            self._await_callers()
        elif gathering.is_due:
            self._flush(gathering)

    def _settle(self, groups: Iterable[Group], error: DomainError | None) -> None:
        for group in groups:
            self._waiting -= group.size
            group.ticket.settle(group.places, error)


def _grouped(parcels: Sequence[Parcel], ticket: Ticket) -> dict[int, Group]:
    """A caller's parcels by partition."""
    groups: dict[int, Group] = {}
    for place, parcel in enumerate(parcels):
        group = groups.get(parcel.partition)
        if group is None:
            group = groups[parcel.partition] = Group(ticket)
        group.parcels.append(parcel)
        group.places.append(place)
    for group in groups.values():
        group.weigh()
    return groups


def beginning(subjects: bytes) -> bytes:
    """What an envelope begins with: the subjects of its touches, packed."""
    return sized(_SUBJECTS, subjects)


def envelope(parcels: Sequence[Parcel]) -> bytes:
    """A TouchBatch of touches that are encoded already: first the packed subjects, then each touch."""
    parts = [beginning(b"".join([parcel.subject for parcel in parcels]))]
    for parcel in parcels:
        parts += (_TOUCHES, length(len(parcel.encoded)), parcel.encoded)
    return b"".join(parts)


def _told(error: DomainError) -> DomainError:
    """The producer's own bound in the words of this service."""
    if isinstance(error, ResourceExhausted):
        return IntakeFullError(retry_after=error.retry_after)
    return TouchNotAcknowledgedError()
