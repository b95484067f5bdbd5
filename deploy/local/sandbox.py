"""The sandbox mail server and its inbox, as a child process of the local stack; what it does stands in mailbox.py."""

import os
import subprocess
import sys
from pathlib import Path

from chassis.config import Settings

from deploy.local import children


class Sandbox:
    """The sandbox as a child process of the local stack."""

    def __init__(self, settings: Settings, logs: Path) -> None:
        self._settings, self._log = settings, logs / "sandbox.log"
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it, without waiting for it."""
        told = self._settings
        command: list[str | Path] = [sys.executable, "-m", "deploy.local.mailbox", told.host, str(told.port_smtp)]
        command += [str(told.port_inbox), told.state / "inbox", *(["--refuses"] if told.sandbox_refuses else [])]
        self.process = children.spawn(command, log=self._log, env=os.environ, cwd=Path.cwd())

    def ready(self) -> None:
        """Return when it takes mails and shows them."""
        assert self.process is not None
        port = self._settings.port_inbox
        children.wait_until(lambda: children.http_status(port, "/healthz") == 200, self.process, self._log)

    def start(self) -> "Sandbox":
        self.begin()
        self.ready()
        return self

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process)
