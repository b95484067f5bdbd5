"""Being woken after commits by what chassis.outbox.notify sends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection

from chassis.outbox.notify import CHANNEL

if TYPE_CHECKING:
    from chassis.db import Database

PATIENCE = 10.0


@contextlib.asynccontextmanager
async def listening(database: "Database") -> AsyncIterator[asyncio.Event]:
    """An event that is set after commits of this service, and when its connection is lost."""
    heard = asyncio.Event()
    async with database.connection() as conn:
        async with asyncio.timeout(PATIENCE):
            await conn.execute(f"LISTEN {CHANNEL}")
        task = asyncio.create_task(_listen(conn, heard))
        try:
            yield heard
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, psycopg.Error, OSError):
                await task


async def _listen(conn: AsyncConnection[Any], heard: asyncio.Event) -> None:
    try:
        async for _ in conn.notifies():
            heard.set()
    finally:
        heard.set()
