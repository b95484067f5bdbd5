"""After a restore: who contact told of before and does not know any more is no longer written to."""

from typing import Any

from psycopg import AsyncConnection

DOUBT = "UPDATE person SET read_time = '-infinity'"
PERSON = """UPDATE person SET is_active = false, email = '', subject = NULL, attributes = '{}', tags = '{}',
    read_time = clock_timestamp() WHERE read_time = '-infinity'"""
STEPS = (
    "UPDATE account SET is_active = false, epoch = %(epoch)s WHERE epoch < %(epoch)s",
    "DELETE FROM deal WHERE epoch < %(epoch)s",
)


async def doubt(conn: AsyncConnection[Any]) -> None:
    """Hold everybody for read before anything: whatever is read from now on replaces it."""
    await conn.execute(DOUBT)


async def retire(conn: AsyncConnection[Any], epoch: int) -> int:
    """Take for gone whom a snapshot of this epoch did not name; gives how many people, companies and deals."""
    people = (await conn.execute(PERSON)).rowcount
    return people + sum([(await conn.execute(step, {"epoch": epoch})).rowcount for step in STEPS])
