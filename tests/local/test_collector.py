"""The collector: a real receiver of OTLP that keeps the newest spans and shows what followed from what."""

import http.client
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chassis.config import Settings
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, Status, StatusCode

from deploy.local.children import free_port
from deploy.local.spans import Asked, Span, Spans
from deploy.local.tracing import Tracing

MS = 1_000_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    state = tmp_path_factory.mktemp("tracing")
    found = Settings(state=state, port_otlp=free_port(), port_traces=free_port())
    running = Tracing(found, state).start()
    yield found
    running.stop()


@pytest.fixture
def ask(settings: Settings) -> Callable[[str], tuple[int, Any]]:
    """One HTTP request to the collector: its status and its JSON."""

    def ask(path: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", settings.port_traces, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        status, body = answer.status, json.loads(answer.read())
        connection.close()
        return status, body

    return ask


def test_what_a_role_sends_by_otlp_is_a_trace_with_its_spans_and_what_goes_on_elsewhere(settings: Settings, ask):
    provider = TracerProvider(resource=Resource({"service.name": "touchline-contact", "touchline.role": "serve"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=settings.local_collector)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("call") as call, tracer.start_as_current_span("SELECT contact") as inside:
        inside.set_attributes({"db.operation.name": "SELECT", "rows": 3})
        inside.set_status(Status(StatusCode.ERROR))
    later = tracer.start_span("process", links=[Link(call.get_span_context())])
    later.end()
    provider.shutdown()
    first, second = (f"{one.get_span_context().trace_id:032x}" for one in (call, later))

    (other, listed) = ask("/traces?service=contact.serve")[1]["traces"]
    assert (other["id"], other["name"]) == (second, "process")
    assert (listed["id"], listed["name"], listed["spans"], listed["errors"]) == (first, "call", 2, 1)
    told = ask(f"/traces/{first}")[1]
    root, child = told["spans"]
    assert (child["parent"], child["kind"], child["is_error"]) == (root["id"], "INTERNAL", True)
    assert child["attributes"] == {"db.operation.name": "SELECT", "rows": 3}
    assert told["goes_on_in"] == [{"id": second, "name": "process"}]
    assert ask(f"/traces/{second}")[1]["came_from"] == [{"id": first, "name": "call"}]
    assert [one["name"] for one in ask(f"/traces/{first}/{root['id']}")[1]["spans"]] == [
        "call", "SELECT contact", "process",
    ]  # fmt: skip


def test_a_trace_that_is_not_there_has_no_spans_and_a_wrong_number_is_refused(ask):
    assert ask(f"/traces/{'a' * 32}") == (200, {"spans": [], "came_from": [], "goes_on_in": []})
    assert ask("/traces?min_ms=soon") == (400, {"error": "page_size, page_token, min_ms and errors are numbers"})
    assert ask("/elsewhere")[0] == 404


def made(number: int, **told: Any) -> Span:
    """A span of a trace of its own."""
    facts = {
        "trace": f"{number:032x}", "id": secrets.token_hex(8), "parent": "", "name": f"call {number}", "kind": "SERVER",
        "service": "contact.serve", "begin": number * MS, "end": number * MS + MS, "is_error": False,
        "attributes": {}, "links": [],
    }  # fmt: skip
    return Span(**facts | told)


def pages(kept: Spans, asked: Asked, size: int) -> list[list[str]]:
    found, before = [], 0
    while True:
        traces, before = kept.traces(asked, size, before)
        found.append([one["name"] for one in traces])
        if not before:
            return found


def test_traces_are_found_by_service_duration_and_error_page_by_page(tmp_path: Path):
    kept = Spans(tmp_path)
    kept.add(made(number) for number in range(1, 6))
    kept.add([made(6, end=506 * MS), made(7, is_error=True), made(7, service="campaign.send", name="inside")])
    assert pages(kept, Asked(), 3) == [["call 7", "call 6", "call 5"], ["call 4", "call 3", "call 2"], ["call 1"]]
    assert pages(kept, Asked(duration=400 * MS), 3) == [["call 6"]]
    assert pages(kept, Asked(errors=1), 3) == [["call 7"]]
    assert pages(kept, Asked(service="campaign.send"), 3) == [["call 7"]]


def test_the_oldest_traces_are_forgotten_and_a_span_that_comes_twice_counts_once(tmp_path: Path):
    kept = Spans(tmp_path, kept=20)
    twice = made(1)
    kept.add([twice, twice])
    assert kept.traces(Asked(), 1)[0][0]["spans"] == 1
    kept.add(made(number) for number in range(2, 21))
    assert len(pages(kept, Asked(), 100)[0]) == 20
    again = Spans(tmp_path, kept=20)
    again.add([made(21)])
    assert pages(again, Asked(), 100)[0] == [f"call {number}" for number in range(21, 3, -1)]
    assert again.following(twice.trace, twice.id) == []
