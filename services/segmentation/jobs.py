"""What segmentation does by the clock and when woken: evaluate what changed, what is due, and new rules."""

import asyncio
import contextlib
from datetime import datetime
from typing import Any

from chassis.clock import Clock, SystemClock
from chassis.db import Database
from chassis.outbox import listening
from chassis.telemetry import logger

from services.segmentation.domain.changes import RuleFailsError
from services.segmentation.usecases.evaluating import Outcome, fail, step

LOG = logger(__name__)
PATIENCE = 300.0
LOOK_AGAIN = 5.0  # a wake-up can be lost; then this is how late a change is
LONGEST_PAUSE = 5.0


class Evaluator:
    """Evaluates whenever a commit of this service wakes it or a timer is due; the role `work` runs it."""

    def __init__(self, database: Database, clock: Clock | None = None, *, look_again: float = LOOK_AGAIN) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._look_again = look_again
        self._trouble = ""

    def health(self) -> dict[str, str]:
        """What stands in its way, if anything does."""
        return {"evaluation": self._trouble or "ok"}

    async def run(self, stop: asyncio.Event) -> None:
        """Evaluate until told to stop; whatever fails is tried again."""
        pause = 0.05
        while not stop.is_set():
            try:
                async with listening(self._database) as heard:
                    await self._work(stop, heard)
            except Exception as error:
                self._trouble = type(error).__name__
                LOG.warning("evaluation_failed", error=self._trouble, pause=pause)
                await _wait(stop, pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def step(self) -> Outcome:
        """Do one step, and wake the relay if it has something to send; a rule that fails in it is put aside instead."""
        try:
            async with self._database.transaction(patience=PATIENCE) as tx:
                outcome = await step(tx, now=self._clock.now())
        except RuleFailsError as failed:
            outcome = await self._put_aside(failed)
        self._trouble = ""
        return outcome

    async def settle(self) -> int:
        """Evaluate until nothing is left to do now; gives how many memberships flipped."""
        flips, outcome = 0, await self.step()
        while outcome.is_busy:
            flips += outcome.flips
            outcome = await self.step()
        return flips

    async def _put_aside(self, failed: RuleFailsError) -> Outcome:
        LOG.warning("rule_failed", segment=str(failed.segment), version=failed.number, failure=failed.failure)
        async with self._database.transaction(patience=PATIENCE) as tx:
            await fail(tx, failed)
        return Outcome(is_busy=True)

    async def _work(self, stop: asyncio.Event, heard: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                heard.clear()
                outcome = await self.step()
                if not outcome.is_busy:
                    await self._idle(heard, stopping, outcome.next_due)
        finally:
            stopping.cancel()

    async def _idle(self, heard: asyncio.Event, stopping: "asyncio.Task[Any]", due: datetime | None) -> None:
        """Until woken, stopped, or a timer is due."""
        seconds = self._look_again
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self._clock.now()).total_seconds()))
        waking = asyncio.create_task(heard.wait())
        try:
            await asyncio.wait({waking, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
