"""Erasing a person here: nobody writes to her any more, and the ledger keeps what was done, not to whom."""

from chassis import erasures
from chassis.db import Tx
from chassis.erasures import Erased

from services.campaign.store import erasing as store
from services.campaign.store.erasing import sweep

__all__ = ["erase_person", "sweep"]


async def erase_person(tx: Tx, erased: Erased) -> None:
    """Empty what is hers; doing it again empties what came since."""
    await erasures.keep(tx, erased, await store.empty(tx, erased))
