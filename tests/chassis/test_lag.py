"""How far a consumer is behind, in seconds, at moments of a made-up clock."""

from chassis.bus import lag
from chassis.bus.lag import Lag


def test_it_is_behind_for_as_long_as_its_oldest_record_waits() -> None:
    one = Lag()
    assert one.look(position=10, end=10, now=0) == 0
    assert one.look(position=10, end=12, now=5) == 0, "two records have just come"
    assert one.look(position=10, end=13, now=8) == 3
    assert one.look(position=12, end=13, now=9) == 1, "the third came at 8"
    assert one.look(position=13, end=13, now=20) == 0
    assert one.look(position=13, end=14, now=90) == 0, "a quiet stream is not behind"


def test_one_that_stands_still_falls_behind_although_it_applies_nothing() -> None:
    one = Lag()
    one.applied(age=0.1)
    assert [one.look(position=7, end=8 + at, now=60.0 * at) for at in range(4)] == [0.1, 60, 120, 180]


def test_what_waited_before_it_was_looked_at_is_told_by_the_age_of_what_is_applied() -> None:
    one = Lag()
    one.applied(age=3600)
    assert one.look(position=5, end=1000, now=1) == 3600
    one.applied(age=2)
    assert one.look(position=900, end=1000, now=2) == 2


def test_it_remembers_so_many_ends_and_never_says_too_little() -> None:
    one = Lag()
    for at in range(lag.MOST + 500):
        one.look(position=0, end=at + 1, now=at)
    assert one.look(position=lag.MOST + 400, end=lag.MOST + 500, now=lag.MOST + 500) >= 100
