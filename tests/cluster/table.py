"""Runs the rows, and prints a table of them that docs/kubernetes.md can hold."""

import time
from collections.abc import Callable
from typing import NamedTuple

from tests.cluster import rows
from tests.cluster.release import Release


class Line(NamedTuple):
    """What the table says of a row."""

    row: str
    done: str
    acknowledged: int
    violations: int
    seconds: float

    def __str__(self) -> str:
        return f"| {self.row} | {self.done} | {self.acknowledged:,} | {self.violations} | {self.seconds:.0f} |"


def run(release: Release, say: Callable[[str], None]) -> None:
    """Every row; one that is not kept raises, with what an operator would look at."""
    began = time.monotonic()
    notes = rows.install(release)
    for note in notes:
        say(note)
    line = Line("install", "; ".join(notes), 1, 0, time.monotonic() - began)
    print(f"\n| row | what was done | touches acknowledged | violations | seconds |\n|---|---|---|---|---|\n{line}")
