"""What waits in a cancelled campaign is cancelled with it, a chunk at a time, and so is what comes back to it.

Each chunk is a transaction of its own that changes the ledger and notes the touches; killed at any line, it goes on.
Nobody is claimed meanwhile: that ended with the transaction that cancelled the campaign.
"""

from datetime import datetime
from uuid import UUID

from chassis.clock import Clock
from chassis.db import Database, Tx

from services.campaign.domain.sends import SendState
from services.campaign.store import activities as activity_store
from services.campaign.store import sends
from services.campaign.usecases.noting import note_unsent

CHUNK = 2000


async def cancel_left(database: Database, clock: Clock) -> bool:
    """Cancel the next chunk of any cancelled campaign; False when nothing waits in one."""
    async with database.transaction() as tx:
        activity_id = await sends.still_waiting(tx)
        return activity_id is not None and await cancel_chunk(tx, activity_id, now=clock.now()) > 0


async def cancel_chunk(tx: Tx, activity_id: UUID, *, now: datetime) -> int:
    """Cancel some of an activity whose campaign is cancelled; gives their number, 0 when nobody waits."""
    cancelled = await sends.cancel_waiting(tx, activity_id, CHUNK, now=now)
    if cancelled:
        activity = await activity_store.get_activity(tx, activity_id)
        await note_unsent(tx, activity, cancelled, SendState.CANCELLED, now=now)
    return len(cancelled)
