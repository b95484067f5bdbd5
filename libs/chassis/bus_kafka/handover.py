"""Batches on their way from the polling thread to the event loop: a small queue that makes the thread wait."""

import asyncio
import threading
from collections import deque

from chassis.bus.records import Batch

DEPTH = 2


class Handover:
    """Holds at most two polls' batches; made on the event loop."""

    def __init__(self) -> None:
        self._queue: deque[list[Batch]] = deque()
        self._room = threading.Condition()
        self._filled = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def put(self, batches: list[Batch], patience: float) -> bool:
        """From the thread: False when the loop takes nothing within `patience` seconds."""
        with self._room:
            if not self._room.wait_for(lambda: len(self._queue) < DEPTH or self._is_closed, patience):
                return False
            self._queue.append(batches)
        if self._loop is not None and not self._is_closed:
            self._loop.call_soon_threadsafe(self._filled.set)
        return True

    async def take(self, patience: float) -> list[Batch]:
        """From the loop: the next poll's batches, or nothing after `patience` seconds."""
        self._loop = asyncio.get_running_loop()
        if not self._queue:
            self._filled.clear()
            if not self._queue:
                try:
                    await asyncio.wait_for(self._filled.wait(), patience)
                except TimeoutError:
                    return []
        with self._room:
            batches = self._queue.popleft() if self._queue else []
            self._room.notify_all()
        return batches

    def close(self) -> None:
        """Let the thread go on."""
        with self._room:
            self._is_closed = True
            self._room.notify_all()
