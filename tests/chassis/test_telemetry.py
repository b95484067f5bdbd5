"""What a service tells about itself: spans that join across gRPC and Kafka, metrics, logs without personal data."""

import asyncio
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pytest
import structlog
from chassis import errors, telemetry
from chassis.config import Settings
from chassis.rpc import channel
from chassis.run import HealthServer
from chassis.telemetry import metrics, names
from chassis.telemetry.logs import REDACTED, setup_logs
from chassis.telemetry.sql import summary
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import Histogram
from sqlalchemy import text

from tests.chassis import notes
from tests.house.tree import ROOT, modules
from tests.patience import PATIENCE

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
QUOTED = "Zuzanna Q"  # a value in the text of an exception
OTHER = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"


@pytest.fixture(scope="session")
def provider() -> TracerProvider:
    """The process's provider: there can only be one."""
    found = trace.get_tracer_provider()
    if not isinstance(found, TracerProvider):
        found = TracerProvider()
        trace.set_tracer_provider(found)
    return found


@pytest.fixture
def spans(provider: TracerProvider) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


def named(spans: InMemorySpanExporter, name: str, kind: SpanKind) -> ReadableSpan:
    return next(span for span in spans.get_finished_spans() if (span.name, span.kind) == (name, kind))


async def test_a_call_is_one_trace_from_client_to_server(
    spans: InMemorySpanExporter, keys: dict[str, Any], token: Any
) -> None:
    servicer = notes.NoteServicer()

    async def answer(request: Any) -> Any:
        if request.name == "notes/2":
            raise errors.NotFound
        with telemetry.span("inside"):
            return notes.Note(name="notes/1")

    servicer.on_get = answer
    server = notes.server(Settings(**keys, service="contact"), servicer)
    await server.start()
    async with channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened:
        await notes.stub(opened).GetNote(notes.GetNoteRequest(name="notes/1"))
        path = f"{notes.SERVICE}/GetNote"
        client, answered = named(spans, path, SpanKind.CLIENT), named(spans, path, SpanKind.SERVER)
        inside = named(spans, "inside", SpanKind.INTERNAL)
        assert answered.parent.span_id == client.context.span_id
        assert inside.parent.span_id == answered.context.span_id
        assert answered.attributes == {"rpc.system.name": "grpc", "rpc.method": path, "rpc.response.status_code": "OK"}
        spans.clear()
        with pytest.raises(errors.NotFound):
            await notes.stub(opened).GetNote(notes.GetNoteRequest(name="notes/2"))
        failed = named(spans, path, SpanKind.SERVER)
        assert failed.attributes[names.RPC_STATUS] == "NOT_FOUND"
        assert failed.status.status_code is StatusCode.UNSET
        assert named(spans, path, SpanKind.CLIENT).status.status_code is StatusCode.ERROR
    await server.stop(0.1)


def test_a_record_sent_on_is_a_child_of_the_work_that_made_it(spans: InMemorySpanExporter) -> None:
    with telemetry.send_span("s.v1", partition=3, headers=[{"traceparent": PARENT}]):
        headers = telemetry.inject_headers()
    sent = named(spans, "send s.v1", SpanKind.PRODUCER)
    assert f"{sent.parent.span_id:016x}" == PARENT.split("-")[2]
    assert headers == [("traceparent", f"00-{sent.context.trace_id:032x}-{sent.context.span_id:016x}-01".encode())]
    assert sent.attributes[names.MESSAGING_PARTITION] == "3"


def test_a_batch_is_processed_with_links_to_every_record(spans: InMemorySpanExporter) -> None:
    headers = [[("traceparent", PARENT.encode())], [("traceparent", OTHER.encode())], [("x", None)], []]
    with telemetry.process_span("s.v1", group="g", headers=headers, partition=0, offset=7, as_child=True):
        pass
    span = named(spans, "process s.v1", SpanKind.CONSUMER)
    assert {f"{link.context.trace_id:032x}" for link in span.links} == {PARENT.split("-")[1], OTHER.split("-")[1]}
    assert span.parent is None
    assert (span.attributes[names.MESSAGING_COUNT], span.attributes[names.MESSAGING_OFFSET]) == (4, 7)


