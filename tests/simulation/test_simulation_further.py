"""The second five hundred of the thousand seeds."""

import pytest

from tests.simulation.ground import Ground
from tests.simulation.seeds import SECOND_HALF, play_some


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", SECOND_HALF)
def test_nothing_is_lost_doubled_invented_or_disordered_by_any_further_seed(ground: Ground, first: int) -> None:
    play_some(ground, first)
