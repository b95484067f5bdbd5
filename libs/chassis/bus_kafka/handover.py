"""Records on their way from the polling thread to the event loop: what comes while the loop works is one batch more.

So a busy loop takes many records at a time, and an idle one takes each as it comes. When too much waits the thread
does, too.
"""

import asyncio
import threading
from collections.abc import Sequence

from chassis.bus.records import Batch, Partition

MOST_BYTES = 16 * 1024 * 1024


class Handover:
    """Holds at most so many records and 16 MiB, or one poll's batches where those are more; made on the event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[tuple[Partition, int], Batch] = {}
        self._records = self._size = 0
        self._room = threading.Condition()
        self._is_asking = False
        self._filled = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def put(self, batches: Sequence[Batch], patience: float) -> bool:
        """From the thread: False when there is no room for them within `patience` seconds."""
        records = sum(len(batch.records) for batch in batches)
        size = sum(len(record.value) for batch in batches for record in batch.records)
        with self._room:
            if not self._room.wait_for(lambda: self._has_room(records, size) or self._is_closed, patience):
                return False
            for batch in batches:
                self._add(batch)
            self._records += records
            self._size += size
        if self._loop is not None and not self._is_closed:
            self._loop.call_soon_threadsafe(self._filled.set)
        return True

    def _has_room(self, records: int, size: int) -> bool:
        fits = self._records + records <= self._most and self._size + size <= MOST_BYTES
        return fits or not self._waiting

    def _add(self, batch: Batch) -> None:
        """Behind what waits of its partition, unless that is of another turn, and so is stale."""
        before = self._waiting.get((batch.partition, batch.turn))
        if before is None:
            self._waiting[batch.partition, batch.turn] = batch
        else:
            before.records.extend(batch.records)

    async def take(self, patience: float) -> list[Batch]:
        """From the loop: everything that has come since, or nothing after `patience` seconds."""
        self._loop = asyncio.get_running_loop()
        self._ask()
        if not self._waiting:
            self._filled.clear()
            if not self._waiting:
                try:
                    await asyncio.wait_for(self._filled.wait(), patience)
                except TimeoutError:
                    return []
        with self._room:
            batches = list(self._waiting.values())
            self._is_asking = False
            self._waiting.clear()
            self._records = self._size = 0
            self._room.notify_all()
        return batches

    def _ask(self) -> None:
        with self._room:
            self._is_asking = True
            self._room.notify_all()

    def until_asked(self, patience: float) -> None:
        """From the thread: wait while the loop is busy, so many seconds at most; what comes meanwhile is one fetch."""
        with self._room:
            self._room.wait_for(lambda: self._is_asking or self._is_closed, patience)

    def close(self) -> None:
        """Let the thread go on."""
        with self._room:
            self._is_closed = True
            self._room.notify_all()
