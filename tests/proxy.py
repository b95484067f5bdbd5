"""A way to an engine that can be refused, hang, swallow, lose, or bring its answers late, while the engine runs on."""

import asyncio
import contextlib
import random
import struct
import time
from collections.abc import AsyncIterator, Callable

Answers = Callable[[bytes], bytes]
LATE = 2.0  # seconds
SLOW = (0.2, 0.8)  # seconds: 500 ± 300 ms
LOST = 0.05  # the part of what is sent that is lost: TCP sends it again, which the reader sees as a stall
RESENT = (0.2, 1.0)  # seconds
RESET = 0.005  # the part of what is sent at which the connection ends


class Proxy:
    """Listens on a port of its own and passes bytes to and from an engine on this machine."""

    def __init__(self, target: int, *, is_kafka: bool = False) -> None:
        self.target, self.port, self.delay = target, 0, (0.0, 0.0)
        self._loss = self._resets = 0.0
        self._swallows = False
        self.swallowed = 0  # pieces
        self._rng = random.Random(target)
        self._is_kafka = is_kafka
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listen for the length of a block."""
        await self._listen()
        try:
            yield self
        finally:
            await self._cut()

    @contextlib.asynccontextmanager
    async def broken(self, how: str) -> AsyncIterator[None]:
        """The engine is gone in one way for the length of a block.

        `refused`; `hanging`, as a stopped process is; `half-open`: what is sent is taken and gone, and a connection
        that has lost some is never told; `late` by two seconds; `slow` by 500 ± 300 ms; `lossy`, stalling and reset.
        """
        match how:
            case "refused":
                await self._cut()
            case "hanging":
                self._flowing.clear()
            case "half-open":
                self._swallows = True
            case "late":
                self.delay = (LATE, LATE)
            case "slow":
                self.delay = SLOW
            case "lossy":
                self._loss, self._resets = LOST, RESET
        try:
            yield
        finally:
            self.delay, self._loss, self._resets, self._swallows = (0.0, 0.0), 0.0, 0.0, False
            self._flowing.set()
            if self._server is None:
                await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        """Stop listening and drop every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError, OSError):  # asyncio 3.11 trips over a cancelled connection
            if self._server is not None:
                await self._join(reader, writer)
        writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes both ways until one side ends."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer, is_answer=False)),
            asyncio.create_task(self._pump(far_reader, writer, is_answer=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            far_writer.transport.abort()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        """Pass bytes on in their order, each answer as late as it has to be."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.create_task(self._pass_on(waiting, writer))
        has_swallowed = False
        try:
            while data := await reader.read(65536):
                has_swallowed = has_swallowed or self._swallows
                if has_swallowed:
                    self.swallowed += 1
                    continue
                if self._rng.random() < self._resets:
                    return
                due = time.monotonic() + self._late(is_answer=is_answer)
                waiting.put_nowait((due, self._readdressed(data) if is_answer else data))
        finally:
            passing.cancel()

    def _late(self, *, is_answer: bool) -> float:
        """How many seconds a piece of the stream takes."""
        resent = self._rng.uniform(*RESENT) if self._rng.random() < self._loss else 0.0
        return resent + (self._rng.uniform(*self.delay) if is_answer else 0.0)

    async def _pass_on(self, waiting: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()

    def _readdressed(self, data: bytes) -> bytes:
        """A broker tells its clients where it listens: here they are told our port instead, which is as long."""
        if not self._is_kafka:
            return data
        here = b"127.0.0.1" + struct.pack(">i", self.port)
        return data.replace(b"127.0.0.1" + struct.pack(">i", self.target), here)
