"""The catalogue of streams, and how many partitions an installation's touches have."""

from collections.abc import Iterator

import pytest
from chassis import streams
from chassis.config import Settings

TOUCHES = {f"touchline.interaction.{name}.v1" for name in ("intake", "recorded", "touches")}


@pytest.fixture(autouse=True)
def _installation() -> Iterator[None]:
    yield
    streams.choose(streams.TOUCH_PARTITIONS)


def test_touches_have_the_installations_number_of_partitions_and_all_other_streams_their_own() -> None:
    before = {name: stream.partitions for name, stream in streams.catalogue().items()}
    streams.choose(6)
    after = {name: stream.partitions for name, stream in streams.catalogue().items()}
    assert {name for name in before if before[name] != after[name]} == TOUCHES
    assert {after[name] for name in TOUCHES} == {6}


def test_a_key_belongs_to_a_partition_of_those_that_the_installation_has() -> None:
    streams.choose(6)
    found = {streams.catalogue().partition("touchline.interaction.touches.v1", bytes([n])) for n in range(200)}
    assert found == set(range(6))


def test_who_says_nothing_has_24() -> None:
    assert Settings().touch_partitions == 24
    assert streams.catalogue()["touchline.interaction.intake.v1"].partitions == 24
