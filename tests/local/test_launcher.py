"""The launcher forks every role, forks a killed one again, drains on SIGTERM, and takes its roles with it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.children import free_port

ROLES = {"house.serve", "house.consume.1", "house.consume.2"}


class House:
    """A launcher running as a process of its own, seen through roles.json and the health ports."""

    def __init__(self, state: Path) -> None:
        self.state = state
        root = Path(__file__).parents[2]
        environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'libs'}"}
        command = [sys.executable, "-m", "tests.local.house", str(state), str(free_port())]
        self.process = subprocess.Popen(command, cwd=root, env=environment)

    def roles(self) -> dict[str, dict[str, int]]:
        try:
            return json.loads((self.state / "roles.json").read_text())["roles"]
        except FileNotFoundError:
            return {}

    def pid(self, name: str) -> int:
        return self.roles().get(name, {}).get("pid", 0)

    def ask(self, name: str, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.roles()[name]['metrics']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_ready(self, name: str) -> bool:
        try:
            return self.ask(name, "/readyz")[0] == 200
        except (OSError, KeyError):
            return False


def eventually(true: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    try:
        eventually(lambda: set(house.roles()) == ROLES and all(map(house.is_ready, ROLES)))
        yield house
    finally:
        house.process.terminate()
        house.process.wait(40)


def test_every_role_is_a_process_of_its_own_with_health_and_metrics(house: House) -> None:
    assert len({house.pid(name) for name in ROLES} | {house.process.pid}) == 4
    status, body = house.ask("house.serve", "/healthz")
    known = json.loads(body)
    assert (status, known["state"], known["loop"]) == (200, "serving", "ok")
    assert (known["kafka"], known["postgresql"]) == ("away", "ok"), "health names what is away and stays ready"
    assert "python_info" in house.ask("house.serve", "/metrics")[1]


def test_a_killed_role_comes_back_and_the_others_never_notice(house: House) -> None:
    killed, others = house.pid("house.consume.1"), {name: house.pid(name) for name in ROLES - {"house.consume.1"}}
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: house.pid("house.consume.1") not in (0, killed) and house.is_ready("house.consume.1"))
    assert {name: house.pid(name) for name in others} == others


def test_sigterm_drains_every_role(house: House) -> None:
    pids = {name: house.pid(name) for name in ROLES}
    house.process.terminate()
    assert house.process.wait(20) == 0
    assert not any(is_alive(pid) for pid in pids.values())
    assert (house.state / "serve.ended").read_text() == str(pids["house.serve"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_the_roles_die_with_a_killed_launcher(house: House) -> None:
    pids = [house.pid(name) for name in ROLES]
    house.process.kill()
    house.process.wait(10)
    eventually(lambda: not any(is_alive(pid) for pid in pids))
