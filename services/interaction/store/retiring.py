"""After a restore: what contact told before and does not know any more is let go."""

from typing import Any

from psycopg import AsyncConnection

STEPS = (
    "DELETE FROM link WHERE epoch < %s",
    "DELETE FROM contact WHERE epoch < %s AND state <> 4",  # who was erased stays so
    "DELETE FROM account WHERE epoch < %s",
)


async def doubt(conn: AsyncConnection[Any]) -> None:
    """Nothing to do before the snapshot: each row says in which epoch it was told."""


async def retire(conn: AsyncConnection[Any], epoch: int) -> int:
    """Delete what a snapshot of this epoch did not name; gives how many rows."""
    return sum([(await conn.execute(step, (epoch,))).rowcount for step in STEPS])
