"""Where the stream stands, and every contact as it is: for projections that join late."""

from typing import Any

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from chassis.outbox import Position, encode_positions
from sqlalchemy import select, text

from services.contact.models import Contact

HEADS = text("SELECT stream, partition, epoch, seq FROM outbox_head WHERE stream = :stream ORDER BY partition")
EPOCH = text("SELECT outbox_current_epoch()")


async def read_positions(tx: Tx, stream: str) -> tuple[str, int]:
    """The positions that the stream has reached, and the epoch; read before the rows that they stand for."""
    epoch = int((await tx.execute(EPOCH)).scalar_one())
    heads = [Position(*tuple(row)) for row in await tx.execute(HEADS, {"stream": stream})]
    return encode_positions(heads), epoch


async def list_all_contacts(tx: Tx, paging: Paging) -> tuple[list[Contact], str]:
    """One page of every contact, whatever its state."""
    return await list_all(tx, Contact, paging)


async def list_all(tx: Tx, kind: Any, paging: Paging) -> tuple[list[Any], str]:
    """One page of every row of a kind."""
    return await keyset_page(tx, select(kind), [kind.id], paging)
