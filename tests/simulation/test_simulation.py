"""A thousand seeds: whatever is killed, frozen, cut or repeated, what was acknowledged is there once and in order."""

import pytest

from tests.simulation.ground import Ground
from tests.simulation.play import play
from tests.simulation.seeds import FIRST_HALF, play_some


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", FIRST_HALF)
def test_nothing_is_lost_doubled_invented_or_disordered_by_any_seed(ground: Ground, first: int) -> None:
    play_some(ground, first)


def test_a_seed_is_played_the_same_way_each_time(ground: Ground) -> None:
    for seed in (1, 2, 3, 151):
        first, second = play(seed, ground), play(seed, ground)
        assert (first.steps, first.history) == (second.steps, second.history)
