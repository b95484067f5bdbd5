"""Kafka spans: `send` where a record is made, `process` where it is handled, joined by link or, if asked, as parent."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind

from chassis.telemetry import names
from chassis.telemetry.tracing import Headers, Told, extract, span

MOST_LINKS = 128  # OpenTelemetry's own limit per span


def send_span(
    stream: str, *, partition: int | None = None, count: int = 1, headers: Sequence[Headers] = ()
) -> AbstractContextManager[Told]:
    """The span of sending; inside it `inject_headers()` gives what the record carries.

    `headers` are those of work that is sent on later by somebody else (the relay, the gathering of many callers'
    touches): one becomes the parent, several become links.
    """
    attributes = _attributes(stream, "send", "send", partition, count)
    contexts = [extract(one) for one in headers]
    parent = contexts[0] if len(contexts) == 1 else None
    return span(f"send {stream}", SpanKind.PRODUCER, attributes, context=parent, links=_links(headers))


def process_span(
    stream: str,
    *,
    group: str,
    headers: Sequence[Headers],
    partition: int | None = None,
    offset: int | None = None,
    as_child: bool = False,
) -> AbstractContextManager[Told]:
    """The span of handling a batch, linked to each record's own trace.

    `as_child` also makes the record's span the parent, where there is exactly one record: the conventions allow both,
    a link is always true and a parent is easier to read.
    """
    attributes = _attributes(stream, "process", "process", partition, len(headers))
    attributes[names.MESSAGING_GROUP] = group
    if offset is not None:
        attributes[names.MESSAGING_OFFSET] = offset
    parent = extract(headers[0]) if as_child and len(headers) == 1 else None
    return span(f"process {stream}", SpanKind.CONSUMER, attributes, context=parent, links=_links(headers))


def _attributes(stream: str, name: str, kind: str, partition: int | None, count: int) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        names.MESSAGING_SYSTEM: "kafka",
        names.MESSAGING_OPERATION: name,
        names.MESSAGING_OPERATION_TYPE: kind,
        names.MESSAGING_DESTINATION: stream,
        names.MESSAGING_COUNT: count,
    }
    if partition is not None:
        attributes[names.MESSAGING_PARTITION] = str(partition)
    return attributes


def _links(headers: Sequence[Headers]) -> list[Link]:
    """One link per distinct trace context, as many as a span may hold."""
    found = {}
    for one in headers:
        context = trace.get_current_span(extract(one)).get_span_context()
        if context.is_valid:
            found[(context.trace_id, context.span_id)] = Link(context)
            if len(found) == MOST_LINKS:
                break
    return list(found.values())
