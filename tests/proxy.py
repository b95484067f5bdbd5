"""A way to an engine that can be refused, hang, or bring its answers late, while the engine itself runs on."""

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator, Callable

Answers = Callable[[bytes], bytes]
LATE = 2.0  # seconds


class Proxy:
    """Listens on a port of its own and passes bytes to and from an engine on this machine."""

    def __init__(self, target: int, *, is_kafka: bool = False) -> None:
        self.target, self.port, self.delay = target, 0, 0.0
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
        """The engine is `refused`, `hanging` (as a stopped process is) or `late` for the length of a block."""
        match how:
            case "refused":
                await self._cut()
            case "hanging":
                self._flowing.clear()
            case "late":
                self.delay = LATE
        try:
            yield
        finally:
            self.delay = 0.0
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
        try:
            while data := await reader.read(65536):
                due = time.monotonic() + (self.delay if is_answer else 0.0)
                waiting.put_nowait((due, self._readdressed(data) if is_answer else data))
        finally:
            passing.cancel()

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
