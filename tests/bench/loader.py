"""Touches at a steady rate from a process of its own: `python -m tests.bench.loader <target> <rate> <token file>`."""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from deploy.local.postgres import write_secret
from tests.bench.rig import RECORD, Rig, requests
from tests.flows.system import ROOT

BATCH = 250
WAITING_AT_MOST = 8
SUBJECTS = 20_000


@asynccontextmanager
async def started(bench: Rig, rate: float) -> AsyncIterator[None]:
    """Such a process beside the block, with this many touches a second."""
    token = bench.system.state / "secrets" / "bench.token"
    write_secret(token, bench.metadata()[0][1].removeprefix("Bearer "))
    target = bench.system.settings.target("interaction")
    command = (sys.executable, "-m", "tests.bench.loader", target, str(rate), str(token))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def load(target: str, rate: float, token: str) -> None:
    """Calls of so many touches, evenly, until killed; a turn is left out while too many of them wait."""
    metadata = [("authorization", f"Bearer {token}")]
    async with grpc.aio.insecure_channel(target) as channel:
        call = channel.unary_unary(RECORD)
        begun, tasks = time.monotonic(), set()
        for number in itertools.count():
            if len(tasks) < WAITING_AT_MOST:
                body = requests(2_000_000_000 + number * BATCH, BATCH, BATCH, SUBJECTS)[0]
                task = asyncio.ensure_future(_send(call, body, metadata))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(max(0.0, begun + number * BATCH / rate - time.monotonic()))


async def _send(call: grpc.aio.UnaryUnaryMultiCallable, body: bytes, metadata: list[tuple[str, str]]) -> None:
    try:
        await call(body, timeout=10, metadata=metadata)
    except grpc.aio.AioRpcError as error:
        print(error.code().name, flush=True)


if __name__ == "__main__":
    asyncio.run(load(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]).read_text("utf-8")))
