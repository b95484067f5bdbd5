"""What interaction does by the clock: the days for which evidence is kept."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from chassis.clock import Clock, SystemClock
from chassis.db import Database, Tx

from services.interaction import store

KEPT = timedelta(days=30)
AHEAD = timedelta(days=7)


class Evidence:
    """Makes the partitions of the coming days, and drops those older than 30."""

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
