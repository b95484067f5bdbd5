"""Programs that the cluster consists of: started with a log each, waited for, ended backwards."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from deploy.helm import TOOLS
from deploy.local import children

PATIENCE = 420.0  # seconds until something has happened: two cores carry all of it


def our_address(kubeconfig: str) -> str:
    """This machine's address on the way to the cluster's API, which its pods may reach, too."""
    config = yaml.safe_load(Path(kubeconfig).read_text("utf-8"))
    where = urlsplit(config["clusters"][0]["cluster"]["server"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect((where.hostname or "", where.port or 443))
        return str(line.getsockname()[0])


NAMED = os.environ.get("KUBECONFIG", "")  # a cluster of somebody else; without it one of our own is made
ADDRESS = (os.environ.get("ADDRESS") or our_address(NAMED)) if NAMED else "10.250.0.1"  # of engines, tests, our API
API = f"https://{ADDRESS}:6443"
NODES = {"node-1": "10.250.0.11", "node-2": "10.250.0.12"}
PODS = {"node-1": "10.244.1.0/24", "node-2": "10.244.2.0/24"}
ALL_PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
DOMAIN = "cluster.local"
RELEASE = "touchline"
NAMESPACE = "touchline-test" if NAMED else RELEASE
PORTS = {"contact": 7101, "segmentation": 7102, "campaign": 7103, "interaction": 7104}


def run(*command: str | Path, said: str = "", **options: Any) -> str:
    """Run a command that has to succeed; what it printed."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, input=said or None, check=False, **options
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return str(done.stdout)


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE, every: float = 0.3) -> Any:
    """Wait until something is so; what it answered."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(every)
    return answer


class Programs:
    """What was started, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def start(
        self, name: str, *arguments: str | Path, within: Sequence[str] = (), env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program, one of scripts/kubernetes or of the path; `within` goes before its command."""
        program = arguments[0] if (TOOLS / str(arguments[0])).exists() is False else TOOLS / arguments[0]
        command = [*within, program, *arguments[1:]]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **(env or {})}
        process = children.spawn(command, log=self.log(name), env=environment, cwd=self.folder)
        self.running[name] = process
        return process

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def await_start(self, name: str, is_ready: Callable[[], bool]) -> None:
        children.wait_until(is_ready, self.running[name], self.log(name), timeout=PATIENCE)

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            children.stop(process, timeout=10)
        self.running.clear()
