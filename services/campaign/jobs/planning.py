"""The planner's clock: starts what is scheduled, plans the people of what is launched, clears what is cancelled."""

import asyncio
import contextlib
from collections.abc import Mapping
from uuid import UUID

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import DomainError

from services.campaign.gateways.contacts import Contacts
from services.campaign.gateways.segments import Segments
from services.campaign.usecases.cancelling import cancel_left
from services.campaign.usecases.planning import (
    PeopleBehindError,
    gather,
    note_behind,
    plan_next,
    start_scheduled,
    to_plan,
)

LOG = telemetry.logger(__name__)
IDLE = 0.5
TROUBLED = 2.0


class Planning:
    """The loop that plans; two of them at once are harmless."""

    def __init__(
        self, database: Database, clock: Clock, segments: Segments, contacts: Contacts, *, idle: float = IDLE
    ) -> None:
        self._database, self._clock, self._idle = database, clock, idle
        self._segments, self._contacts = segments, contacts
        self._trouble = ""

    def health(self) -> Mapping[str, str]:
        """What keeps it from planning."""
        return {"planning": self._trouble or "ok"}

    async def run(self, stop: asyncio.Event) -> None:
        """Plan until told to stop."""
        while not stop.is_set():
            pause = await self._turn(stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _turn(self, stop: asyncio.Event) -> float:
        try:
            await self.once(stop)
        except (DomainError, OSError, TimeoutError) as error:
            self._trouble = type(error).__name__
            LOG.warning("planning_troubled", error=type(error).__name__)
            return TROUBLED
        self._trouble = ""
        return self._idle

    async def once(self, stop: asyncio.Event | None = None) -> None:
        """Start what is due, cancel what is given up, and plan everything that can be planned now."""
        await start_scheduled(self._database, self._clock)
        while await cancel_left(self._database, self._clock):
            if stop is not None and stop.is_set():
                return
        stuck: list[UUID] = []
        while stop is None or not stop.is_set():
            activity = await to_plan(self._database, stuck)
            if activity is None:
                return
            if not await gather(self._database, self._segments, self._clock, activity):
                stuck.append(activity)
                continue
            if not await self._plan(activity, stop):
                stuck.append(activity)

    async def _plan(self, activity: UUID, stop: asyncio.Event | None) -> bool:
        """Plan an activity to its end; False where its people are not known yet."""
        try:
            while await plan_next(self._database, self._contacts, self._clock, activity):
                if stop is not None and stop.is_set():
                    break
        except PeopleBehindError:
            await note_behind(self._database, activity)
            return False
        return True
