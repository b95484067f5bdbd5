"""/healthz, /readyz and /metrics of one role, answered by a thread of their own."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.telemetry import metrics

STALLED_AFTER = 30.0
DEPENDENCIES = ("kafka", "postgresql")


class HealthServer:
    """Says whether the role lives, is ready, and what it knows of its dependencies.

    Alive is a role whose event loop still beats. Ready is one that has started and does not drain: a database or
    broker that is away changes neither, it is named in the detail.
    """

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.state = "starting"
        self.detail: Callable[[], Mapping[str, str]] = dict
        self._beat = time.monotonic()
        self._server = ThreadingHTTPServer((host, port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def beat(self) -> None:
        """Called by the event loop every second."""
        self._beat = time.monotonic()

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        if path == "/metrics":
            self._note_dependencies()
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest()
        alive = time.monotonic() - self._beat < STALLED_AFTER
        good = {"/healthz": alive, "/readyz": alive and self.state == "serving"}.get(path)
        if good is None:
            return HTTPStatus.NOT_FOUND, "text/plain", b"/healthz /readyz /metrics\n"
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", json.dumps(self._report(alive)).encode() + b"\n"

    def _note_dependencies(self) -> None:
        """A dependency that answers late is up; one that the role does not use is not shown."""
        for name, state in self.detail().items():
            if name in DEPENDENCIES:
                metrics.DEPENDENCY_UP.labels(name).set(state in {"ok", "slow"})

    def _report(self, alive: bool) -> dict[str, str]:
        known = {"role": self.name, "state": self.state, "loop": "ok" if alive else "stalled"}
        return known | dict(self.detail())


def _handler(health: HealthServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = health.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes are not worth a line."""

    return Handler
