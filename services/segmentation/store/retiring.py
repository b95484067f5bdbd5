"""After a restore: whom contact told of before and does not know any more leaves every segment with a rule."""

from typing import Any

from psycopg import AsyncConnection

from services.segmentation.domain import rules
from services.segmentation.store.people import EXCLUSIVE

PERSON = """WITH gone AS (
    UPDATE person SET state = 'DELETED', attributes = '{}', account_id = NULL, display_name = '', epoch = %(epoch)s
    WHERE epoch < %(epoch)s AND state NOT IN ('ERASED', 'DELETED') RETURNING contact_id, person_id
)
INSERT INTO change (contact_id, concern, touch, resource)
SELECT contact_id, %(concern)s, '', '' FROM gone UNION SELECT person_id, %(concern)s, '', '' FROM gone"""
STEPS = (
    "UPDATE link SET retracted_time = coalesce(retracted_time, now()), epoch = %(epoch)s WHERE epoch < %(epoch)s",
    "UPDATE account SET is_active = false, epoch = %(epoch)s WHERE epoch < %(epoch)s",
    "UPDATE suppression SET is_active = false, epoch = %(epoch)s WHERE epoch < %(epoch)s",
)


async def doubt(conn: AsyncConnection[Any]) -> None:
    """Nothing to do before the snapshot: each row says in which epoch it was told."""


async def retire(conn: AsyncConnection[Any], epoch: int) -> int:
    """Take for gone what a snapshot of this epoch did not name, and ask for an evaluation; gives how many rows."""
    told = {"epoch": epoch, "concern": rules.ANYTHING}
    await conn.execute(EXCLUSIVE)
    return sum([(await conn.execute(step, told)).rowcount for step in (PERSON, *STEPS)])
