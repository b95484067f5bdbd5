"""The HTTP APIs of what the local stack keeps beside the services: JSON, for this machine alone."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Api(BaseHTTPRequestHandler):
    """Answers one connection; only the machine itself is answered, by its own names."""

    protocol_version = "HTTP/1.1"

    def answer(self, status: int, content: dict[str, Any]) -> None:
        """Write an answer; `content` becomes JSON."""
        name = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if name not in OWN_NAMES:  # a page of another site that made its name mean this machine
            status, content = 403, {"error": "ask by 127.0.0.1 or localhost"}
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_nothing(self) -> None:
        """Say that there is nothing under this address."""
        self.answer(404, {"error": "there is nothing here"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: a query may hold an address."""


def numbers(query: dict[str, list[str]], **defaults: int) -> list[int] | None:
    """The named fields of a query as whole numbers, in their order; None where one is none."""
    found = [query.get(name, [""])[0] or str(default) for name, default in defaults.items()]
    return [int(text) for text in found] if all(text.isascii() and text.isdigit() for text in found) else None


def serve(api: type[Api], host: str, port: int) -> ThreadingHTTPServer:
    """The API in threads of its own, listening when this returns."""
    server = ThreadingHTTPServer((host, port), api)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
