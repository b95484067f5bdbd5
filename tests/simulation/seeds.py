"""Playing many seeds. The tests are two files, since whoever shares out tests gives a file to one process."""

from tests.simulation.ground import Ground
from tests.simulation.play import play

SEEDS = 1_000
TOGETHER = 50
FIRST_HALF = range(1, SEEDS // 2 + 1, TOGETHER)
SECOND_HALF = range(SEEDS // 2 + 1, SEEDS + 1, TOGETHER)


def play_some(ground: Ground, first: int) -> None:
    """Play so many seeds from one on; fail with what each of them violated."""
    outcomes = [play(seed, ground) for seed in range(first, first + TOGETHER)]
    failed = {outcome.seed: outcome.violations for outcome in outcomes if outcome.violations}
    assert not failed, f"play one again with SEED=… .venv/bin/python -m tests.simulation: {failed}"
    assert all(outcome.acknowledged for outcome in outcomes)
