"""A server of the local stack's own beside the engines and roles: a child process with an HTTP API."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import children


class Companion:
    """`python -m module arguments` as a child process; it is ready when its API's /healthz says so."""

    def __init__(self, module: str, arguments: Sequence[str | Path], *, port: int, log: Path) -> None:
        self._command: list[str | Path] = [sys.executable, "-m", module, *arguments]
        self._port, self._log = port, log
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it, without waiting for it."""
        self.process = children.spawn(self._command, log=self._log, env=os.environ, cwd=Path.cwd())

    def ready(self) -> None:
        """Return when it does its work."""
        assert self.process is not None
        children.wait_until(lambda: children.http_status(self._port, "/healthz") == 200, self.process, self._log)

    def start(self) -> "Companion":
        self.begin()
        self.ready()
        return self

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process)
