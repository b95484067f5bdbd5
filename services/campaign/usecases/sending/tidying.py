"""What has to be looked after beside the sending: lost leases, campaigns of which nothing is left to send."""

from chassis.clock import Clock
from chassis.db import Database

from services.campaign.store import sends as ledger
from services.campaign.usecases.launches import finish_campaign


async def put_back_lost(database: Database, clock: Clock) -> None:
    """Put back every batch whose sender is gone, one to a transaction."""
    found = True
    while found:
        async with database.transaction() as tx:
            found = await ledger.expire(tx, now=clock.now()) is not None


async def finish_done(database: Database, clock: Clock) -> None:
    """Mark activities that are through as done, and finish the campaigns of which all are."""
    now = clock.now()
    async with database.transaction() as tx:
        await ledger.finish(tx)
        await ledger.forget_pace(tx, now)
    async with database.transaction() as tx:
        campaigns = await ledger.finishing(tx)
    for campaign in campaigns:
        async with database.transaction() as tx:
            await finish_campaign(tx, campaign, now=now)
