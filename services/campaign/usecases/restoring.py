"""After a restore: every unfinished ledger is compared with what touches tell before anything of it is sent again."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import uuid7

from services.campaign.domain.restoring import Outcome, compare
from services.campaign.store.sends import restoring as store

LOG = telemetry.logger(__name__)
PAGE = 500


class Source(Protocol):
    """Whoever knows what became of mails."""

    async def of(self, campaign: UUID, activity: UUID, subjects: Sequence[bytes]) -> list[Outcome]: ...


async def compare_restored(database: Database, outcomes: Source, clock: Clock) -> int:
    """Compare every activity that is older than the restore of the database; gives how many wait still.

    One whose people are not all planned waits for that. Killed anywhere, it begins an activity again and ends the same.
    """
    async with database.transaction() as tx:
        found = await store.stale(tx)
    for one in found:
        await _compare(database, outcomes, clock, one)
    async with database.transaction() as tx:
        return await store.count_stale(tx)


async def _compare(database: Database, outcomes: Source, clock: Clock, found: store.Stale) -> None:
    after, ends = store.FIRST, Counter[str]()
    while True:
        async with database.transaction() as tx:
            lines = await store.open_lines(tx, found.activity, after, PAGE)
        if not lines:
            break
        after = (lines[-1].contact, lines[-1].occurrence)
        told = await outcomes.of(found.campaign, found.activity, [line.subject for line in lines if line.subject])
        now = clock.now()
        compared = compare(lines, told, [uuid7(now) for _ in lines], now=now)
        async with database.transaction() as tx:
            await store.write_compared(tx, found.activity, compared, now=now)
        ends.update(each.state.lower() for each in compared)
    async with database.transaction() as tx:
        await store.note_whole(tx, found)
    LOG.warning("restored_ledger_compared", activity=str(found.activity), **ends)
