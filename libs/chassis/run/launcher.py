"""The launcher of the local stack: one process that imports everything, forks every role and forks it again."""

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from chassis import streams, telemetry
from chassis.config import Settings
from chassis.parent import die_with_parent
from chassis.run.role import migrate, run_role
from chassis.run.service import Service

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
HEALTHY_AFTER = 10.0
POLL = 0.1
END_LIMIT = 35.0


class LaunchError(Exception):
    """Preparing failed: a migration or a Kafka topic could not be made."""


@dataclass
class Child:
    """One role process, or its next one."""

    service: Service
    settings: Settings
    name: str
    pid: int = 0
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


@dataclass
class Launcher:
    """Holds no server, client, pool or thread itself, so that it can fork at any time.

    `state/roles.json` says which process is which role; `logs` is where their output goes (None: where ours goes).
    """

    services: Sequence[Service]
    settings: Settings
    logs: Path | None = None
    watch: Callable[[], None] = lambda: None
    on_end: Callable[[str, int], None] = lambda _name, _status: None
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def prepare(self) -> None:
        """Migrate and make the Kafka topics, in a child that ends."""
        gc.collect()
        gc.freeze()
        pid = self._fork("prepare", self._prepare_all)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
            where = f"; see {self.logs / 'prepare.log'}" if self.logs else ""
            raise LaunchError(f"migrations or Kafka topics failed{where}")

    def start(self) -> None:
        """Fork every role of every service."""
        for number, (service, role, name) in enumerate(role_processes(self.services)):
            base = self.settings.port_metrics
            settings = self.settings.for_role(service.name, role)
            own = settings.model_copy(update={"port_metrics": base + number if base else 0})
            self.children.append(Child(service, own, name))
        for child in self.children:
            self._start(child)
        self._note()

    def supervise(self) -> None:
        """Return when SIGTERM or SIGINT came; until then fork again whatever died."""
        signal.signal(signal.SIGTERM, self._stop_later)
        signal.signal(signal.SIGINT, self._stop_later)
        while not self.stopping:
            self.tick()
            self.watch()
            time.sleep(POLL)

    def tick(self) -> None:
        """Notice the dead and start those whose pause is over."""
        changed = [self._bury(child) or self._revive(child) for child in self.children]
        if any(changed):
            self._note()

    def stop(self) -> None:
        """SIGTERM to every role, and SIGKILL to what has not drained in time."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + END_LIMIT
        while any(child.pid for child in self.children) and time.monotonic() < deadline:
            for child in self.children:
                self._bury(child)
            time.sleep(POLL)
        self._signal(signal.SIGKILL)
        for child in self.children:
            if child.pid:
                os.waitpid(child.pid, 0)
        self.children.clear()
        self._note()

    def _stop_later(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _signal(self, number: int) -> None:
        for child in self.children:
            if child.pid:
                os.kill(child.pid, number)

    def _bury(self, child: Child) -> bool:
        if not child.pid:
            return False
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid == 0:
            return False
        now = time.monotonic()
        lived = now - child.started
        child.pause = FIRST_PAUSE if lived > HEALTHY_AFTER else min(child.pause * 2, LONGEST_PAUSE)
        child.pid, child.due = 0, now + child.pause
        self.on_end(child.name, os.waitstatus_to_exitcode(status))
        return True

    def _revive(self, child: Child) -> bool:
        if child.pid or time.monotonic() < child.due:
            return False
        self._start(child)
        return True

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.pid = self._fork(child.name, lambda: run_role(child.service, child.settings))

    def _prepare_all(self) -> None:
        from chassis.bus_kafka import Topics  # noqa: PLC0415 — only the child may hold a client

        for service in self.services:
            if service.migrations is not None:
                migrate(service, self.settings.for_role(service.name, "migrate"))
        streams.choose(self.settings.touch_partitions)
        Topics.load().apply(self.settings)

    def _fork(self, name: str, work: Callable[[], None]) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os._exit(self._child(name, parent, work))
        return pid

    def _child(self, name: str, parent: int, work: Callable[[], None]) -> int:
        """In the child: own session, own log, then the work; gives the exit status."""
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            die_with_parent(signal.SIGTERM, parent)
            if self.logs is not None:
                _redirect(self.logs / f"{name}.log")
            work()
        except BaseException as error:
            sys.stderr.write(f"{telemetry.describe(error, with_text=True)}\n")
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0

    def _note(self) -> None:
        """Write who is who, in one move."""
        file = self.settings.state / "roles.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {c.name: {"pid": c.pid, "metrics": c.settings.port_metrics} for c in self.children}
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps({"launcher": os.getpid(), "roles": known}, indent=1))
        unfinished.replace(file)


def launch(services: Sequence[Service], settings: Settings, *, logs: Path | None = None) -> None:
    """Prepare, start and supervise until SIGTERM or SIGINT; then drain."""
    launcher = Launcher(services, settings, logs)
    launcher.prepare()
    try:
        launcher.start()
        launcher.supervise()
    finally:
        launcher.stop()


def role_processes(services: Sequence[Service]) -> Iterator[tuple[Service, str, str]]:
    """Every role process as (service, role, name); a role with several processes numbers them."""
    for service in services:
        for role in service.roles:
            count = service.processes.get(role, 1)
            for number in range(1, count + 1):
                name = f"{service.name}.{role}"
                yield service, role, name if count == 1 else f"{name}.{number}"


def _redirect(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
