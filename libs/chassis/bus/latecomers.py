"""Who joins when a log no longer begins at its beginning: everything as it is first, then the stream from there on.

A snapshot comes as records that the stream could have carried, and the stream's own handler applies them; only then the
position is written. A process that dies in between begins the snapshot again, and applies what it applied before: so
whoever takes one has a handler that a repeated or older state does not disturb.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chassis import inbox, telemetry
from chassis.bus.apply import Applier
from chassis.bus.records import Beginning, Partition, Subscription

if TYPE_CHECKING:
    from chassis.db import Database

LOG = telemetry.logger(__name__)


class Latecomers:
    """Takes snapshots beside the loop, at most one at a time for each stream; other partitions go on meanwhile."""

    def __init__(self, database: "Database", group: str, pause: float, patience: float) -> None:
        self._database, self._group = database, group
        self._pause, self._patience = pause, patience  # seconds after one that failed, and for one part
        self._wanted: dict[Partition, Beginning] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, float] = {}

    def want(self, subscription: Subscription, partition: Partition, beginning: Beginning) -> None:
        """Bring a partition to where it can be read from; it is located anew when its position is written."""
        self._wanted[partition] = beginning
        task = self._running.get(subscription.stream)
        is_due = time.monotonic() >= self._again.get(subscription.stream, 0.0)
        if is_due and (task is None or task.done()):
            self._running[subscription.stream] = asyncio.create_task(self._take(subscription))

    async def close(self) -> None:
        """Leave off; what is not finished is begun again by whoever comes next."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _take(self, subscription: Subscription) -> None:
        stream = subscription.stream
        wanted = {partition: at for partition, at in self._wanted.items() if partition.stream == stream}
        applier = Applier(self._database, self._group, patience=self._patience)
        LOG.info("snapshot_begins", stream=stream, group=self._group, partitions=len(wanted))
        try:
            count = await self._apply(subscription, applier, wanted)
        except Exception as error:
            LOG.warning("snapshot_failed", stream=stream, group=self._group, error=type(error).__name__)
            self._again[stream] = time.monotonic() + self._pause
            return
        finally:
            await applier.close()
        for partition in wanted:
            self._wanted.pop(partition, None)
        LOG.info("snapshot_applied", stream=stream, group=self._group, records=count)

    async def _apply(self, subscription: Subscription, applier: Applier, wanted: Mapping[Partition, Beginning]) -> int:
        """Apply every part, then write where each partition stood before the first; gives how many records."""
        assert subscription.snapshot is not None
        count, positions = 0, dict[int, tuple[int, int]]()
        async for part in subscription.snapshot():
            positions = positions or dict(part.positions)
            count += len(part.records)
            await applier.hand_over(subscription, part.records)
        for partition, beginning in wanted.items():
            epoch, seq = positions.get(partition.number, (0, 0))
            held = inbox.Held(beginning.log_start, 0, epoch, seq, beginning.topic_id)
            await applier.start_at(partition, held)
        return count
