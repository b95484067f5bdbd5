"""The clock of what follows a restore of the database."""

from chassis.chores import Chore
from chassis.clock import Clock
from chassis.db import Database

from services.campaign.usecases.restoring import Source, compare_restored

EVERY_SECONDS = 5.0


class LedgerNotComparedError(Exception):
    """Activities from before a restore send nothing yet."""


def restoring(database: Database, clock: Clock, outcomes: Source) -> Chore:
    """Compare what is older than a restore; health says while something of it waits, and for what."""

    async def work() -> None:
        if await compare_restored(database, outcomes, clock):
            raise LedgerNotComparedError

    return Chore("restored", work, every=EVERY_SECONDS, again=EVERY_SECONDS)
