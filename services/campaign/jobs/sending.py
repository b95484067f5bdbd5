"""The sender's clock: takes batches while there are any, keeps its leases, and puts right what others left behind."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import DomainError

from services.campaign.store import sends as ledger
from services.campaign.usecases.sending import Dispatcher
from services.campaign.usecases.sending.tidying import finish_done, put_back_lost

LOG = telemetry.logger(__name__)
AT_ONCE = 3  # batches of one process: while one waits for the mail server, another is written
IDLE = 1.0
TIDY_EVERY = 2.0
TROUBLED = 1.0  # while contact or the mail server is away


class Sending:
    """The loop of role `send`."""

    def __init__(
        self, database: Database, clock: Clock, dispatcher: Dispatcher, *, at_once: int = AT_ONCE, idle: float = IDLE
    ) -> None:
        self._database, self._clock, self._dispatcher = database, clock, dispatcher
        self._at_once, self._idle = at_once, idle
        self._trouble = ""
        self._turn = 0

    def health(self) -> Mapping[str, str]:
        """What keeps it from sending."""
        return {
            "consent": "away" if self._dispatcher.is_consent_away else "ok",
            "smtp": "away" if self._dispatcher.is_server_away else "ok",
            "sending": self._trouble or "ok",
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; batches under way are seen to their end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(stop, TIDY_EVERY, self._tidy))
            group.create_task(self._every(stop, self._dispatcher.limits.lease.total_seconds() / 3, self._renew))
            for _ in range(self._at_once):
                group.create_task(self._work(stop))

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            pause = await self._guarded(self._turn_once, self._idle)
            if pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)

    async def _turn_once(self) -> float:
        """Send one batch; gives how many seconds to wait before the next."""
        activity, pause = await self._next()
        if activity is None:
            return pause
        sent = await self._dispatcher.dispatch(activity)
        if self._dispatcher.is_consent_away or self._dispatcher.is_server_away:
            return TROUBLED
        return 0.0 if sent else 0.02

    async def _next(self) -> tuple[UUID | None, float]:
        """The activity whose turn it is; or None, and the seconds until one may have something to send."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            found = await ledger.ready(tx, now)
        due = [activity for activity, when in found if when <= now]
        if due:
            self._turn += 1
            return due[self._turn % len(due)], 0.0
        waits = [(when - now).total_seconds() for _, when in found]
        return None, min([self._idle, *(max(0.01, wait) for wait in waits)])

    async def _tidy(self) -> float:
        await put_back_lost(self._database, self._clock)
        await finish_done(self._database, self._clock)
        return 0.0

    async def _renew(self) -> float:
        await self._dispatcher.renew()
        return 0.0

    async def _every(self, stop: asyncio.Event, seconds: float, work: Callable[[], Awaitable[float]]) -> None:
        while not stop.is_set():
            await self._guarded(work, 0.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    async def _guarded(self, work: Callable[[], Awaitable[float]], otherwise: float) -> float:
        """Whatever is away is tried again; it is no reason to end."""
        try:
            pause = await work()
        except (DomainError, OSError, TimeoutError) as error:
            self._trouble = type(error).__name__
            LOG.warning("sending_troubled", error=type(error).__name__)
        except Exception as error:  # a bug that one activity meets must not end the others
            self._trouble = type(error).__name__
            LOG.exception("sending_failed")
        else:
            self._trouble = ""
            return pause
        return max(otherwise, self._idle)
