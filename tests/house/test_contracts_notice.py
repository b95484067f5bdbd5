"""A contract that nothing can break proves nothing: each import contract reports a violation that is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PLANTED = {
    "Rooms import downward only": ("services/campaign/domain/campaigns.py", "from services.campaign import store"),
    "Services meet in protos and streams": ("services/campaign/app.py", "from services.segmentation import domain"),
    "The rooms that think see no wire": (
        "services/campaign/usecases/campaigns.py",
        "from touchline.campaign.v1 import campaign_pb2",
    ),
    "Domains touch nothing": ("services/campaign/domain/campaigns.py", "import sqlmodel"),
    "The libraries know no service": ("libs/identity/links.py", "from touchline.contact.v1 import contact_pb2"),
    "The console owns nothing": ("services/console/app.py", "import psycopg"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The code and its contracts, in a place where it may be spoilt."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("services", "libs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_reported(copy, contract):
    name, line = PLANTED[contract]
    file = copy / name
    whole = file.read_text("utf-8")
    file.write_text(f"{whole}\n\n{line}\n", "utf-8")
    try:
        environment = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'libs'}"}
        command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
        result = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    finally:
        file.write_text(whole, "utf-8")
    broken = [told for told in result.stdout.splitlines() if told.endswith("BROKEN")]
    assert any(told.startswith(contract) for told in broken), result.stdout
