"""An OpenTelemetry collector that keeps what it is sent, so that a test can walk a trace."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(frozen=True)
class Span:
    """One span as it was exported: what it hangs on, by parent or by link."""

    id: bytes
    name: str
    role: str
    causes: frozenset[bytes]


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Answers the OTLP export call on a free port."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._following: defaultdict[bytes, dict[bytes, Span]] = defaultdict(dict)
        self._server = grpc.server(ThreadPoolExecutor(4))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def Export(self, request, context):
        with self._lock:
            for resource in request.resource_spans:
                role = (
                    _text(resource.resource.attributes, "service.name")
                    + "."
                    + _text(resource.resource.attributes, "touchline.role")
                )
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        self._keep(_span(span, role))
        return trace_service_pb2.ExportTraceServiceResponse()

    def after(self, *starts: bytes) -> list[Span]:
        """Every span that hangs on one of these, directly or through others, by parent or by link."""
        found: dict[bytes, Span] = {}
        front = list(starts)
        with self._lock:
            while front:
                new = {key: span for key, span in self._following.get(front.pop(), {}).items() if key not in found}
                found |= new
                front += new
        return list(found.values())

    def _keep(self, span: Span) -> None:
        for cause in span.causes:
            self._following[cause][span.id] = span

    def stop(self) -> None:
        self._server.stop(0).wait(5)


def _span(span, role: str) -> Span:
    causes = {link.span_id for link in span.links} | ({span.parent_span_id} if span.parent_span_id else set())
    return Span(span.span_id, span.name, role, frozenset(causes))


def _text(attributes, key: str) -> str:
    return next((pair.value.string_value for pair in attributes if pair.key == key), "")
