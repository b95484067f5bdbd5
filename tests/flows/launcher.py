"""Every role of every service (or of those named) in processes of their own, forked by this one.

`python -m tests.flows.launcher <pid> [service …]` ends when the process that started it ends, however it does.
"""

import os
import sys

from chassis.config import SERVICES, Settings
from chassis.run import Launcher

from deploy.local.stack import import_services


def main(parent: int, names: list[str]) -> None:
    """Launch, and supervise for as long as the parent lives."""
    settings = Settings.load()

    def watch() -> None:
        launcher.stopping = launcher.stopping or os.getppid() != parent

    launcher = Launcher(import_services(names or SERVICES), settings, settings.state / "logs", watch=watch)
    launcher.prepare()
    try:
        launcher.start()
        launcher.supervise()
    finally:
        launcher.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
