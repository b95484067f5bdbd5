"""Roles that may lag leave the processors to those whom people wait for."""

import os
from pathlib import Path

import pytest

from tests.flows.system import System

MAY_LAG = {"interaction.publish", "segmentation.consume"}
AUTOGROUP = Path("/proc/self/autogroup")


def test_every_thread_of_a_role_that_may_lag_gives_way_and_no_other_role_does(system: System) -> None:
    found = {role: niceness(told["pid"]) for role, told in system.roles().items()}
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert found == {role: {19} if role in MAY_LAG else {ours} for role in found}


def niceness(pid: int) -> set[int]:
    """Of all threads of a process."""
    return {os.getpriority(os.PRIO_PROCESS, int(thread.name)) for thread in Path(f"/proc/{pid}/task").iterdir()}


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel has no autogroups")
def test_where_each_role_is_a_group_of_its_own_its_group_gives_way(system: System) -> None:
    groups = {role: Path(f"/proc/{told['pid']}/autogroup").read_text("ascii") for role, told in system.roles().items()}
    assert {role for role, group in groups.items() if group.split()[-1] == "19"} == MAY_LAG
