"""Waking the relay, and whoever else works after commits: NOTIFY in a transaction of its own, at most every 5 ms.

Who wants to be woken listens (chassis.outbox.listen).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg import AsyncConnection

CHANNEL = "touchline_outbox"
PAUSE = 0.005
PATIENCE = 1.0  # the relay looks by itself after two, so a lost wake-up costs no more than that


class Notifier:
    """Sends one NOTIFY for many commits.

    Inside the committing transaction NOTIFY would hold an instance-wide lock through the commit, which has stopped
    whole installations elsewhere.
    """

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection[Any]]]) -> None:
        self._connect = connect
        self._connection: AsyncConnection[Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_wanted = False

    def wake(self) -> None:
        """Say that there are new rows; returns at once."""
        self._is_wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        """Send what is still wanted, then let the connection go."""
        if self._task is not None:
            await self._task
        await self._drop()

    async def _work(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            await self._notify()
            await asyncio.sleep(PAUSE)

    async def _notify(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                if self._connection is None or self._connection.closed:
                    self._connection = await self._connect()
                await self._connection.execute(f"NOTIFY {CHANNEL}")
        except (psycopg.Error, OSError, TimeoutError):
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()
