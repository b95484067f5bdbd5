"""What a running service tells about itself: spans, metrics and logs, without personal data."""

from chassis.telemetry.faults import describe
from chassis.telemetry.logs import hide, logger, setup_logs
from chassis.telemetry.messaging import process_span, send_span
from chassis.telemetry.sql import instrument_engine, sql_span, summary
from chassis.telemetry.tracing import (
    Told,
    client_span,
    extract,
    inject,
    inject_headers,
    server_span,
    setup,
    shutdown,
    span,
    traceparent,
)
from chassis.telemetry.web import Answering, http_span

__all__ = [
    "Answering",
    "Told",
    "client_span",
    "describe",
    "extract",
    "hide",
    "http_span",
    "inject",
    "inject_headers",
    "instrument_engine",
    "logger",
    "process_span",
    "send_span",
    "server_span",
    "setup",
    "setup_logs",
    "shutdown",
    "span",
    "sql_span",
    "summary",
    "traceparent",
]
