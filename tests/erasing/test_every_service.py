"""Whatever a service keeps of a person goes with her, once, in one transaction, and nothing of anybody else."""

from collections.abc import AsyncIterator, Callable

import pytest
from chassis.config import Settings
from chassis.db import Database

from tests.erasing import checks
from tests.erasing.bugs import OF_SERVICES
from tests.erasing.ground import GROUNDS, Ground, standing


@pytest.fixture(params=GROUNDS.values(), ids=GROUNDS)
async def place(
    request: pytest.FixtureRequest, make_database: Callable[..., Settings]
) -> AsyncIterator[tuple[Database, Ground]]:
    ground: Ground = request.param
    async with standing(make_database(ground.service), ground) as database:
        yield database, ground


async def test_nothing_of_her_is_left_in_any_table_and_what_is_his_stays(place: tuple[Database, Ground]) -> None:
    await checks.check_nothing_is_left(*place)


async def test_the_same_again_changes_nothing_and_is_acknowledged_again(place: tuple[Database, Ground]) -> None:
    await checks.check_again_does_nothing_more(*place)


async def test_what_is_not_committed_is_not_done(place: tuple[Database, Ground]) -> None:
    await checks.check_undone_is_not_acknowledged(*place)


async def test_each_planted_bug_of_a_service_is_noticed(place: tuple[Database, Ground]) -> None:
    database, ground = place
    unnoticed = []
    for bug in OF_SERVICES[ground.service]:
        with bug.planted():
            try:
                await bug.check(database, ground)
            except Exception as wrong:  # whatever ends the check is seen
                print(f"{ground.service}: {bug.name}: {type(wrong).__name__} {str(wrong)[:100]}")
            else:
                unnoticed.append(bug.name)
    assert unnoticed == []
