"""Child processes that never outlive their parent, and the waiting for them."""

import http.client
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chassis.parent import die_with_parent

OWN_PORTS = range(15_000, 32_000)
BLOCK = 500  # ports of one process


class EngineFailedError(Exception):
    """An engine did not start; the message ends with the tail of its log."""


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: int = signal.SIGTERM,
    uid: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start an engine in a session of its own (Ctrl-C does not reach it), writing to `log`."""
    parent = os.getpid()
    as_user = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(env), cwd=cwd,
            start_new_session=True, preexec_fn=lambda: die_with_parent(death_signal, parent), **as_user,  # noqa: PLW1509
        )  # fmt: skip


def stop(process: subprocess.Popen[bytes], sig: int = signal.SIGTERM, timeout: float = 30) -> None:
    """End a child politely, then without asking."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.send_signal(sig)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, timeout: float = 60) -> None:
    """Return when `ready` says so; fail when the child ends or the time is over."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "ended" if process.poll() is not None else f"not ready after {timeout:.0f} s"
            raise EngineFailedError(f"{process.args[0]} {state} ({process.returncode})\n{tail(log)}")  # type: ignore[index]
        time.sleep(0.05)


def tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def free_port() -> int:
    """A TCP port that nobody listens on, and that this process was not given before.

    It lies below those that systems give to outgoing connections: one of these could take it before we listen.
    """
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of `count` such ports in a row."""
    for _ in range(2 * BLOCK):
        first = _given.take(count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise EngineFailedError(f"no {count} neighbouring free ports")


class _Ports:
    """A block of ports, handed out in turn; no other process of this machine takes from it while we live."""

    def __init__(self) -> None:
        self._pid = 0
        self._block = range(0)
        self._next = 0
        self._lock: socket.socket | None = None

    def take(self, count: int) -> int:
        """The next `count` ports; from the beginning again when the block is used up."""
        if self._pid != os.getpid():
            self._pid, self._block, self._next = os.getpid(), self._reserve(), 0
        if self._next + count > len(self._block):
            self._next = 0
        first = self._block[self._next]
        self._next += count
        return first

    def _reserve(self) -> range:
        """A block of our own: an abstract socket's name (Linux) is its lock, and ends with us."""
        starts = list(OWN_PORTS[::BLOCK])
        secrets.SystemRandom().shuffle(starts)
        for start in starts:
            lock = socket.socket(socket.AF_UNIX)
            try:
                if sys.platform == "linux":
                    lock.bind(f"\0touchline-ports-{start}")
            except OSError:
                lock.close()
                continue
            self._lock = lock
            return range(start, start + BLOCK)
        raise EngineFailedError("every block of ports is taken")


_given = _Ports()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def http_status(port: int, path: str) -> int:
    """The status a local HTTP server answers with; 0 when there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unprivileged_uid() -> int | None:
    """The uid engines run under that refuse to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534
