"""Spans and their way across processes: the set-up, the gRPC spans, traceparent in and out."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.telemetry import names
from chassis.telemetry.logs import setup_logs

if TYPE_CHECKING:
    from chassis.config import Settings

_PROPAGATOR = TraceContextTextMapPropagator()
TRACER = trace.get_tracer("touchline", schema_url=names.SCHEMA_URL)

LAST_FLUSH_MILLISECONDS = 2000

Headers = Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes | None]]


def setup(settings: "Settings", *, exporter: SpanExporter | None = None) -> None:
    """Set up logs and, where spans have somewhere to go, tracing; once per process, after the fork.

    The standard OTEL_… variables are read by OpenTelemetry itself. Without OTEL_EXPORTER_OTLP_ENDPOINT nothing is
    recorded, yet a caller's trace is still passed on. If something else has installed a provider, that one is used.
    """
    setup_logs(settings)
    if isinstance(trace.get_tracer_provider(), TracerProvider) or (exporter is None and not settings.otlp_endpoint):
        return
    provider = TracerProvider(resource=_resource(settings))
    if exporter is not None:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        provider.add_span_processor(BatchSpanProcessor(_otlp(settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)


def shutdown() -> None:
    """Send what is still waiting; called last of all."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(LAST_FLUSH_MILLISECONDS)
        provider.shutdown()


def _resource(settings: "Settings") -> Resource:
    return Resource.create(
        {
            names.SERVICE_NAME: f"touchline-{settings.service}",
            names.SERVICE_NAMESPACE: "touchline",
            names.SERVICE_ROLE: settings.role,
        }
    )


def _otlp(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - costs 0.2 s

    return OTLPSpanExporter(endpoint=endpoint)


def traceparent() -> str:
    """The current span as a traceparent; empty where there is none."""
    return inject().get("traceparent", "")


def inject() -> dict[str, str]:
    """The current span as text headers."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def inject_headers() -> list[tuple[str, bytes]]:
    """The current span as Kafka headers."""
    return [(key, value.encode("ascii")) for key, value in inject().items()]


def extract(headers: Headers) -> Context:
    """The context that headers carry: those of Kafka, of gRPC, or a mapping."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    carrier = {key: _ascii(value) for key, value in pairs if key in {"traceparent", "tracestate"} and value}
    return _PROPAGATOR.extract(carrier, context=Context()) if carrier else Context()


def _ascii(value: str | bytes | None) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value or ""


class Told:
    """A running span, with the one way to say that its work failed."""

    __slots__ = ("code", "span")

    def __init__(self, running: Span) -> None:
        self.span = running
        self.code = "OK"

    def failed(self, code: str, *, is_error: bool = True) -> None:
        """Note the status; `is_error` is False for the caller's own faults, as the RPC conventions want on servers."""
        self.code = code
        if is_error and self.span.is_recording():
            self.span.set_status(Status(StatusCode.ERROR))
            self.span.set_attribute(names.ERROR_TYPE, code)

    def follows(self, traceparent: str) -> None:
        """Link to the span whose work this goes on with, once it is known; an empty one says nothing."""
        context = trace.get_current_span(extract([("traceparent", traceparent)])).get_span_context()
        if context.is_valid:
            self.span.add_link(context)

    def answered(self) -> None:
        """Note the status of an answered call."""
        if self.span.is_recording():
            self.span.set_attribute(names.RPC_STATUS, self.code)


class _Running(AbstractContextManager[Told]):
    """A span that runs; written out, because a generator costs more than a span that nobody records."""

    __slots__ = ("_token", "_told", "_within")

    def __init__(self, running: Span) -> None:
        self._told = Told(running)

    def __enter__(self) -> Told:
        running, self._token = self._told.span, None
        if running is not trace.INVALID_SPAN or trace.get_current_span() is not trace.INVALID_SPAN:
            self._within = trace.set_span_in_context(running)
            self._token = otel_context.attach(self._within)
        return self._told

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, Exception) and self._told.code == "OK":
            self._told.failed(type(error).__name__)
        # A stream that its caller left is ended in somebody else's context.
        if self._token is not None and otel_context.get_current() is self._within:
            otel_context.detach(self._token)
        self._told.span.end()


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Mapping[str, Any] | None = None, **options: Any
) -> AbstractContextManager[Told]:
    """One span; an exception marks it as failed by its type, never by its text, which may hold personal data."""
    return _Running(TRACER.start_span(name, kind=kind, attributes=attributes, **options))


def server_span(method: str, metadata: Headers) -> AbstractContextManager[Told]:
    """The span of a call that we answer, `pkg.Service/Method`."""
    return span(method, SpanKind.SERVER, _rpc(method), context=extract(metadata))


def client_span(method: str) -> AbstractContextManager[Told]:
    """The span of a call that we make, `pkg.Service/Method`."""
    return span(method, SpanKind.CLIENT, _rpc(method))


def _rpc(method: str) -> dict[str, str]:
    return {names.RPC_SYSTEM: "grpc", names.RPC_METHOD: method}
