"""What is true of every service that erases: the checks that the tests make, and that planted bugs must fail."""

from chassis.db import Database, Tx
from sqlalchemy import text

from tests.erasing.ground import Ground, connection_of, fact, fill, look, taken_back

DONE = text("SELECT count(*) FROM erasure")
SAID = text("UPDATE erasure SET is_acknowledged = true")
WAITS = text("SELECT is_acknowledged, rows::text FROM erasure")


async def erase(tx: Tx, ground: Ground, *, again: int = 0) -> None:
    await ground.handler()(tx, fact(again=again))
    await tx.flush()


async def check_nothing_is_left(database: Database, ground: Ground) -> None:
    """Of her nothing is left in any table, but her id where it must be; what is his is as it was."""
    async with taken_back(database) as tx:
        before = await look(await connection_of(tx))
        await erase(tx, ground)
        after = await look(await connection_of(tx))
        assert after.words == frozenset(), "her words"
        assert after.ids <= ground.keeps, "her id"
        assert {table for table, rows in before.his.items() if after.his[table] != rows} == set(), "what is his"


async def check_again_does_nothing_more(database: Database, ground: Ground) -> None:
    """The same fact again changes no row, and is acknowledged again; what came of hers in between goes too."""
    async with taken_back(database) as tx:
        await erase(tx, ground)
        first = await look(await connection_of(tx))
        if ground.service != "contact":
            await tx.execute(SAID)
            told = (await tx.execute(WAITS)).one()
        await erase(tx, ground, again=1)
        assert await look(await connection_of(tx)) == first
        assert (await tx.execute(DONE)).scalar_one() == 1
        if ground.service == "contact":
            return
        waits = (await tx.execute(WAITS)).one()
        assert (waits[0], waits[1]) == (False, told[1])
        await fill(await connection_of(tx), ground)
        await erase(tx, ground, again=2)
        assert (await look(await connection_of(tx))).words == frozenset(), "what came since"


async def check_undone_is_not_acknowledged(database: Database, ground: Ground) -> None:
    """A service that dies before it commits says of nothing that it is done; another connection sees what stays."""
    async with taken_back(database) as tx:
        await erase(tx, ground)
        async with database.transaction() as other:
            assert (await other.execute(DONE)).scalar_one() == 0, "nothing is done that is not committed"
    async with database.transaction() as tx:
        assert (await tx.execute(DONE)).scalar_one() == 0
