"""What the tests of the ledger share: an open database, people, and the ledger's own sum."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from chassis.clock import FixedClock
from chassis.config import Settings
from chassis.db import Database
from chassis.ids import uuid7
from chassis.run import Service
from sqlalchemy import text

from services.campaign import migrations
from services.campaign.domain.sends import Batch, Planned, SendState, Settled
from services.campaign.store import sends

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
TABLES = Service("campaign", {}, migrations=Path(migrations.__file__).parent)


class Ledger:
    """One activity's ledger, with a clock of its own."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FixedClock(START)
        self.activity, self.campaign = uuid4(), uuid4()

    async def open(self, rate: int = 0) -> None:
        async with self.database.transaction() as tx:
            await sends.open_run(tx, self.activity, self.campaign, rate=rate, traceparent="", now=self.clock.now())

    async def plan(self, people: Sequence[Planned]) -> list[Planned]:
        async with self.database.transaction() as tx:
            return await sends.plan(tx, self.activity, self.campaign, 1, people, now=self.clock.now())

    async def claim(self, size: int, owner: str = "one") -> Batch | None:
        now = self.clock.now()
        messages = [uuid7(now) for _ in range(size)]
        async with self.database.transaction() as tx:
            return await sends.claim(tx, self.activity, uuid4(), messages, owner=owner, lease=LEASE, now=now)

    async def begin(self, batch: Batch, owner: str = "one") -> bool:
        async with self.database.transaction() as tx:
            return await sends.begin(tx, batch.id, owner=owner, lease=LEASE, now=self.clock.now())

    async def settle(self, batch: Batch, settled: Sequence[Settled]) -> dict[UUID, SendState]:
        async with self.database.transaction() as tx:
            return await sends.settle(tx, self.activity, settled, now=self.clock.now(), batch=batch.id)

    async def expire(self) -> None:
        while await self._expire():
            pass

    async def _expire(self) -> UUID | None:
        async with self.database.transaction() as tx:
            return await sends.expire(tx, now=self.clock.now())

    async def states(self) -> Counter[str]:
        """How many rows have each state, counted from the rows themselves."""
        async with self.database.transaction() as tx:
            found = await tx.execute(
                text("SELECT state FROM send WHERE activity_id = :activity"), {"activity": self.activity}
            )
            return Counter(row[0] for row in found)

    async def check_sum(self, planned: int) -> None:
        """The counts are the rows, and their sum is what was planned."""
        rows = await self.states()
        async with self.database.transaction() as tx:
            counts = (await sends.counts(tx, [self.activity], now=self.clock.now()))[self.activity]
        by_state: Counter[str] = Counter()
        for (state, _), number in counts.reasons.items():
            by_state[state] += number
        assert by_state == rows
        ends = counts.handed_over + counts.failed + counts.suppressed + counts.held + counts.cancelled + counts.unknown
        assert counts.planned == planned == ends + counts.in_flight


@asynccontextmanager
async def opened(make_database: Callable[..., Settings]) -> AsyncIterator[Ledger]:
    database = Database(make_database(TABLES))
    await database.open()
    try:
        yield Ledger(database)
    finally:
        await database.close()


def people(number: int) -> list[Planned]:
    """As many people, each with an address of her own."""
    return [
        Planned(contact=uuid4(), subject=place.to_bytes(16, "big"), address=f"reader{place}@example.org")
        for place in range(1, number + 1)
    ]


def all_as(batch: Batch, state: SendState, **told: object) -> list[Settled]:
    """Every send of a batch with one end."""
    return [
        Settled(contact=send.contact, occurrence=send.occurrence, message=send.message, state=state, **told)  # type: ignore[arg-type]
        for send in batch.sends
    ]
