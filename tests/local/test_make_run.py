"""`make run` from outside: what is in its way is named, it comes up, mends its engines, and Ctrl-C ends all of it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.children import free_port, free_ports, http_status, is_listening
from deploy.local.postgres import engine_home
from deploy.local.stack import PORTS, ROLE_PROCESSES

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "deploy.local"]


class MakeRun:
    """One `make run` without the demo company, on free ports."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.output = state.parent / "run.out"
        ports = {f"TOUCHLINE_PORT_{name.upper()}": str(free_port()) for name in PORTS}
        ports["TOUCHLINE_PORT_METRICS"] = str(free_ports(ROLE_PROCESSES))
        self.ports = ports
        self.console = int(ports["TOUCHLINE_PORT_CONSOLE"])
        environment = os.environ | ports | {"TOUCHLINE_STATE": str(state), "TOUCHLINE_DEMO": "false"}
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdout=out, stderr=out)

    def says(self, text: str) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return text in self.output.read_text()

    def settings(self) -> dict[str, str]:
        lines = (self.state / "settings.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def family(self) -> set[int]:
        found, unseen = set(), [self.process.pid]
        while unseen:
            pid = unseen.pop()
            found.add(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                unseen += map(int, task.read_text().split())
        return found

    def running(self, command: bytes) -> list[int]:
        """The processes of the family whose command line holds this; some end while one looks."""
        found = []
        for pid in self.family():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found += [pid] if command in Path(f"/proc/{pid}/cmdline").read_bytes() else []
        return found


def eventually(true: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f} s"
        time.sleep(0.1)
    return answer


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    state = tmp_path / "state"
    yield state
    shutil.rmtree(engine_home(state.resolve()), ignore_errors=True)


@pytest.fixture
def up(state: Path) -> Iterator[MakeRun]:
    run = MakeRun(state)
    try:
        eventually(lambda: run.says("Ctrl-C ends everything"), 120)  # the card's last line
        yield run
    finally:
        run.process.terminate()
        run.process.wait(60)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_comes_up_mends_its_engines_and_ends_with_ctrl_c(up: MakeRun) -> None:
    assert http_status(up.console, "/login") == 200, up.output.read_text()
    assert "grpcurl -plaintext" in up.output.read_text()
    assert (up.state / "secrets").stat().st_mode & 0o077 == 0, "only the owner reads the secrets"
    for page in ("inbox", "traces"):
        assert f"http://127.0.0.1:{up.console}/{page}" in up.output.read_text()
    kill_companion(up, b"deploy.local.mailbox", "TOUCHLINE_PORT_INBOX")
    kill_companion(up, b"deploy.local.collector", "TOUCHLINE_PORT_TRACES")
    kill_broker(up)
    family = up.family()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0, up.output.read_text()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 60)
    assert json.loads((up.state / "roles.json").read_text())["roles"] == {}


def kill_companion(up: MakeRun, module: bytes, port_name: str) -> None:
    """Kill the sandbox or the collector, and wait until another answers in its place."""
    port = int(up.ports[port_name])
    assert http_status(port, "/healthz") == 200
    (pid,) = up.running(module)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: pid not in up.family(), 60)
    eventually(lambda: http_status(port, "/healthz") == 200, 60)


def kill_broker(up: MakeRun) -> None:
    """Kill Kafka and wait until another process listens in its place."""
    port = int(up.settings()["TOUCHLINE_KAFKA_BOOTSTRAP"].rpartition(":")[2])
    (pid,) = up.running(b"kafka.Kafka")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_listening(port), 60)
    eventually(lambda: is_listening(port), 60)


def test_a_port_in_use_is_named_with_the_variable_that_moves_it(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = os.environ | {"TOUCHLINE_STATE": str(state), "TOUCHLINE_PORT_CONSOLE": str(port)}
        result = subprocess.run(
            COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert result.returncode == 1
    assert f"{port} (TOUCHLINE_PORT_CONSOLE)" in result.stderr
    assert not (state / "kafka").exists(), "nothing was started"
