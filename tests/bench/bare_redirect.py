"""A web server whose one page redirects: what a click costs before anybody verifies or keeps anything."""

import asyncio
import sys
from typing import Any

import uvicorn

ANSWER = {"type": "http.response.start", "status": 302, "headers": [(b"location", b"/"), (b"content-length", b"0")]}


async def _redirect(_scope: Any, _receive: Any, send: Any) -> None:
    await send(ANSWER)
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    config = uvicorn.Config(_redirect, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve())
