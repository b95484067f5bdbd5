"""Ten bugs, each planted by itself into the running code: one function at its seam, or one of the database's.

Nothing in production knows of them. The simulation must notice each one (`proof.py`), or its checks prove nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chassis.bus import apply
from chassis.bus.apply import Applier
from chassis.outbox import Relay
from chassis.outbox.relay import Outcome
from chassis.outbox.schema import PUT_FUNCTION

from services.interaction.domain.writing import Known
from services.interaction.gateways import INTAKE, Intake, envelope
from services.interaction.store import RECORDED, reading
from services.interaction.store.staging import STAGING
from services.interaction.usecases import writing
from tests.planting import replaced
from tests.simulation.ground import Ground
from tests.simulation.log import PARTITIONS

TAKEN = "SELECT s, p, here_epoch, count(*) FROM"
GROWN = "THEN head.seq + EXCLUDED.seq ELSE"
FENCE = """CREATE OR REPLACE FUNCTION fence(
    of_consumer text, of_stream text, of_partition integer,
    from_next bigint, from_version bigint, to_next bigint, to_epoch bigint, to_seq bigint
) RETURNS void LANGUAGE sql AS $$
    UPDATE inbox_offset SET next = to_next, epoch = to_epoch, seq = to_seq
    WHERE consumer = of_consumer AND stream = of_stream AND partition = of_partition
$$"""
AS_IT_IS = "SELECT pg_get_functiondef(%s::regproc)"


def _numbers_from_sequence() -> str:
    """`outbox_put` with the numbers of one stream from sequences, which go on when a transaction rolls back."""
    assert TAKEN in PUT_FUNCTION
    assert GROWN in PUT_FUNCTION
    one = f"coalesce(max(CASE WHEN s = '{RECORDED}' THEN nextval('planted_' || p) END), count(*))"
    grown = f"THEN CASE WHEN head.stream = '{RECORDED}' THEN 0 ELSE head.seq END + EXCLUDED.seq ELSE"
    return PUT_FUNCTION.replace(TAKEN, TAKEN.replace("count(*)", one)).replace(GROWN, grown)


@dataclass(frozen=True)
class Bug:
    """A bug, and how it is planted for the length of a block."""

    name: str
    planted: Callable[[Ground], AbstractContextManager[None]]


@contextmanager
def _in_database(ground: Ground, function: str, definition: str) -> Iterator[None]:
    kept = ground.sql.execute(AS_IT_IS, [function]).fetchone()
    assert kept is not None
    ground.sql.execute(definition)
    try:
        yield
    finally:
        ground.sql.execute(kept[0])


async def _unfenced(applier: Any, handler: Any, records: Any) -> None:
    """The effects of a flush, committed without a position."""
    await applier._write(handler, records, ())


def _offset_apart(ground: Ground) -> AbstractContextManager[None]:
    async def flush(self: Any, handler: Any, slices: Any, records: Any) -> None:
        await _unfenced(self, handler, records)
        await self.skip(slices)

    return replaced(Applier, "_flush", flush)


def _no_dedupe(ground: Ground) -> AbstractContextManager[None]:
    async def look_up(conn: Any, touches: Any, *, is_hopeful: bool) -> Known:
        await conn.execute(STAGING)
        return Known()

    return replaced(writing, "_look_up", look_up)


def _swallowed(ground: Ground) -> AbstractContextManager[None]:
    kept = Applier.apply

    async def carry_on(self: Any, subscription: Any, slices: Any) -> None:
        try:
            await kept(self, subscription, slices)
        except Exception:
            await self.skip(slices)

    return replaced(Applier, "apply", carry_on)


def _acknowledged_early(ground: Ground) -> AbstractContextManager[None]:
    def send(self: Any, gathering: Any, groups: Any) -> None:
        value = envelope([parcel for group in groups for parcel in group.parcels])
        self._producer.send(INTAKE, partition=gathering.number, key=None, value=value)
        self._settle(groups, None)

    return replaced(Intake, "_send", send)


@contextmanager
def _from_sequence(ground: Ground) -> Iterator[None]:
    for number in range(PARTITIONS):
        ground.sql.execute(f"CREATE SEQUENCE planted_{number}")
    try:
        with _in_database(ground, "outbox_put", _numbers_from_sequence()):
            yield
    finally:
        for number in range(PARTITIONS):
            ground.sql.execute(f"DROP SEQUENCE planted_{number}")


def _delivered_early(ground: Ground) -> AbstractContextManager[None]:
    async def send(self: Any, rows: Sequence[Any]) -> list[Outcome]:
        for row in rows:
            self._send_one(row)
        return [Outcome(last=list(group)[-1]) for _, group in groupby(rows, lambda row: row.place)]

    return replaced(Relay, "_send", send)


def _no_fence(ground: Ground) -> AbstractContextManager[None]:
    return _in_database(ground, "fence", FENCE)


def _start_of_first(ground: Ground) -> AbstractContextManager[None]:
    kept = apply._fence

    def fence(one: Any) -> tuple[Any, ...]:
        told = kept(one)
        return (*told[:2], one.steps[0].record.offset, *told[3:]) if one.steps else told

    return replaced(apply, "_fence", fence)


def _by_arrival(ground: Ground) -> AbstractContextManager[None]:
    return replaced(reading, "BACKWARD", "recorded_time DESC, touch_id DESC")


def _in_halves(ground: Ground) -> AbstractContextManager[None]:
    kept = Applier._flush

    async def flush(self: Any, handler: Any, slices: Any, records: Any) -> None:
        halves = [getattr(handler, "halve", lambda _: None)(record) or (record,) for record in records]
        await kept(self, handler, slices, [parts[0] for parts in halves])
        if second := [parts[1] for parts in halves if len(parts) == 2]:
            await _unfenced(self, handler, second)

    return replaced(Applier, "_flush", flush)


BUGS = [
    Bug("offset moved in a transaction of its own", _offset_apart),
    Bug("dedupe off", _no_dedupe),
    Bug("exception swallowed", _swallowed),
    Bug("acknowledged before Kafka has it", _acknowledged_early),
    Bug("outbox number from a sequence", _from_sequence),
    Bug("delivered moved before the futures are done", _delivered_early),
    Bug("fence off", _no_fence),
    Bug("start taken from the first record", _start_of_first),
    Bug("sorted by arrival", _by_arrival),
    Bug("half an envelope written", _in_halves),
]
