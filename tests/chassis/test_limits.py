"""When a consumer rests, and for how long."""

import pytest
from chassis.bus import LAGGING, Limits


@pytest.mark.parametrize(
    ("worked", "records", "rest"),
    [
        (0.02, 1, 0.06),
        (0.02, 249, 0.06),
        (0.06, 10, 0.04),
        (0.1, 10, 0.0),
        (3.0, 10, 0.0),
        (0.02, 250, 0.0),
        (0.02, 900, 0.0),
        (0.02, 0, 0.0),
    ],
)
def test_a_consumer_rests_three_times_as_long_as_it_worked_unless_nothing_came_or_more_is_waiting(
    worked: float, records: int, rest: float
) -> None:
    assert Limits(rest=0.1).rest_after(worked, records, 500) == pytest.approx(rest)


def test_whoever_may_lag_rests_longer_and_stays_within_a_second_of_what_changed() -> None:
    assert LAGGING.rest_after(0.01, 1, 500) > Limits().rest_after(0.01, 1, 500)
    assert LAGGING.gather + LAGGING.rest <= 0.5
