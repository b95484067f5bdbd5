"""The web server of a role that answers HTTP: uvicorn on a port that is taken before the role says it is ready."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from chassis.config import Settings


class _Quiet(uvicorn.Server):
    """uvicorn that leaves signals to the chassis."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take the port before the role says that it is ready: who connects early waits, and is not refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


class WebServer:
    """Serves an ASGI application. Raises OSError when the port is taken; port 0 takes a free one, see `port`."""

    def __init__(self, app: Any, settings: Settings, port: int, **options: Any) -> None:
        self._drain_seconds = settings.drain_seconds
        self._socket = listen(settings.host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _Quiet(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(settings.grace_seconds),
                lifespan="off",
                **options,
            )
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, and on until nobody sends anything here; requests in flight get their grace."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await asyncio.wait({serving}, timeout=self._drain_seconds)
        finally:
            stopping.cancel()
            self._server.should_exit = True
            await serving
