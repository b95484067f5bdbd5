"""The ground that seeds stand on, one for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.simulation.ground import Ground, keys, stand


@pytest.fixture(scope="module")
def ground(databases_of_run: Databases, run_folder: Path) -> Iterator[Ground]:
    folder = run_folder / "simulation"
    folder.mkdir(exist_ok=True)
    settings = databases_of_run.make("interaction", **keys(folder))
    with stand(settings) as ground:
        yield ground
    databases_of_run.drop(settings)
