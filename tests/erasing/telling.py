"""How a service tells contact that it has erased: what must be true of it, and the bugs that must be noticed."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any

from chassis.db import Database
from chassis.errors import DomainError, Unavailable
from chassis.rpc import Channel, channel
from erasing import Acknowledging, acknowledging
from touchline.contact.v1 import contact_pb2 as pb

from tests.erasing.checks import WAITS
from tests.erasing.ground import GROUNDS, HER, fact
from tests.planting import replaced
from tests.residue import holding


@dataclass
class Telling:
    """Campaign's database, its channel to contact, who asks contact, and the erasure."""

    database: Database
    contact: Channel
    admin: Any
    erasure: str

    async def hear(self) -> None:
        """Campaign hears of it, and deletes."""
        async with self.database.transaction() as tx:
            await GROUNDS["campaign"].handler()(tx, fact(erasure=self.erasure))

    def chore(self, contact: Channel | None = None, **fields: Any) -> Acknowledging:
        return Acknowledging(self.database, contact or self.contact, "campaign", **fields)

    async def acknowledged(self) -> dict[str, int] | None:
        """What contact knows of campaign's stores; None while it knows nothing."""
        found = await self.admin.GetErasure(pb.GetErasureRequest(name=self.erasure))
        told = [each for each in found.acknowledgements if each.service == "campaign"]
        assert len(told) <= 1
        return {store.store: store.rows for store in told[0].stores} if told else None

    async def waits(self) -> bool:
        """Whether campaign has still to tell."""
        async with self.database.transaction() as tx:
            return not (await tx.execute(WAITS)).one()[0]


async def check_it_is_told_once_what_was_deleted(telling: Telling) -> None:
    assert await telling.chore().acknowledge() == 0, "nothing is told of what was not heard"
    await telling.hear()
    assert await telling.acknowledged() is None
    assert await telling.chore().acknowledge() == 1
    told = await telling.acknowledged()
    async with telling.database.connection() as conn:
        ((rows,),) = await (await conn.execute("SELECT rows FROM erasure")).fetchall()
    assert told == rows
    assert told["send"] > 0
    assert await telling.chore().acknowledge() == 0
    await telling.hear()  # contact was restored, and says it again
    assert await telling.chore().acknowledge() == 1
    assert await telling.acknowledged() == told


async def check_it_waits_for_contact(telling: Telling) -> None:
    await telling.hear()
    async with channel("127.0.0.1:1", token="x", timeout=0.5) as nowhere:
        with suppress(Unavailable):
            await telling.chore(nowhere).acknowledge()
    assert await telling.waits(), "contact does not know it yet"
    await telling.chore().acknowledge()
    assert await telling.acknowledged() is not None
    assert not await telling.waits()


async def check_it_waits_for_what_is_under_way(telling: Telling) -> None:
    asked: list[Sequence[Any]] = []

    async def sweep(_: Any, contacts: Sequence[Any], subjects: Sequence[Any]) -> bool:
        asked.append([*contacts, *subjects])
        return len(asked) > 1

    await telling.hear()
    chore = telling.chore(sweep=sweep)
    assert await chore.acknowledge() == 0
    assert await telling.acknowledged() is None
    assert await chore.acknowledge() == 1
    assert HER.id() in asked[0]


async def check_dead_rows_are_forgotten_before_it_is_told(telling: Telling) -> None:
    async with telling.database.connection() as conn:
        await conn.execute("ANALYZE")
        assert "pg_stats" in await holding(conn, [HER.word])
        await telling.hear()
        assert (await holding(conn, [HER.word])).keys() == {"pg_stats"}
        await telling.chore().acknowledge()
        assert await holding(conn, [HER.word]) == {}


@dataclass(frozen=True)
class Bug:
    """A bug of acknowledging, how it is planted for the length of a block, and the check that notices it."""

    name: str
    planted: Callable[[], AbstractContextManager[None]]
    check: Callable[[Telling], Awaitable[None]]


def _believing(kept: Any) -> Any:
    """What contact did not hear counts as told."""

    async def tell(chore: Any, erasure: Any, rows: Any) -> None:
        with suppress(DomainError):
            await kept(chore, erasure, rows)

    return tell


def _empty(kept: Any) -> Any:
    async def tell(chore: Any, erasure: Any, _: Any) -> None:
        await kept(chore, erasure, {})

    return tell


async def _over(*_: Any) -> bool:
    return True


async def _nothing(*_: Any) -> None:
    return None


OF_TELLING = [
    Bug(
        "what contact did not hear counts as told",
        lambda: replaced(Acknowledging, "_tell", _believing(Acknowledging._tell)),
        check_it_waits_for_contact,
    ),
    Bug(
        "what was deleted is not told",
        lambda: replaced(Acknowledging, "_tell", _empty(Acknowledging._tell)),
        check_it_is_told_once_what_was_deleted,
    ),
    Bug(
        "nobody notes that it was told",
        lambda: replaced(acknowledging, "DONE", "SELECT %s::uuid"),
        check_it_is_told_once_what_was_deleted,
    ),
    Bug(
        "it is told while a mail of hers is on its way",
        lambda: replaced(Acknowledging, "_is_over", _over),
        check_it_waits_for_what_is_under_way,
    ),
    Bug(
        "what the planner noted of her stays",
        lambda: replaced(acknowledging, "vacuum", _nothing),
        check_dead_rows_are_forgotten_before_it_is_told,
    ),
]
CHECKS = [
    check_it_is_told_once_what_was_deleted,
    check_it_waits_for_contact,
    check_it_waits_for_what_is_under_way,
    check_dead_rows_are_forgotten_before_it_is_told,
]
