"""PostgreSQL spans and timings: by SQLAlchemy's events for engines, by hand for raw connections; never a parameter."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.telemetry import metrics, names
from chassis.telemetry.tracing import TRACER, Told, span

_SUMMARY = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(SELECT|INSERT|UPDATE|DELETE|COPY|MERGE|SET|LOCK|NOTIFY|LISTEN|CREATE|ALTER)\b"
    r"(?:[^;]*?\b(?:FROM|INTO|UPDATE|TABLE)\s+\"?([a-z_][a-z0-9_]*))?",
    re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(r"\s*(UPDATE|COPY)\s+\"?([a-z_][a-z0-9_]*)", re.IGNORECASE)
_HEAD = 400  # the verb and the first table stand at the beginning
_STARTED = "touchline_started"


def summary(statement: str) -> tuple[str, str]:
    """The verb and the first table of a statement, which is all that a span may know of it."""
    head = statement[:_HEAD]
    found = _UPDATE.match(head) or _SUMMARY.match(head)
    return (found[1].upper(), (found[2] or "").lower()) if found else ("QUERY", "")


def instrument_engine(engine: AsyncEngine) -> None:
    """Time each statement of an engine, and give it a span where spans are recorded."""
    event.listen(engine.sync_engine, "before_cursor_execute", _before)
    event.listen(engine.sync_engine, "after_cursor_execute", _after)
    event.listen(engine.sync_engine, "handle_error", _failed)


@contextmanager
def sql_span(operation: str, collection: str, **attributes: Any) -> Iterator[Told]:
    """The span of work on a raw connection, for example one pipelined flush, where it is part of something.

    What a chore asks every second on its own would be a trace each time.
    """
    started = time.perf_counter()
    try:
        if not trace.get_current_span().is_recording():
            yield Told(trace.INVALID_SPAN)
            return
        name, told = f"{operation} {collection}".strip(), _attributes(operation, collection)
        with span(name, SpanKind.CLIENT, {**told, **attributes}) as running:
            yield running
    finally:
        metrics.DB_CLIENT_DURATION.labels(operation, collection).observe(time.perf_counter() - started)


def _before(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    operation, collection = summary(statement)
    running = None
    if trace.get_current_span().is_recording():
        name = f"{operation} {collection}".strip()
        running = TRACER.start_span(name, kind=SpanKind.CLIENT, attributes=_attributes(operation, collection))
    setattr(context, _STARTED, (time.perf_counter(), operation, collection, running))


def _after(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    _finish(context, "")


def _failed(failure: Any) -> None:
    if failure.execution_context is not None:
        _finish(failure.execution_context, getattr(failure.original_exception, "sqlstate", None) or "unknown")


def _finish(context: Any, sqlstate: str) -> None:
    started = getattr(context, _STARTED, None)
    if started is None:
        return
    setattr(context, _STARTED, None)
    at, operation, collection, running = started
    metrics.DB_CLIENT_DURATION.labels(operation, collection).observe(time.perf_counter() - at)
    if running is not None:
        if sqlstate:
            running.set_attribute(names.DB_STATUS, sqlstate)
            Told(running).failed(sqlstate)
        running.end()


def _attributes(operation: str, collection: str) -> dict[str, str]:
    told = {
        names.DB_SYSTEM: "postgresql",
        names.DB_OPERATION: operation,
        names.DB_SUMMARY: f"{operation} {collection}".strip(),
    }
    return {**told, names.DB_COLLECTION: collection} if collection else told
