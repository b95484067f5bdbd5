"""The days for which evidence is kept, and the touches that are kept no longer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from chassis.clock import Clock, SystemClock
from chassis.db import Database, Tx
from chassis.keeping import BLOCKS, PER_SECOND, pause
from chassis.retention import kept

from services.interaction import store

KEPT = kept("interaction", "touch_raw")
AHEAD = timedelta(days=7)


class Evidence:
    """Makes the partitions of the coming days, and drops those that are kept no longer."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def keep(self) -> None:
        """Do it once, each day in a transaction of its own; one that fails keeps no other from being done."""
        today = self._clock.now().date()
        async with self._database.transaction() as tx:
            old = await store.list_raw_days(tx, today - KEPT)
        coming = [today + timedelta(days=number) for number in range(AHEAD.days + 1)]
        steps = [
            *(partial(store.add_raw_day, day=day) for day in coming),
            *(partial(store.drop_raw_day, name=name) for name in old),
            partial(store.delete_raw, before=today - KEPT),
        ]
        failed = [error for step in steps if (error := await self._try(step)) is not None]
        if failed:
            raise failed[0]

    async def _try(self, step: Callable[[Tx], Awaitable[None]]) -> Exception | None:
        try:
            async with self._database.transaction() as tx:
                await step(tx)
        except Exception as error:  # told by the chore, which does it again
            return error
        return None


class Retention:
    """Deletes touches that are older than their type is kept, in small transactions beside everything else.

    Once a day the beginning of each type's history moves, then the whole table is walked through. How far the walk is,
    is kept with what it deleted, so whoever comes after a crash goes on where it ended.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        *,
        consumer: str,
        stream: str,
        blocks: int = BLOCKS,
        per_second: int = PER_SECOND,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._consumer, self._stream = consumer, stream
        self._blocks, self._per_second = blocks, per_second

    async def keep(self) -> None:
        """Finish the walk that was begun, and the one of today; nothing is to do where nothing expires.

        Each portion is one statement in autocommit: a process that freezes keeps no lock that a consumer waits for.
        """
        async with self._database.connection() as conn:
            while await store.begin_retention(conn, self._consumer, self._stream, self._clock.now().date()):
                begun = time.monotonic()
                while (deleted := await store.retire(conn, self._blocks, self._clock.now().date())) is not None:
                    await asyncio.sleep(self.pause(deleted, time.monotonic() - begun))
                    begun = time.monotonic()

    def pause(self, deleted: int, seconds: float) -> float:
        """How long to wait behind a portion."""
        return pause(deleted, seconds, self._per_second)
