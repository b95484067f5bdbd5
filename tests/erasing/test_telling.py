"""Contact is told of what was erased when it is done, once, with what was deleted; planted bugs of that are noticed."""

from collections.abc import Awaitable, Callable

import pytest

from tests.erasing.telling import CHECKS, OF_TELLING, Bug, Telling


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
async def test_contact_is_told(telling: Telling, check: Callable[[Telling], Awaitable[None]]) -> None:
    await check(telling)


@pytest.mark.parametrize("bug", OF_TELLING, ids=lambda bug: bug.name)
async def test_a_planted_bug_of_telling_is_noticed(telling: Telling, bug: Bug) -> None:
    with bug.planted(), pytest.raises(AssertionError):
        await bug.check(telling)
