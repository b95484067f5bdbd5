"""The four services as one that answers what a test tells it, and the console's addresses in front of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
from chassis.config import Settings
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode
from starlette.routing import Route
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2
from touchline.segmentation.v1 import segmentation_pb2

from deploy.local.children import free_port
from services.console.app import Tokens, make_app, streams_of
from services.console.gateways import Gateways
from tests.console.conftest import LAUNCH_KEYS
from tests.console.test_http import CONTACT, log_in
from tests.console.test_panel import launch_token

SERVICES = {
    "contact": contact_pb2,
    "interaction": interaction_pb2,
    "campaign": campaign_pb2,
    "segmentation": segmentation_pb2,
}
ID = CONTACT.rpartition("/")[2]
PARTS = {"kind": "call", "part": "html", "change": "1", "system": "salesforce", "external": "1", "path": "x"}
FORM = {
    "request": ID, "etag": "x", "display_name": "x", "reason": "x", "subject": "Call", "note": "x", "name": "x",
    "email": "a@b.example", "contact": CONTACT[1:], "with": ID, "survivor": ID, "touch": "touches/x", "kind": "rule",
    "occurred": "2026-01-01T10:00", "due": "2030-01-01", "until": "2030-01-01", "0:kind": "all",
    "0.0:kind": "everyone", "address": "a@b.example", "code": "123456",
}  # fmt: skip
AWAY = (
    StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED, StatusCode.RESOURCE_EXHAUSTED,
)  # fmt: skip
NOT_ASKED = {"/alive", "/logout"}  # the one asks nobody, the other ends the session


def filled(path: str, parts: Mapping[str, str] = PARTS) -> str:
    """An address with something in each of its places: an id where no part is named."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda place: parts.get(place[1], ID), path)


class Upstream:
    """All four services in one: each method answers with an empty message, or with the code that it is told."""

    def __init__(self) -> None:
        self.code: StatusCode | None = None
        self.only = ""
        self.asked: set[str] = set()
        self.stopping = asyncio.Event()  # of the console's streams, which else would go on until their reader leaves

    async def abort(self, method: str, context: Any) -> None:
        self.asked.add(method)
        self.stopping.set()
        if self.code is not None and self.only in ("", method):
            pushback = (("grpc-retry-pushback-ms", "-1"),)  # what our services say too: no retry
            await context.abort(self.code, "as it was told", pushback)

    def answer(self, given: type[Any], request: Any) -> Any:
        """What a method answers where nothing else was told; whoever is asked for is found."""
        if given is contact_pb2.ResolveIdentifiersResponse:
            return given(resolutions=[{"contacts": [CONTACT[1:]]}])
        return given()


def handlers(upstream: Upstream) -> Iterator[grpc.GenericRpcHandler]:
    for module in SERVICES.values():
        for service in module.DESCRIPTOR.services_by_name.values():
            methods = {method.name: handler(upstream, method) for method in service.methods}
            yield grpc.method_handlers_generic_handler(service.full_name, methods)


def handler(upstream: Upstream, method: Any) -> grpc.RpcMethodHandler:
    taken, given = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    async def one(request: Any, context: Any) -> Any:
        await upstream.abort(method.name, context)
        return upstream.answer(given, request)

    async def many(request: Any, context: Any) -> AsyncIterator[Any]:
        await upstream.abort(method.name, context)
        yield upstream.answer(given, request)

    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(many, taken.FromString, given.SerializeToString)
    return grpc.unary_unary_rpc_method_handler(one, taken.FromString, given.SerializeToString)


class Door:
    """The console's addresses, all as one administrator, whose roles let through whatever there is."""

    def __init__(self, client: httpx.AsyncClient, upstream: Upstream, csrf: str, paths: list[tuple[str, str]]) -> None:
        self._client, self.upstream, self.csrf, self.templates = client, upstream, csrf, paths
        self.routes: list[tuple[str, str]] = []

    async def prepare(self) -> None:
        """Launches a panel, whose address holds a token, and fills the places of every address."""
        launched = await self.ask("GET", f"/embed/salesforce/1?launch={launch_token('1', sub='users/adam')}", None)
        self._panel = launched.headers["location"].rpartition("/")[2]
        self.routes = [(method, self.address(path)) for method, path in self.templates]

    def address(self, path: str) -> str:
        """An address with something in each of its places; a launch with its token."""
        found = filled(path, PARTS | {"token": self._panel})
        return f"{found}?launch={launch_token('1', sub='users/adam')}" if path.startswith("/embed/") else found

    async def ask(self, method: str, path: str, code: StatusCode | None, only: str = "", **sent: Any) -> httpx.Response:
        told = self.upstream
        told.code, told.only = code, only
        told.asked.clear()
        told.stopping.clear()
        if not path.endswith("/events"):
            told.stopping.set()
        if method == "POST":
            sent.setdefault("data", {"csrf": self.csrf, **FORM})
        for _ in range(3):
            answer = await self._client.request(method, path, **sent)
            if answer.status_code != 503 or code in AWAY:
                break  # else the machine was slower than the console waits
        return answer


@asynccontextmanager
async def opened(keys: dict[str, Any], state: Path, upstream: Upstream) -> AsyncIterator[Door]:
    """The console in front of an upstream, with a CRM that may launch its panel."""
    server, port = grpc.aio.server(), free_port()
    server.add_generic_rpc_handlers(tuple(handlers(upstream)))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    (state / "launch.keys").write_text("".join(f"{name} {key}\n" for name, key in LAUNCH_KEYS.items()))
    told = {f"port_{name}": port for name in SERVICES} | {"state": state, "launch_key_file": str(state / "launch.keys")}
    settings = Settings(service="console", role="serve", **keys, **told)
    gateways = Gateways(settings, Tokens(settings))
    app = make_app(settings, gateways)
    streams_of(app).stopping = upstream.stopping
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://console", timeout=60) as client:
        csrf = await log_in(client, "adam")
        templates = [(method, route.path) for route in app.inner.routes if isinstance(route, Route)
                     for method in route.methods - {"HEAD"} if route.path not in NOT_ASKED]  # fmt: skip
        door = Door(client, upstream, csrf, templates)
        await door.prepare()
        yield door
    await gateways.close()
    await server.stop(None)
