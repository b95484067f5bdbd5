"""New ids are UUIDv7, and sort by the microsecond in which they were minted."""

from datetime import UTC, datetime, timedelta

from chassis.ids import uuid7
from hypothesis import given
from hypothesis import strategies as st

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_an_id_carries_its_moment_and_is_well_formed(moment):
    made = uuid7(moment)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs(made.int >> 80) == int(moment.timestamp() * 1_000_000) // 1000


@given(MOMENTS, st.integers(1, 10**9))
def test_a_later_id_is_a_higher_one(moment, micros):
    assert uuid7(moment) < uuid7(moment + timedelta(microseconds=micros))


def test_ids_of_one_moment_differ():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert len({uuid7(now) for _ in range(1000)}) == 1000
