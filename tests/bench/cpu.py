"""Processor time of every process of a system, in microseconds of work: what a busy machine does not blur."""

import os
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rig import Rig

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """What /proc says of a process: its parent, its own ticks, and those of its children that ended."""

    parent: int
    own: int
    ended: int


class Meter:
    """Reads what each role and engine has used so far."""

    def __init__(self, bench: Rig) -> None:
        self._bench = bench

    def read(self) -> dict[str, float]:
        """Seconds of processor time by role, for PostgreSQL with all of its servers, for Kafka, and for the bench."""
        stats = _stats()
        roots = {name: role["pid"] for name, role in self._bench.system.roles().items()}
        used = {name: stats[pid].own / TICK for name, pid in roots.items() if pid in stats}
        used["postgresql"] = _family(stats, self._bench.engines.postgres.pid)
        used["kafka"] = _family(stats, self._bench.engines.kafka.pid)
        used["bench"] = stats[os.getpid()].own / TICK
        return used


def per_touch(before: dict[str, float], after: dict[str, float], touches: int) -> dict[str, float]:
    """Microseconds a touch by process, the dearest first; what costs less than half of one is left out."""
    spent = {name: (after[name] - before.get(name, 0.0)) / touches * 1e6 for name in after}
    return {name: round(us, 1) for name, us in sorted(spent.items(), key=lambda item: -item[1]) if us >= 0.5}


def _stats() -> dict[int, Stat]:
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parent, user, system, ended_user, ended_system = (int(fields[at]) for at in (1, 11, 12, 13, 14))
        found[int(file.parent.name)] = Stat(parent, user + system, ended_user + ended_system)
    return found


def _family(stats: dict[int, Stat], root: int) -> float:
    """A process with everything below it."""
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        if pid in stats:
            total += stats[pid].own + stats[pid].ended
            waiting += [child for child, stat in stats.items() if stat.parent == pid]
    return total / TICK
