"""A thousand seeds: whatever is killed, frozen, cut or repeated, what was acknowledged is there once and in order."""

import pytest

from tests.simulation.ground import Ground
from tests.simulation.play import play

SEEDS = 1_000
TOGETHER = 50


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(1, SEEDS + 1, TOGETHER))
def test_nothing_is_lost_doubled_invented_or_disordered_by_any_seed(ground: Ground, first: int) -> None:
    outcomes = [play(seed, ground) for seed in range(first, first + TOGETHER)]
    failed = {outcome.seed: outcome.violations for outcome in outcomes if outcome.violations}
    assert not failed, f"play one again with SEED=… .venv/bin/python -m tests.simulation: {failed}"
    assert all(outcome.acknowledged for outcome in outcomes)


def test_a_seed_is_played_the_same_way_each_time(ground: Ground) -> None:
    for seed in (1, 2, 3):
        first, second = play(seed, ground), play(seed, ground)
        assert (first.steps, first.history) == (second.steps, second.history)
