"""Who gives way: a role that may lag takes the processor when those whom people wait for leave it."""

import contextlib
import os
from pathlib import Path

NICENESS = 19
AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Lower this process's priority, for good; under Linux's autogroups that of its session too, which alone counts."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # no Linux, or no autogroups
        AUTOGROUP.write_text(str(NICENESS))
