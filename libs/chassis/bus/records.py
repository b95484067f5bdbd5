"""The words of the bus: records, handlers and how they refuse, what a producer and a source of records must do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from psycopg import AsyncConnection

if TYPE_CHECKING:
    from chassis.db import Tx

Headers = Sequence[tuple[str, bytes]]


class Partition(NamedTuple):
    """One partition of one stream; the stream's name is without the installation's prefix."""

    stream: str
    number: int


class Record(NamedTuple):
    """One record as it lies in a partition; `timestamp` is the broker's or producer's, in milliseconds."""

    stream: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Headers = ()
    timestamp: int = 0

    def header(self, name: str) -> str:
        """The last header of that name, or an empty text."""
        for key, value in reversed(self.headers):
            if key == name:
                return value.decode(errors="replace")
        return ""


class Keyed(NamedTuple):
    """What a record says, without where it lies."""

    key: bytes | None
    value: bytes
    headers: Headers = ()


class Invalid(Exception):  # noqa: N818 - an outcome, not an error of ours
    """This record can never be applied: it goes to the dead letters with this reason."""


class Unfit(Invalid):
    """The same of one item in a record: the record is halved down to it, and the other items are applied."""


class NotNow(Exception):  # noqa: N818 - an outcome, not an error of ours
    """Something that is needed is away: the partition waits and the same records come again."""


class BatchHandler(Protocol):
    """Applies many records in one transaction.

    `prepare` decodes, looks up and stages into temporary tables; it may run again for the same records and must change
    nothing that others see. Where it waits for anything but PostgreSQL it ends the transaction first (COMMIT), because
    the server ends whoever is idle in one for 5 seconds; another one is begun behind it. `flush` runs inside a psycopg
    pipeline, after the fence and before COMMIT: it may only `execute`, never fetch. A handler of envelopes also has
    `halve` (see Halver), so that the one item that PostgreSQL refuses can be found.
    """

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Any: ...

    async def flush(self, conn: AsyncConnection[Any], prepared: Any) -> None: ...


class Hopeful(Protocol):
    """What a handler can do besides that does not look up what is nearly always so: its tables refuse what was not.

    After a violation of a unique key `doubt` is asked whether it had left out anything; if so, the same records are
    prepared and flushed once more, and now it looks everything up.
    """

    def doubt(self) -> bool: ...


class Halver(Protocol):
    """What a handler of envelopes can do besides: split one into two; None when it holds one item only."""

    def halve(self, record: Record) -> tuple[Record, Record] | None: ...


@dataclass(frozen=True)
class OneAtATime:
    """A handler that takes each record by itself, all of a batch in one transaction; made by `one_at_a_time`."""

    apply: Callable[["Tx", Record], Awaitable[None]]


def one_at_a_time(fn: Callable[["Tx", Record], Awaitable[None]]) -> OneAtATime:
    """Let a plain function `async (tx, record)` handle a stream."""
    return OneAtATime(fn)


class Part(NamedTuple):
    """A part of a snapshot: records that the stream could have carried, and where each partition stood before the first
    part was read: (epoch, seq) by its number.
    """

    records: Sequence[Record]
    positions: Mapping[int, tuple[int, int]]


Snapshot = Callable[[], AsyncIterator[Part]]
"""Gives everything as it is, in parts; raises when it cannot, and is then begun again."""


@dataclass(frozen=True)
class Subscription:
    """A stream and who handles it. `outbox` streams carry `ce_sequence`, and only the next number is handed over.

    With a `snapshot` an outbox stream whose beginning is gone is joined by it; without one its partition stops.
    """

    stream: str
    handler: BatchHandler | OneAtATime
    outbox: bool = False
    max_records: int = 500
    snapshot: Snapshot | None = None
    emits: bool | Callable[[Any], bool] = True  # whether what was prepared gives those who listen for commits work

    def wakes(self, prepared: Any) -> bool:
        """Whether relays, and whoever else works after commits, are woken after this one."""
        return self.emits(prepared) if callable(self.emits) else self.emits


class RecordRefusedError(Exception):
    """The broker will never take this record; it fails alone."""


class Producer(Protocol):
    """Writes records; every future resolves to the record's offset when all replicas have it, or raises.

    `send` never blocks. It raises ResourceExhausted when the producer's own bound is full or its oldest record has
    waited too long, and Unavailable while there is no producer. `send_all` puts many records of one partition on their
    way, in their order; all are there when every future that it gives has resolved.
    """

    async def start(self) -> None: ...

    def send(
        self, stream: str, *, partition: int, key: bytes | None, value: bytes, headers: Headers = ()
    ) -> asyncio.Future[int]: ...

    def send_all(self, stream: str, *, partition: int, records: Sequence[Keyed]) -> Sequence[asyncio.Future[int]]: ...

    async def close(self) -> None: ...

    def health(self) -> dict[str, str]: ...


class Beginning(NamedTuple):
    """What the broker says of a partition that was just assigned."""

    topic_id: str
    log_start: int


class Batch(NamedTuple):
    """Consecutive records of one partition; stale when `turn` is no longer the partition's (see Source)."""

    partition: Partition
    records: list[Record]
    turn: int


Locate = Callable[[Mapping[Partition, Beginning]], Awaitable[Mapping[Partition, int]]]
"""Says where to start each assigned partition; one missing from the answer stays paused and is asked for again."""


class Source(Protocol):
    """Where a consumer's records come from. It delivers a partition only from an offset that `locate` or `seek` gave.

    Every seek and every loss of a partition begins a new turn for it; batches of an older turn must be dropped.
    """

    async def start(self, streams: Iterable[str], locate: Locate) -> None: ...

    async def poll(self, timeout: float) -> list[Batch]: ...  # noqa: ASYNC109 - an empty answer is no error

    def turn(self, partition: Partition) -> int: ...

    def seek(self, partition: Partition, offset: int) -> None: ...

    def pause(self, partition: Partition) -> None: ...

    def resume(self, partition: Partition) -> None: ...

    def note(self, partition: Partition, offset: int) -> None: ...

    def ends(self) -> Mapping[Partition, int]: ...

    def faults(self) -> Mapping[Partition, str]: ...

    def revive(self) -> None: ...

    async def close(self) -> None: ...

    def health(self) -> dict[str, str]: ...


@dataclass
class Counts:
    """What a consumer loop has done so far; read by health, metrics and tests."""

    applied: int = 0
    repeated: int = 0
    ahead: int = 0
    dead: int = 0
    fenced: int = 0
    waited: int = 0
    alarms: dict[str, str] = field(default_factory=dict)
