"""How long `make run` takes from nothing and again, what it weighs in memory and what it costs when nobody calls.

Its `limit` is the aim for the second start, not the least that is possible: nothing bare was measured beside it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
AIM_FIRST, AIM_AGAIN, AIM_MEMORY_MB, AIM_IDLE = 40.0, 12.0, 1500, 0.08
LIMIT_SECONDS = 180
TICKS = os.sysconf("SC_CLK_TCK")


class Run:
    """One `make run` of a state folder of its own, on free ports, watched from outside."""

    def __init__(self, state: Path, ports: dict[str, str]) -> None:
        self.log = state.parent / "run.log"
        environment = os.environ | ports | {"TOUCHLINE_STATE": str(state), "TOUCHLINE_DEMO_LIVE": "0"}
        self.console = int(ports["TOUCHLINE_PORT_CONSOLE"])
        self.begun = time.monotonic()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )

    def until(self, what: Callable[[], bool]) -> float:
        """Seconds from the start until `what` is true."""
        while not what():
            if self.process.poll() is not None or time.monotonic() - self.begun > LIMIT_SECONDS:
                raise RuntimeError(f"make run did not come up:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return time.monotonic() - self.begun

    def answers(self) -> bool:
        """Whether the console gives a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.console}/login", timeout=2) as page:
                return page.status == 200
        except OSError:
            return False

    def is_complete(self) -> bool:
        """Whether the card was printed: everything is up and the demo company is in."""
        return "Touchline is up" in self.log.read_text(errors="replace")

    def stop(self) -> float:
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(90)
        return time.monotonic() - begun


def main(scale: float) -> dict[str, Any]:
    """A first and a second start; memory as Pss of every process, idle cost over `20 * scale` seconds or more."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        state, ports = Path(folder) / "state", free_ports()
        try:
            first, first_page, _ = start(state, ports, 0)
            again, again_page, idle = start(state, ports, max(5.0, 20 * scale))
        finally:
            shutil.rmtree(engine_home(state), ignore_errors=True)
    return {
        "bench": "start", "value": round(again, 2), "unit": "s",
        "limit": AIM_AGAIN, "limit_is": "the aim", "ratio": round(again / AIM_AGAIN, 3),
        "first_seconds": round(first, 2), "first_page_seconds": round(first_page, 2),
        "again_page_seconds": round(again_page, 2), **idle,
        "aims": {"first_seconds": AIM_FIRST, "memory_mb": AIM_MEMORY_MB, "idle_cores": AIM_IDLE},
    }  # fmt: skip


def start(state: Path, ports: dict[str, str], watch: float) -> tuple[float, float, dict[str, Any]]:
    """Seconds until everything and until the first page, and what it weighs when left alone for `watch` seconds."""
    run = Run(state, ports)
    try:
        page = run.until(run.answers)
        complete = run.until(run.is_complete)
        weight = weigh(run.process.pid, watch) if watch else {}
    except BaseException:
        run.process.kill()
        raise
    weight["stop_seconds"] = round(run.stop(), 2)
    return complete, page, weight


def weigh(pid: int, seconds: float) -> dict[str, Any]:
    """Memory and CPU of a process and all below it."""
    time.sleep(3)
    before = {child: cpu_seconds(child) for child in family(pid)}
    time.sleep(seconds)
    after = {child: cpu_seconds(child) for child in family(pid)}
    spent = sum(after[child] - before[child] for child in after if child in before)
    return {
        "memory_mb": round(sum(map(pss_kb, after)) / 1024),
        "processes": len(after),
        "idle_cores": round(spent / seconds, 3),
        "watched_seconds": seconds,
    }


def family(pid: int) -> Iterator[int]:
    """A process and everything that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_kb(pid: int) -> int:
    """Proportional memory: what processes share is counted once in all."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def free_ports() -> dict[str, str]:
    from deploy.local import children, stack

    ports = {f"TOUCHLINE_PORT_{name.upper()}": str(children.free_port()) for name in stack.PORTS}
    return ports | {"TOUCHLINE_PORT_METRICS": str(children.free_ports(stack.ROLE_PROCESSES))}


def engine_home(state: Path) -> Path:
    from deploy.local.postgres import engine_home as home

    return home(state.resolve())
