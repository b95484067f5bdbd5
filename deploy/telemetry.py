"""docs/telemetry.md: every span, metric and alert, from what makes them; `python -m deploy.telemetry` writes it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from chassis.telemetry import metrics, names, spans
from prometheus_client.metrics import MetricWrapperBase

from deploy import helm

FILE = Path(__file__).parent.parent / "docs" / "telemetry.md"
ALERTS = helm.CHART / "files" / "alerts.yaml"
HEAD = f"""# Telemetry

What Touchline tells about itself. Written by `python -m deploy.telemetry` from `libs/chassis/telemetry` and the chart's
alerts; a test compares it, and another compares the spans and metrics of a running system with these tables, both ways.

Spans go by OTLP over gRPC to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names; `make run` has its own, shown on
the console's page *Traces*. Metrics are at `/metrics` of each role, logs on standard error, one JSON object a line,
with `trace_id` and `span_id`. None of them holds personal data: no parameter of a statement, no address of a page,
no text of an exception, no value of a personal field.

Names are those of {names.SCHEMA_URL}; what begins with `touchline` is ours.

**The objective** is freshness, from accepting a touch to its being visible: 99 % within five seconds, over 30 days.
`touchline_touch_freshness_seconds` measures every touch; two alerts ring when the budget burns too fast, each over a
long window, so that it matters, and a short one, so that it ends with its cause.
"""


def wanted() -> str:
    """The document as it has to be."""
    tables = (
        ("Spans", ("span", "kind", "what", "attributes", "where they apply"), span_rows()),
        ("Metrics", ("metric", "kind", "what", "labels"), metric_rows()),
        ("Alerts", ("alert", "severity", "rings when"), alert_rows()),
    )
    return HEAD + "".join(f"\n## {title}\n\n{table(head, rows)}" for title, head, rows in tables)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, ["---"] * len(head), *map(list, rows)])


def span_rows() -> Iterator[tuple[str, ...]]:
    for span in spans.CATALOGUE:
        more = (*span.more, names.ERROR_TYPE)
        yield code(span.name), span.kind, span.about, listed(span.attributes), listed(more)


def metric_rows() -> Iterator[tuple[str, ...]]:
    for metric in declared():
        (described,) = metric.describe()
        name = described.name + ("_total" if described.type == "counter" else "")
        yield code(name), described.type, described.documentation.rstrip("."), listed(metric._labelnames)


def declared() -> list[MetricWrapperBase]:
    """Every metric, in the order of the code."""
    return [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]


def alert_rows() -> Iterator[tuple[str, ...]]:
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        for rule in (rule for rule in group["rules"] if "alert" in rule):
            asked = " ".join(rule["expr"].split())
            held = f" for {rule['for']}" if "for" in rule else ""
            yield code(rule["alert"]), rule["labels"]["severity"], code(asked.replace("|", "\\|")) + held


def code(text: str) -> str:
    return f"`{text}`"


def listed(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts)) or "–"


if __name__ == "__main__":
    FILE.write_text(wanted(), "utf-8")
