"""Every timeline of drawn lives is what the oracle folds from scratch, which knows nothing of the services.

Contact's own use cases live them, as `tests/contact/test_identity_property.py` does; interaction hears of them through
its consumer and reads them from its tables. `SEED=123 pytest tests/interaction/test_lives.py` lives one of them alone.
"""

import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from chassis import erasures
from chassis.config import Settings
from chassis.db import Database
from identity import Resolver
from sqlalchemy import text
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import timeline, writing
from services.interaction.store import counts
from services.interaction.usecases import reading
from tests.contact.test_identity_property import DoneError, about
from tests.interaction.lives import Heard, HeardLife, HeardTown
from tests.interaction.world import World
from tests.planting import replaced

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(1, 151))
FEW = list(range(1, 31))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def database(make_database: Callable[..., Settings], heard: Heard) -> AsyncIterator[Database]:
    database = Database(make_database("contact"), encode=heard.encode)
    await database.open()
    yield database
    await database.close()


@dataclass(frozen=True)
class Bug:
    """A bug of who somebody is in interaction, planted for the length of a block."""

    name: str
    planted: Callable[[], AbstractContextManager[None]]


async def _nothing(*_: Any) -> None:
    return None


NOTHING = "SELECT '', 0, 0 WHERE %s::boolean"
BUGS = [
    Bug(
        "whom a caller names is written down", lambda: replaced(Resolver, "direct_holder", lambda _, named, *__: named)
    ),
    Bug("what was erased comes again", lambda: replaced(writing, "_is_forgotten", lambda *_: False)),
    Bug(
        "what comes late of an address that changed hands is nobody's",
        lambda: replaced(erasures, "keep_spans", _nothing),
    ),
    Bug("excluded touches are counted", lambda: replaced(counts, "_excluded", lambda _: (NOTHING, [False]))),
    Bug(
        "what only names her is not hers",
        lambda: replaced(reading, "person_of", lambda who, links, _: timeline.person_of(who, links, ())),
    ),
]


async def lived(database: Database, world: World, heard: Heard, seeds: list[int]) -> None:
    """Live these lives side by side, compare everything with the oracle, and take contact's part back."""
    with contextlib.suppress(DoneError):
        async with database.transaction(patience=600) as tx:
            await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # interaction takes its time
            town = HeardTown(tx, seeds, world, heard)
            await town.live()
            raise DoneError
    await compare(world, town)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_planted_bug_is_noticed(database: Database, world: World, heard: Heard, bug: Bug) -> None:
    with bug.planted(), pytest.raises(AssertionError):
        await lived(database, world, heard, FEW)


@pytest.mark.timeout(600)
async def test_every_timeline_of_any_life_is_a_fold_from_scratch(
    database: Database, world: World, heard: Heard
) -> None:
    await lived(database, world, heard, SEEDS)


async def compare(world: World, town: HeardTown) -> None:
    """Everybody's page with its counts, and what is nobody's, against the oracle."""
    nobodys = set()
    for life in town.heard_lives():
        kept = life.kept()
        owners = {touch.number: life.oracle.owners(touch) for touch in kept}
        for who in life.ids:
            root = life.oracle.root(who)
            hers = [touch.number for touch in kept if root in owners[touch.number]]
            await compare_page(world, life, who, hers)
        nobodys |= {life.touch_name(touch.number) for touch in kept if not owners[touch.number]}
    admin, token = await world.caller("admin"), ""
    strays: set[str] = set()
    while True:
        page = await admin.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=1000, page_token=token))
        strays |= {one.name for one in page.touches}
        if not (token := page.next_page_token):
            break
    assert strays == nobodys
    assert page.total_size == len(nobodys)


async def compare_page(world: World, life: HeardLife, who: str, hers: list[int]) -> None:
    """One person's timeline, on small pages, and how many of each type its head says that there are."""
    parent = f"contacts/{life.ids[who]}"
    shown = [one.name for thread in await world.timeline(parent, size=7) for one in thread.touches]
    assert shown == [life.touch_name(number) for number in hers], f"{who} in {about(life)}"
    counts = (await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent, page_size=1))).counts
    assert {one.type: one.count for one in counts.by_type} == Counter(map(life.kind, hers)), f"{who} in {about(life)}"
    assert counts.total == len(hers)
