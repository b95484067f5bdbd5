"""Every address of the console while the services answer with each code that there is: no page takes it for a bug."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import httpx
import pytest
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
from tests.console.test_http import CONTACT, log_in

SERVICES = {
    "contact": contact_pb2,
    "interaction": interaction_pb2,
    "campaign": campaign_pb2,
    "segmentation": segmentation_pb2,
}
ID = CONTACT.rpartition("/")[2]
CODES = [code for code in StatusCode if code is not StatusCode.OK]
EXPECTED = {
    StatusCode.UNAVAILABLE: 503, StatusCode.DEADLINE_EXCEEDED: 503, StatusCode.CANCELLED: 503,
    StatusCode.RESOURCE_EXHAUSTED: 503,
    StatusCode.INTERNAL: 502, StatusCode.UNKNOWN: 502, StatusCode.DATA_LOSS: 502, StatusCode.UNIMPLEMENTED: 502,
    StatusCode.OUT_OF_RANGE: 502, StatusCode.NOT_FOUND: 404, StatusCode.PERMISSION_DENIED: 403,
    StatusCode.UNAUTHENTICATED: 401,
}  # fmt: skip
PARTS = {"kind": "call", "part": "html", "change": "1", "system": "demo", "external": "1", "token": "x", "path": "x"}
FORM = {
    "request": ID, "etag": "x", "display_name": "x", "reason": "x", "subject": "Call", "note": "x", "name": "x",
    "email": "a@b.example", "contact": CONTACT[1:], "with": ID, "survivor": ID, "touch": "touches/x", "kind": "rule",
    "occurred": "2026-01-01T10:00", "due": "2030-01-01", "until": "2030-01-01", "0:kind": "all",
    "0.0:kind": "everyone", "address": "a@b.example", "code": "123456",
}  # fmt: skip
NOT_ASKED = {"/alive", "/logout"}  # the one asks nobody, the other ends the session


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


def handlers(upstream: Upstream) -> Iterator[grpc.GenericRpcHandler]:
    for module in SERVICES.values():
        for service in module.DESCRIPTOR.services_by_name.values():
            methods = {method.name: handler(upstream, method) for method in service.methods}
            yield grpc.method_handlers_generic_handler(service.full_name, methods)


def handler(upstream: Upstream, method: Any) -> grpc.RpcMethodHandler:
    taken, given = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    async def one(request: Any, context: Any) -> Any:
        await upstream.abort(method.name, context)
        return given()

    async def many(request: Any, context: Any) -> AsyncIterator[Any]:
        await upstream.abort(method.name, context)
        yield given()

    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(many, taken.FromString, given.SerializeToString)
    return grpc.unary_unary_rpc_method_handler(one, taken.FromString, given.SerializeToString)


class Door:
    """The console's addresses, all as one administrator, whose roles let through whatever there is."""

    def __init__(self, client: httpx.AsyncClient, upstream: Upstream, csrf: str, routes: list[tuple[str, str]]) -> None:
        self._client, self.upstream, self._csrf, self.routes = client, upstream, csrf, routes

    async def ask(self, method: str, path: str, code: StatusCode | None, only: str = "") -> httpx.Response:
        told = self.upstream
        told.code, told.only = code, only
        told.asked.clear()
        told.stopping.clear()
        if not path.endswith("/events"):
            told.stopping.set()
        form = {"csrf": self._csrf, **FORM} if method == "POST" else None
        return await self._client.request(method, path, data=form)


@pytest.fixture
async def door(keys, tmp_path) -> AsyncIterator[Door]:
    server, upstream, port = grpc.aio.server(), Upstream(), free_port()
    server.add_generic_rpc_handlers(tuple(handlers(upstream)))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    ports = {f"port_{name}": port for name in SERVICES}
    settings = Settings(service="console", role="serve", **keys, **ports | {"state": tmp_path})
    gateways = Gateways(settings, Tokens(settings))
    app = make_app(settings, gateways)
    streams_of(app).stopping = upstream.stopping
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://console", timeout=60) as client:
        csrf = await log_in(client, "adam")
        routes = [(method, address(route.path)) for route in app.inner.routes if isinstance(route, Route)
                  for method in route.methods - {"HEAD"} if route.path not in NOT_ASKED]  # fmt: skip
        yield Door(client, upstream, csrf, routes)
    await gateways.close()
    await server.stop(None)


def address(path: str) -> str:
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: PARTS.get(found[1], ID), path)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
async def test_no_address_takes_a_service_that_fails_for_a_bug_of_its_own(door, code):
    whole = EXPECTED.get(code, 0)
    for method, path in door.routes:
        answer = await door.ask(method, path, code)
        assert answer.status_code < 500 or answer.status_code == whole, (method, path, answer.status_code)
        if answer.status_code >= 500:
            said = re.search(r"<h1>(.+?)</h1>\s*<p>(.+?)</p>", answer.text)
            assert said[1].startswith("A part of Touchline"), (method, path)
            assert re.search(r"trace <code>[0-9a-f]{32}</code>", answer.text)
            assert ("retry-after" in answer.headers) == (whole == 503)


@pytest.mark.parametrize(("code", "status"), EXPECTED.items(), ids=lambda one: getattr(one, "name", ""))
async def test_the_page_of_a_person_says_what_a_service_answered(door, code, status):
    assert (await door.ask("GET", CONTACT, code)).status_code == status


async def test_a_page_whose_later_question_fails_is_no_bug_either(door):
    """Each method that a page asks fails alone, while the others answer with nothing in them."""
    checked = 0
    for method, path in door.routes:
        first = await door.ask(method, path, None)
        if first.status_code >= 500:  # an answer without anything in it, which no service of ours gives
            continue
        for asked in sorted(door.upstream.asked):
            for code in (StatusCode.UNAVAILABLE, StatusCode.INTERNAL):
                answer = await door.ask(method, path, code, asked)
                checked += 1
                assert answer.status_code < 500 or answer.status_code == EXPECTED[code], (method, path, asked, code)
    assert checked > 250