@pytest.mark.parametrize("as_child", [True, False])
def test_one_record_may_be_processed_as_a_child(spans: InMemorySpanExporter, as_child: bool) -> None:
    with telemetry.process_span("s.v1", group="g", headers=[[("traceparent", PARENT.encode())]], as_child=as_child):
        pass
    span = named(spans, "process s.v1", SpanKind.CONSUMER)
    assert len(span.links) == 1
    assert (span.parent is not None) is as_child


def test_a_failed_span_tells_the_type_and_not_the_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), telemetry.span("work"):
        raise KeyError("ada@kiln.example")
    span = named(spans, "work", SpanKind.INTERNAL)
    assert span.attributes == {names.ERROR_TYPE: "KeyError"}
    assert "kiln" not in span.to_json()


async def test_a_stream_that_somebody_else_ends_ends_its_span_and_says_nothing(
    logged: io.StringIO, spans: InMemorySpanExporter
) -> None:
    async def stream() -> AsyncIterator[int]:
        with telemetry.span("stream"):
            yield 1

    async def begun() -> AsyncIterator[int]:
        opened = stream()
        await anext(opened)
        return opened

    opened = await asyncio.create_task(begun())  # a task has a context of its own
    await opened.aclose()  # type: ignore[attr-defined]
    assert named(spans, "stream", SpanKind.INTERNAL).end_time
    assert logged.getvalue() == ""


async def test_statements_have_spans_without_parameters(spans: InMemorySpanExporter, make_database: Any) -> None:
    from sqlalchemy import text

    database = await notes.open_database(make_database("contact", migrated=False))
    with telemetry.span("call"):
        async with database.transaction() as tx:
            await tx.execute(text("SELECT title FROM note WHERE title = :title"), {"title": "ada@kiln.example"})
        with pytest.raises(Exception, match="nowhere"):
            async with database.transaction() as tx:
                await tx.execute(text("SELECT * FROM nowhere"))
    await database.close()
    span = named(spans, "SELECT note", SpanKind.CLIENT)
    assert (span.attributes[names.DB_OPERATION], span.attributes[names.DB_COLLECTION]) == ("SELECT", "note")
    assert "kiln" not in span.to_json()
    assert named(spans, "SELECT nowhere", SpanKind.CLIENT).attributes[names.DB_STATUS] == "42P01"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT a, b FROM touch WHERE x", ("SELECT", "touch")),
        ("  insert into note (x) values (1)", ("INSERT", "note")),
        ("UPDATE contact SET x = 1 FROM other", ("UPDATE", "contact")),
        ("DELETE FROM link WHERE x", ("DELETE", "link")),
        ("COPY staged (a) FROM STDIN", ("COPY", "staged")),
        ("SELECT set_config('a', 'b', true)", ("SELECT", "")),
        ("WITH a AS (SELECT 1) SELECT * FROM b", ("SELECT", "b")),
        ("BEGIN", ("QUERY", "")),
    ],
)
def test_the_summary_of_a_statement(statement: str, expected: tuple[str, str]) -> None:
    assert summary(statement) == expected


