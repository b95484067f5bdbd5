"""Clicks at the edge: signed links of different mails, each in Kafka before it leads on, and again without Kafka.

The limit is the same web server with a page that only redirects, asked by the same callers.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import tracking
from chassis.bus_kafka import Topics
from chassis.config import Settings

from deploy.local import children
from deploy.local.kafka import Kafka
from deploy.local.postgres import write_secret
from tests.bench.rig import percentile
from tests.flows.system import ROOT, eventually

CALLERS = 32
ROUNDS = 3
LOCAL = "127.0.0.1"


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 60,000 clicks against a broker that answers, and half as many against one that is frozen."""
    count = max(1_500, int(60_000 * scale))
    with tempfile.TemporaryDirectory(prefix="touchline-bench-", ignore_cleanup_errors=True) as folder:
        kafka = Kafka(Path(folder) / "kafka").start()
        try:
            return asyncio.run(_measure(Path(folder), kafka, count))
        finally:
            kafka.stop()


async def _measure(folder: Path, kafka: Kafka, count: int) -> dict[str, Any]:
    settings = _settings(folder, kafka)
    await asyncio.to_thread(Topics.load().apply, settings)
    paths = _paths(settings, count)
    bare_port = children.free_port()
    with _process("tests.bench.bare_redirect", str(bare_port)), _process("services.interaction", "edge", settings):
        await asyncio.to_thread(_until_up, bare_port, settings)
        rates: dict[str, list[float]] = {"edge": [], "bare": []}
        seconds: list[float] = []
        for number in range(ROUNDS):
            part = paths[number::ROUNDS]
            rates["bare"].append((await _ask(bare_port, part))[0])
            rate, spent = await _ask(settings.port_edge, part)
            rates["edge"].append(rate)
            seconds += spent
        os.kill(kafka.pid, signal.SIGSTOP)
        try:
            frozen_rate, frozen = await _ask(settings.port_edge, paths[: count // 2])
        finally:
            os.kill(kafka.pid, signal.SIGCONT)
    value, limit = median(rates["edge"]), median(rates["bare"])
    return {
        "bench": "edge-click", "value": round(value), "unit": "clicks/s",
        "limit": round(limit), "ratio": round(value / limit, 3), "callers": CALLERS, "clicks": count,
        **_times("", seconds), "frozen_per_second": round(frozen_rate), **_times("frozen_", frozen),
    }  # fmt: skip


def _times(name: str, seconds: Sequence[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p99": 0.99}
    return {f"{name}{share}_ms": round(percentile(seconds, of) * 1000, 2) for share, of in shares.items()}


async def _ask(port: int, paths: Sequence[str]) -> tuple[float, list[float]]:
    """Every path once: how many a second, and each one's seconds."""
    waiting, seconds = iter(paths), []
    begun = time.perf_counter()
    await asyncio.gather(*(_caller(port, waiting, seconds) for _ in range(CALLERS)))
    return len(paths) / (time.perf_counter() - begun), seconds


async def _caller(port: int, waiting: Iterator[str], seconds: list[float]) -> None:
    reader, writer = await asyncio.open_connection(LOCAL, port)
    for path in waiting:
        begun = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nhost: {LOCAL}\r\nuser-agent: bench\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        seconds.append(time.perf_counter() - begun)
        if b" 302 " not in head[:20]:
            raise RuntimeError(f"no redirect: {head[:60]!r}")
    writer.close()


def _settings(folder: Path, kafka: Kafka) -> Settings:
    keys = {name: folder / f"{name}.key" for name in ("token", "tracking")}
    write_secret(keys["token"], os.urandom(32).hex())
    write_secret(keys["tracking"], tracking.new_key_line("bench"))
    return Settings(
        state=folder,
        development=True,
        kafka_bootstrap=kafka.bootstrap(),
        token_key_file=str(keys["token"]),
        tracking_key_file=str(keys["tracking"]),
        port_edge=children.free_port(),
        port_metrics=children.free_port(),
    )


def _paths(settings: Settings, count: int) -> list[str]:
    """One link each of so many mails."""
    ring, first = tracking.Keyring.load(settings.tracking_key_file), (int(time.time() * 1000) << 80) | (7 << 76)
    person = str(UUID(int=first))
    return [
        "/c/"
        + ring.sign(
            tracking.Token(
                kind="click",
                message=UUID(int=first | (2 << 62) | number),
                subject=number.to_bytes(16, "big"),
                contact=person,
                campaign=person,
                activity=person,
                link=1,
                url="https://kiln.example/spring?utm_source=mail",
            )
        )
        for number in range(count)
    ]


@contextmanager
def _process(module: str, argument: str, settings: Settings | None = None) -> Iterator[None]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}
    environment |= settings.as_environment() if settings else {}
    with subprocess.Popen([sys.executable, "-m", module, argument], cwd=ROOT, env=environment) as process:
        try:
            yield
        finally:
            process.terminate()


def _until_up(bare_port: int, settings: Settings) -> None:
    eventually(lambda: children.is_listening(bare_port))
    eventually(lambda: children.http_status(settings.port_metrics, "/readyz") == 200)
