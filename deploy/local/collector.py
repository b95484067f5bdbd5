"""The collector's process: takes spans by OTLP over gRPC, keeps the newest, and shows them over HTTP.

`python -m deploy.local.collector HOST OTLP_PORT HTTP_PORT FOLDER`. The API answers this machine alone:

    GET /traces?service=…&min_ms=…&errors=1&page_size=50&page_token=…   the newest first: {"traces": […],
                                                                        "services": […], "next_page_token": "…"}
    GET /traces/{trace}         {"spans": […], "came_from": […], "goes_on_in": […]}; no spans where it is not known
    GET /traces/{trace}/{span}  {"spans": […]}: the span, and what hangs on it by parent or link, also through others
    GET /healthz                200

What a span and a trace have stands in spans.py.
"""

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from deploy.local import api
from deploy.local.spans import Asked, Span, Spans

PAGE, LARGEST_PAGE = 50, 200
LAST_ANSWERS = 2.0  # seconds


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """OpenTelemetry's TraceService."""

    def __init__(self, kept: Spans) -> None:
        self._kept = kept

    def Export(  # noqa: N802
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        self._kept.add(span for resource in request.resource_spans for span in spans_of(resource))
        return trace_service_pb2.ExportTraceServiceResponse()


def spans_of(told: ResourceSpans) -> Iterator[Span]:
    """The spans of one process."""
    about = plain(told.resource.attributes)
    parts = (about.get("service.name", "").removeprefix("touchline-"), about.get("touchline.role", ""))
    service = ".".join(filter(None, parts))
    return (span(one, service) for scope in told.scope_spans for one in scope.spans)


def span(one: SpanMessage, service: str) -> Span:
    """A span as it is kept."""
    return Span(
        trace=one.trace_id.hex(),
        id=one.span_id.hex(),
        parent=one.parent_span_id.hex(),
        name=one.name,
        kind=SpanMessage.SpanKind.Name(one.kind).removeprefix("SPAN_KIND_"),
        service=service,
        begin=one.start_time_unix_nano,
        end=one.end_time_unix_nano,
        is_error=one.status.code == Status.STATUS_CODE_ERROR,
        attributes=plain(one.attributes),
        links=[link.span_id.hex() for link in one.links],
    )


def plain(attributes: Sequence[KeyValue]) -> dict[str, Any]:
    """Attributes as plain Python."""
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind in {"string_value", "int_value", "double_value", "bool_value"} else str(value)


class TracesApi(api.Api):
    """Answers one connection; `kept` is set by `serve`."""

    kept: Spans

    def do_GET(self) -> None:  # noqa: N802
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case ["healthz"]:
                self.answer(200, {"status": "ok"})
            case ["traces"]:
                self._list(parse_qs(parts.query))
            case ["traces", trace]:
                self.answer(200, self.kept.trace(trace))
            case ["traces", trace, first]:
                self.answer(200, {"spans": [found.told() for found in self.kept.following(trace, first)]})
            case _:
                self.answer_nothing()

    def _list(self, query: dict[str, list[str]]) -> None:
        told = api.numbers(query, page_size=PAGE, page_token=0, min_ms=0, errors=0)
        if told is None:
            self.answer(400, {"error": "page_size, page_token, min_ms and errors are numbers"})
            return
        size, before, milliseconds, errors = told
        asked = Asked(query.get("service", [""])[0], milliseconds * 1_000_000, min(errors, 1))
        traces, following = self.kept.traces(asked, min(LARGEST_PAGE, size or PAGE), before)
        token = str(following) if following else ""
        self.answer(200, {"traces": traces, "services": self.kept.services(), "next_page_token": token})


def serve(host: str, otlp_port: int, http_port: int, folder: Path) -> None:
    """Take spans until SIGTERM; the API listens last, so its health speaks for both."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    kept = Spans(folder)
    server = grpc.server(ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Receiver(kept), server)
    server.add_insecure_port(f"{host}:{otlp_port}")
    server.start()
    shown = api.serve(type("ApiOfSpans", (TracesApi,), {"kept": kept}), host, http_port)
    ended.wait()
    shown.shutdown()
    server.stop(LAST_ANSWERS).wait()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.collector", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("otlp_port", type=int)
    parser.add_argument("http_port", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    serve(given.host, given.otlp_port, given.http_port, given.folder)


if __name__ == "__main__":
    main()
