"""What `make run` settles before it starts anything."""

from pathlib import Path

import pytest
from chassis.config import LOCAL_FILE

from deploy.local.stack import TOUCH_PARTITIONS, Stack


def partitions(state: Path) -> int:
    return Stack(state, free_ports=True).settings.touch_partitions


def test_a_new_installation_has_few_partitions_of_touches(tmp_path: Path) -> None:
    assert partitions(tmp_path) == TOUCH_PARTITIONS


def test_an_installation_that_is_there_keeps_the_partitions_that_its_topics_were_made_with(tmp_path: Path) -> None:
    (tmp_path / LOCAL_FILE).write_text("TOUCHLINE_PORT_CONSOLE=8080\n")
    assert partitions(tmp_path) == 24, "made before one could choose"
    (tmp_path / LOCAL_FILE).write_text("TOUCHLINE_TOUCH_PARTITIONS=12\n")
    assert partitions(tmp_path) == 12


def test_the_environment_chooses_the_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_TOUCH_PARTITIONS", "9")
    assert partitions(tmp_path) == 9
