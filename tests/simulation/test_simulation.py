"""A thousand seeds: whatever is killed, frozen, cut or repeated, what was acknowledged is there once and in order."""

import asyncio
from random import Random

import pytest

from tests.simulation.ground import Ground
from tests.simulation.play import play
from tests.simulation.scheduler import Process, Scheduler, State
from tests.simulation.seeds import FIRST_HALF, play_some


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", FIRST_HALF)
def test_nothing_is_lost_doubled_invented_or_disordered_by_any_seed(ground: Ground, first: int) -> None:
    play_some(ground, first)


def test_a_fault_that_was_due_later_does_not_strike_when_the_seed_is_over() -> None:
    loop = Scheduler(Random(1))
    process = loop.process("door")
    loop.run(_begin(process))
    process.after(0, lambda: setattr(process, "state", State.DEAD))
    loop.bury()
    assert not asyncio.all_tasks(loop)


async def _begin(process: Process) -> None:
    process.start(asyncio.Event().wait())


def test_a_seed_is_played_the_same_way_each_time(ground: Ground) -> None:
    for seed in (1, 2, 3, 151):
        first, second = play(seed, ground), play(seed, ground)
        assert (first.steps, first.history) == (second.steps, second.history)
