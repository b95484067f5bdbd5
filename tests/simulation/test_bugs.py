"""Each planted bug is noticed; `test_simulation.py` shows that the same seeds are clean without one."""

import pytest

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.ground import Ground
from tests.simulation.proof import prove


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_noticed(ground: Ground, bug: Bug) -> None:
    proof = prove(bug, ground)
    print(proof.line())
    assert proof.is_caught
