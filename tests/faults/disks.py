"""Rows F10: the disk under an engine is full for a while. Small mounted file systems are the disks; that needs root."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from deploy.local.children import EngineFailedError
from deploy.local.postgres import engine_home
from tests.faults.load import Load
from tests.faults.matrix import Bench, Inject, Row, open_bench
from tests.flows.system import Engines, System, eventually

SIZES = {"PostgreSQL": 640, "Kafka": 128}  # MiB
HEALED = 60.0
SERVICES = ("contact", "interaction")


def rows(scale: float) -> Iterator[Row]:
    """Full size: half a minute each, three times."""
    seconds, repeats = (30.0, 3) if scale >= 1 else (4.0, 1)
    for engine in SIZES:
        yield Row(f"F10 disk full of {engine}", _full(engine, seconds), repeats, is_quick=False)


def missing() -> str:
    """Why no file system can be mounted here."""
    with tempfile.TemporaryDirectory() as folder:
        done = _mount(Path(folder), 1)
        if done.returncode == 0:
            _unmount(Path(folder))
    return "" if done.returncode == 0 else f"mount: {done.stderr.strip() or 'not permitted'}"


@dataclass
class Disks:
    """Where each engine's data lie."""

    folders: dict[str, Path]

    def fill(self, engine: str) -> None:
        """Take every free block."""
        with (self.folders[engine] / "ballast").open("ab", buffering=0) as ballast:
            for size in (2**20, 2**12):
                with suppress(OSError):
                    while True:
                        ballast.write(bytes(size))

    def free(self, engine: str) -> None:
        (self.folders[engine] / "ballast").unlink()


@asynccontextmanager
async def open_stage(_engines: Engines) -> AsyncIterator[Bench]:
    """Engines of its own on small disks, and the services of the touch path on them."""
    with tempfile.TemporaryDirectory(prefix="touchline-disks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        disks = Disks({"PostgreSQL": engine_home(folder / "postgres"), "Kafka": folder / "kafka" / "kafka"})
        for engine, where in disks.folders.items():
            where.mkdir(parents=True)
            _mount(where, SIZES[engine])
        try:
            async with _on(folder, disks) as bench:
                yield bench
        finally:
            for where in disks.folders.values():
                _unmount(where)
            disks.folders["PostgreSQL"].rmdir()


@asynccontextmanager
async def _on(folder: Path, disks: Disks) -> AsyncIterator[Bench]:
    engines = await asyncio.to_thread(Engines, folder)
    try:
        system = System(folder, engines.system().fields, SERVICES)
        async with open_bench(engines, system, disks) as bench:
            yield bench
    finally:
        await asyncio.to_thread(engines.stop)


def _full(engine: str, seconds: float) -> Inject:
    """Full until writing has failed and a while longer; then there is room again, and the engine that ended starts."""

    async def inject(bench: Bench, load: Load) -> None:
        assert isinstance(bench.extra, Disks)
        await asyncio.to_thread(bench.extra.fill, engine)
        if engine == "PostgreSQL":
            await asyncio.to_thread(eventually, lambda: _is_out_of_space(bench))
        await asyncio.sleep(seconds)
        bench.extra.free(engine)
        begun, acknowledged, starts = time.monotonic(), len(load.ledger.entries), 0
        while time.monotonic() - begun < 2 * HEALED:
            starting = time.monotonic()
            if await asyncio.to_thread(_start_again, bench, engine):
                starts += 1
                bench.note(f"{engine} itself took {time.monotonic() - starting:.1f} s to start")
            if len(load.ledger.entries) > acknowledged and await asyncio.to_thread(_takes, bench):
                break
            await asyncio.sleep(0.1)
        took = time.monotonic() - begun
        bench.expect(took < HEALED, f"{engine} took writes again after {took:.1f} s; it had ended {starts} times")

    return inject


def _is_out_of_space(bench: Bench) -> bool:
    """Whether PostgreSQL says so, or has ended of it: a new segment of its log finds no room."""
    try:
        with bench.engines.postgres.connect("touchline_interaction") as connection:
            connection.execute("SELECT pg_switch_wal()")
            connection.execute("CREATE TABLE room AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
            connection.execute("DROP TABLE room")
    except psycopg.OperationalError:
        return True
    return False


def _start_again(bench: Bench, engine: str) -> bool:
    """Start the engine if it has ended, as its supervisor does; whether it had."""
    server = bench.engines.postgres if engine == "PostgreSQL" else bench.engines.kafka
    has_ended = server.process is not None and server.process.poll() is not None
    if has_ended:
        with suppress(EngineFailedError):
            server.start()
    return has_ended


def _takes(bench: Bench) -> bool:
    """Whether PostgreSQL commits what is written."""
    try:
        with bench.engines.postgres.connect() as connection:
            connection.execute("CREATE TABLE room (n integer); DROP TABLE room")
    except psycopg.OperationalError:
        return False
    return True


def _mount(where: Path, size: int) -> "subprocess.CompletedProcess[str]":
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=755", "touchline", str(where)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _unmount(where: Path) -> None:
    subprocess.run(["umount", "--lazy", str(where)], capture_output=True, check=False)
