"""The Grafana dashboard: a few rows of panels over the metrics that `chassis.telemetry.names` lists."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "chart" / "files" / "dashboards" / "touchline.json"
FRESH = "touchline_touch_freshness_seconds"
CALLS = "rpc_server_call_duration_seconds"
METHOD, STATUS, ROUTE = "rpc_method", "rpc_response_status_code", "http_route"
WIDTH, HEIGHT = 8, 8


def legend(label: str) -> str:
    """A label's value as a line's name."""
    return "{{" + label + "}}"


def p99(metric: str, label: str) -> str:
    """The time in which 99 of 100 were answered, by a label."""
    return f"histogram_quantile(0.99, sum by (le, {label}) (rate({metric}_bucket[5m])))"


def came(metric: str, labels: str, window: str) -> str:
    """How many came lately, by labels. A counter that begins with its first event has no increase: it counts whole."""
    return f"sum by ({labels}) (({metric} unless {metric} offset {window}) or increase({metric}[{window}]))"


# Title, unit, and (legend, expression) of each line.
PANELS: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "Accepted to visible",
        "s",
        [
            (f"p{share}", f"histogram_quantile(0.{share}, sum by (le) (rate({FRESH}_bucket[5m])))")
            for share in (50, 95, 99)
        ],
    ),
    (
        "Late touches (objective: 1 %)",
        "percentunit",
        [("late", f'1 - sum(rate({FRESH}_bucket{{le="5.0"}}[1h])) / sum(rate({FRESH}_count[1h]))')],
    ),
    (
        "Touches",
        "ops",
        [
            ("accepted", "sum(rate(touchline_touches_accepted_total[5m]))"),
            ("written: {{outcome}}", "sum by (outcome) (rate(touchline_touches_written_total[5m]))"),
            ("refused: {{reason}}", "sum by (reason) (rate(touchline_touches_refused_total[5m]))"),
        ],
    ),
    (
        "Consumers, seconds behind",
        "s",
        [("{{group}} · {{stream}}", "max by (stream, group) (touchline_consumer_lag_seconds)")],
    ),
    (
        "Consumers, records behind",
        "short",
        [("{{group}} · {{stream}}", "sum by (stream, group) (touchline_consumer_lag_records)")],
    ),
    (
        "Stalled partitions and dead letters",
        "short",
        [
            ("stalled: {{group}}", "sum by (group) (touchline_consumer_stalled)"),
            ("dead letters: {{stream}}", came("touchline_dead_letters_total", "stream", "1h")),
        ],
    ),
    ("Outbox, facts that wait", "short", [("{{stream}}", "max by (stream) (touchline_outbox_pending_rows)")]),
    ("Outbox, the oldest waits", "s", [("{{stream}}", "max by (stream) (touchline_outbox_age_seconds)")]),
    (
        "Edge",
        "ops",
        [
            ("{{outcome}}", "sum by (outcome) (rate(touchline_edge_touches_total[5m]))"),
            ("refused: {{reason}}", "sum by (reason) (rate(touchline_edge_refused_total[5m]))"),
        ],
    ),
    ("Edge, waiting on disk", "bytes", [("spool", "sum(touchline_edge_spool_bytes)")]),
    (
        "Calls",
        "reqps",
        [("{{component}} " + legend(STATUS), f"sum by (component, {STATUS}) (rate({CALLS}_count[5m]))")],
    ),
    (
        "Calls refused to whoever calls too often",
        "reqps",
        [("{{caller}} " + legend(METHOD), f"sum by (caller, {METHOD}) (rate(touchline_rpc_limited_total[5m]))")],
    ),
    ("Calls, p99", "s", [(legend(METHOD), p99(CALLS, METHOD))]),
    ("Pages, p99", "s", [(legend(ROUTE), p99("http_server_request_duration_seconds", ROUTE))]),
    (
        "Dependencies (1: answers)",
        "short",
        [("{{component}} · {{dependency}}", "min by (component, dependency) (touchline_dependency_up)")],
    ),
]

# (Title, legend) of the lines that show nothing while nothing is wrong; `make dashboards` wants to see all others.
SILENT = {
    ("Stalled partitions and dead letters", "dead letters: {{stream}}"),
    ("Calls refused to whoever calls too often", "{{caller}} " + legend(METHOD)),
}


def panel(number: int, title: str, unit: str, lines: list[tuple[str, str]]) -> dict[str, Any]:
    """One time series, three beside each other."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    targets = [
        {"refId": chr(ord("A") + at), "expr": expression, "legendFormat": legend, "datasource": source}
        for at, (legend, expression) in enumerate(lines)
    ]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": {"x": number % 3 * WIDTH, "y": number // 3 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": targets,
    }


def wanted() -> str:
    """The dashboard's file."""
    datasource = {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    told = {
        "uid": "touchline",
        "title": "Touchline",
        "tags": ["touchline"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [datasource]},
        "panels": [panel(number, *one) for number, one in enumerate(PANELS)],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
