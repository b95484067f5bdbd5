"""A service of one role that does nothing, launched by a process of its own: `python -m tests.local.house <state>`."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.config import Settings
from chassis.run import Launcher, Service


class Idle:
    """Waits for its end and writes down that it came."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.state / f"{settings.role}.ended"

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._file.write_text(str(os.getpid()))

    def health(self) -> Mapping[str, str]:
        return {"kafka": "away", "postgresql": "ok"}


async def idle(settings: Settings) -> Idle:
    return Idle(settings)


SERVICE = Service("house", {"serve": idle, "consume": idle}, processes={"consume": 2})


if __name__ == "__main__":
    settings = Settings.load(state=Path(sys.argv[1]), port_metrics=int(sys.argv[2]))
    launcher = Launcher([SERVICE], settings, logs=settings.state / "logs")
    launcher.start()
    launcher.supervise()
    launcher.stop()
