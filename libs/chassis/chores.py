"""What a role does by the clock beside its work: it is tried again whatever went wrong, and says so."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from chassis import telemetry
from chassis.clock import Clock, SystemClock
from chassis.db import Database
from chassis.inbox import forget_requests
from chassis.retention import EVERY, kept

LOG = telemetry.logger(__name__)
EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
LAST_SECONDS = 5.0
PORTION = 5_000


class Chore:
    """Does one thing every hour; after a failure again in a minute. No error ends it, health names the last one."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        *,
        every: float = EVERY_SECONDS,
        again: float = AGAIN_SECONDS,
    ) -> None:
        self._name, self._work = name, work
        self._every, self._again = every, again
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Do it until told to stop."""
        while not stop.is_set():
            pause = await self._turn()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    def health(self) -> Mapping[str, str]:
        """What went wrong the last time, if anything did."""
        return {self._name: self._trouble or "ok"}

    async def _turn(self) -> float:
        try:
            await self._work()
        except Exception as error:
            self._trouble = type(error).__name__
            LOG.warning("chore_failed", chore=self._name, error=telemetry.describe(error))
            return self._again
        self._trouble = ""
        return self._every


@contextlib.asynccontextmanager
async def doing(*chores: Chore) -> AsyncIterator[None]:
    """Do chores for the length of a block; what is under way at its end has five seconds to come to its own."""
    over = asyncio.Event()
    tasks = [asyncio.create_task(chore.run(over)) for chore in chores]
    try:
        yield
    finally:
        over.set()
        await asyncio.wait(tasks, timeout=LAST_SECONDS)
        for task in tasks:
            task.cancel()


class Forgetting:
    """Deletes the request_ids of calls that were answered more than 24 hours ago."""

    def __init__(self, database: Database, clock: Clock | None = None, *, portion: int = PORTION) -> None:
        self._database, self._clock, self._portion = database, clock or SystemClock(), portion

    async def forget(self) -> int:
        """Do it once, in portions that each lock few rows for a short time; gives how many there were."""
        before, gone = self._clock.now() - kept(EVERY, "request_id"), 0
        while True:
            async with self._database.transaction() as tx:
                found = await forget_requests(tx, before, self._portion)
            gone += found
            if found < self._portion:
                return gone

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("request_ids", self.forget)
