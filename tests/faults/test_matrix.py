"""The short matrix in every run of the tests, and the proof that its checker sees what it must."""

import json
import os
import subprocess
import sys

import pytest

from tests.flows.system import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=1500
    )


@pytest.mark.timeout(1560)
def test_nothing_that_was_acknowledged_is_lost_doubled_invented_or_disordered():
    result = run("--quick", SCALE="0.1")
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    total = json.loads(result.stdout.splitlines()[-1])
    assert total["faults_injected"] >= 30
    assert total["acknowledged"] > 4_000
    assert [total[kind] for kind in ("lost", "doubled", "invented", "disordered", "unlike")] == [0, 0, 0, 0, 0]
    assert total["violations"] == 0


@pytest.mark.timeout(300)
def test_the_checker_notices_each_way_of_being_wrong():
    result = run("proof")
    assert result.returncode == 0, result.stdout + result.stderr