@pytest.fixture
def logged(keys: dict[str, Any]) -> Iterator[io.StringIO]:
    """The log of a service, read back; the test run's own logging is put back afterwards."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    setup_logs(Settings(**keys, service="contact", role="serve"))
    stream = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def test_logs_are_json_with_service_role_and_trace(logged: io.StringIO, spans: InMemorySpanExporter) -> None:
    with telemetry.span("work") as told:
        telemetry.logger("x").info("thing.done", count=3)
    line = lines(logged)[0]
    assert (line["event"], line["service"], line["role"], line["level"], line["count"]) == (
        "thing.done", "contact", "serve", "info", 3,
    )  # fmt: skip
    assert line["trace_id"] == f"{told.span.get_span_context().trace_id:032x}"


def test_logs_hold_no_personal_data(logged: io.StringIO) -> None:
    log = telemetry.logger("x")
    log.info("a", email="ada@kiln.example", note=notes.Note(owner_email="ada@kiln.example"), raw=b"ada")
    log.info("b", text="from ada@kiln.example or +49 30 12345678", inner={"phone": "1", "list": ["ada@kiln.example"]})
    try:
        int("no such address: ada@kiln.example, token eyJhbGci.eyJzdWIi.c2ln")
    except ValueError:
        log.exception("c")
    logging.getLogger("library").warning("cannot reach %s", "ada@kiln.example")
    text = logged.getvalue()
    for canary in ("ada@", "12345678", "eyJzdWIi"):
        assert canary not in text
    first = lines(logged)[0]
    assert (first["email"], first["note"]) == (REDACTED, "<touchline.notes.v1.Note>")
    assert "ValueError" in lines(logged)[2]["exception"]
    assert lines(logged)[3]["event"] == f"cannot reach {REDACTED}"


async def test_a_unique_violation_is_logged_without_the_key(
    logged: io.StringIO, make_database: Any, token: Any
) -> None:
    settings = make_database("contact", migrated=False)
    database = await notes.open_database(settings)
    servicer = notes.NoteServicer(database)

    async def collide(_request: Any) -> None:
        async with database.transaction() as tx:
            await tx.execute(text("CREATE UNIQUE INDEX note_title_key ON note (title)"))
            for _ in range(2):
                insert = text("INSERT INTO note (title, author, revision) VALUES (:title, 'x', 1)")
                await tx.execute(insert, {"title": QUOTED})

    servicer.on_get = collide
    server = notes.server(settings.for_role("contact", "serve"), servicer)
    await server.start()
    async with channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened:
        with pytest.raises(grpc.aio.AioRpcError, match="internal error"):
            await notes.stub(opened).GetNote(notes.GetNoteRequest(name="notes/1"))
    await server.stop(0.1)
    await database.close()
    line = next(line for line in lines(logged) if line["event"] == "call.failed")
    for wanted in ("UniqueViolation", "SQLSTATE 23505", "constraint_name=note_title_key", "collide"):
        assert wanted in line["exception"]
    for unwanted in (QUOTED, "DETAIL", "Key ("):
        assert unwanted not in logged.getvalue()


async def test_the_log_of_a_task_that_nobody_awaited_has_no_text(logged: io.StringIO) -> None:
    error = ValueError(QUOTED)
    told = {"message": f"Task exception was never retrieved\nfuture: <Task exception={error!r}>", "exception": error}
    asyncio.get_running_loop().call_exception_handler(told)
    assert QUOTED not in logged.getvalue()
    assert lines(logged)[0]["exception"] == "ValueError"


def test_the_end_of_a_process_tells_why_unless_postgresql_said_it() -> None:
    error = ValueError("TOUCHLINE_REGION is no country")
    error.__cause__ = psycopg.errors.UniqueViolation(QUOTED)
    told = telemetry.describe(error, with_text=True)
    assert told.endswith("ValueError: TOUCHLINE_REGION is no country")
    assert "SQLSTATE 23505" in told
    assert QUOTED not in told


def test_every_metric_is_in_the_catalogue_and_in_the_registry() -> None:
    from prometheus_client import generate_latest

    shown = generate_latest().decode()
    for name, value in vars(names).items():
        if name.isupper() and isinstance(value, str) and hasattr(metrics, name):
            assert f"# HELP {value} " in shown, name


def test_every_declared_metric_is_set_somewhere() -> None:
    texts = [(ROOT / path).read_text() for path in modules() if path.parts[0] in {"libs", "services"}]
    used = {name for text in texts for name in re.findall(r"\bmetrics\.([A-Z_]+)\b", text)}
    declared = {name for name in vars(metrics) if name.isupper() and hasattr(names, name)}
    assert declared - used == set()


def test_many_values_are_observed_as_one_by_one() -> None:
    values = [0.0005, 0.001, 0.7, 4.9, 5.0, 5.1, 299, 900]
    alone, together = (
        Histogram(name, name, buckets=(0.001, 1, 5, 300), registry=None) for name in ("alone", "at_once")
    )
    for value in values:
        alone.observe(value)
    metrics.observe_all(together, values)
    told = [
        [(one.name.rpartition("_")[2], one.labels, one.value) for one in each.collect()[0].samples]
        for each in (alone, together)
    ]
    assert told[0][:-1] == told[1][:-1]  # the last is when it was made


@pytest.mark.parametrize(
    ("method", "route", "status", "name"),
    [
        ("GET", "/contacts/{contact}", 200, "GET /contacts/{contact}"),
        ("POST", "/login", 403, "POST /login"),
        ("ada@kiln.example", "", 404, "_OTHER other"),
        ("GET", "/today", 503, "GET /today"),
    ],
)
def test_a_request_is_told_by_route_and_status_and_not_by_its_address(
    spans: InMemorySpanExporter, method: str, route: str, status: int, name: str
) -> None:
    with telemetry.http_span(method, context=telemetry.extract([("traceparent", PARENT)])) as answering:
        answering.responded(route, status)
    span = named(spans, name, SpanKind.SERVER)
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    told = {names.HTTP_METHOD: name.partition(" ")[0], names.HTTP_ROUTE: route or "other", names.HTTP_STATUS: status}
    assert span.attributes == told | ({names.ERROR_TYPE: "503"} if status == 503 else {})


def test_a_statement_outside_of_any_work_is_timed_and_no_trace_of_its_own(spans: InMemorySpanExporter) -> None:
    with telemetry.sql_span("COPY", "nowhere"):
        pass
    assert not spans.get_finished_spans()
    with telemetry.span("work"), telemetry.sql_span("COPY", "nowhere"):
        pass
    assert named(spans, "COPY nowhere", SpanKind.CLIENT).parent is not None


def test_metrics_say_which_dependency_answers() -> None:
    health = HealthServer("notes.serve", "127.0.0.1", 0)
    health.start()
    health.detail = lambda: {"postgresql": "slow", "kafka": "away", "outbox": "ok"}
    shown = health.answer("/metrics")[2].decode()
    health.close()
    assert 'touchline_dependency_up{dependency="postgresql"} 1.0' in shown
    assert 'touchline_dependency_up{dependency="kafka"} 0.0' in shown
    assert 'dependency="outbox"' not in shown


async def test_calls_are_timed_by_method_and_code(keys: dict[str, Any], token: Any) -> None:
    from prometheus_client import REGISTRY

    server = notes.server(Settings(**keys, service="contact"), notes.NoteServicer())
    await server.start()
    labels = {"rpc_method": f"{notes.SERVICE}/RecordNotes", "rpc_response_status_code": "OK"}
    before = REGISTRY.get_sample_value("rpc_server_call_duration_seconds_count", labels) or 0
    async with channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened:
        await asyncio.gather(*(notes.stub(opened).RecordNotes(notes.RecordNotesRequest()) for _ in range(5)))
    await server.stop(0.1)
    assert REGISTRY.get_sample_value("rpc_server_call_duration_seconds_count", labels) == before + 5


PROBE = """
import sys
from opentelemetry import trace
from chassis import telemetry
from chassis.config import Settings
telemetry.setup(Settings(service="contact", role="serve"))
with telemetry.span("x") as told:
    print(told.span.is_recording(), telemetry.traceparent() != "")
with telemetry.span("y", context=telemetry.extract({"traceparent": sys.argv[1]})):
    print(telemetry.traceparent() == sys.argv[1])
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "False False\nTrue\n"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, "True True\nFalse\n"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, "False False\nTrue\n"),
    ],
)
def test_spans_are_recorded_only_where_they_have_somewhere_to_go(environment: dict[str, str], expected: str) -> None:
    libs = Path(__file__).parents[2] / "libs"
    command = [sys.executable, "-c", PROBE, PARENT]
    quick = {"PYTHONPATH": str(libs), "OTEL_BSP_EXPORT_TIMEOUT": "100", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    found = subprocess.run(
        command, env={**quick, **environment}, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert found.stdout == expected
