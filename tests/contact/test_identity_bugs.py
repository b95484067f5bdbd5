"""Each planted bug is noticed by drawn lives; `test_identity_property.py` shows that these are clean without one."""

import pytest
from chassis.db import Database
from chassis.errors import DomainError
from sqlalchemy.exc import SQLAlchemyError

from tests.contact.bugs import BUGS, Bug
from tests.contact.lives import Town
from tests.contact.test_identity_property import DoneError, compare, database

__all__ = ["database"]
MOST, TOGETHER = 200, 40


async def lived(database: Database, seeds: list[int]) -> None:
    """These lives side by side, compared with the oracle, and taken back."""
    async with database.transaction(patience=600) as tx:
        town = Town(tx, seeds)
        await town.live()
        await compare(tx, town)
        raise DoneError


async def noticed(database: Database) -> str:
    """By which lives it was noticed that something is wrong, and how; empty where by none."""
    for first in range(1, MOST, TOGETHER):
        try:
            await lived(database, list(range(first, first + TOGETHER)))
        except DoneError:
            continue
        except (AssertionError, DomainError, SQLAlchemyError, KeyError) as wrong:
            return f"lives {first} to {first + TOGETHER - 1}: {type(wrong).__name__} {str(wrong)[:200]}"
    return ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_planted_bug_is_noticed(database: Database, bug: Bug) -> None:
    with bug.planted():
        found = await noticed(database)
    print(f"{bug.name}: {found}")
    assert found
