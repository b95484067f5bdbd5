"""Alerts and the dashboard ask for metrics and labels that there are."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from chassis.telemetry import metrics, names
from prometheus_client.metrics import MetricWrapperBase

from deploy import dashboard, helm

ALERTS: dict[str, Any] = yaml.safe_load((helm.CHART / "files" / "alerts.yaml").read_text("utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = json.loads(dashboard.FILE.read_text("utf-8"))["panels"]
METRIC = re.compile(r"\b(?:touchline|rpc|http|messaging|db)_\w+")
OF_SCRAPING = {"component", "le"}  # labels that the ServiceMonitor and Prometheus add


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in PANELS for target in panel["targets"])


def catalogue() -> dict[str, set[str]]:
    """Every series that a role shows, with its labels."""
    found: dict[str, set[str]] = {}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            (described,) = one.describe()
            labels = set(one._labelnames) | OF_SCRAPING
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}[described.type]
            found |= {f"{described.name}{ending}": labels for ending in endings}
    return found


def asked(expression: str) -> set[str]:
    return set(METRIC.findall(re.sub(r"\{[^}]*\}|by \([^)]*\)|touchline:\S+", " ", expression)))


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_asks_for_what_roles_show(expression: str) -> None:
    known = catalogue()
    assert asked(expression) <= set(known)
    labels = {label.strip() for inside in re.findall(r"by \(([^)]*)\)", expression) for label in inside.split(",")}
    labels |= set(re.findall(r"(\w+)=~?\"", expression))
    for metric in asked(expression):
        assert labels <= known[metric]


def test_the_objective_s_bound_is_a_bucket() -> None:
    bounds = {float(bound) for bound in re.findall(r'le="([\d.]+)"', " ".join(expressions()))}
    assert bounds <= set(metrics.TOUCH_FRESHNESS._upper_bounds)


def test_recorded_series_are_those_that_alerts_ask_for() -> None:
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    assert recorded == set(re.findall(r"touchline:\w+:\w+", " ".join(rule["expr"] for rule in RULES)))


def test_every_alert_says_how_bad_what_and_what_to_do() -> None:
    for rule in RULES:
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"critical", "warning"}
            assert set(rule["annotations"]) == {"summary", "description"}
            used = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
            assert used <= {
                label.strip() for found in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in found.split(",")
            }


def test_every_alert_is_seen_to_ring_by_promtool() -> None:
    played = yaml.safe_load((helm.ROOT / "tests" / "chart" / "alerts.promtool.yaml").read_text("utf-8"))
    cases = [case for test in played["tests"] for case in test["alert_rule_test"]]
    rung = {case["alertname"] for case in cases if case["exp_alerts"]}
    assert rung == {rule["alert"] for rule in RULES if "alert" in rule}


def test_what_no_alert_and_no_panel_shows_is_known() -> None:
    shown = {metric for expression in expressions() for metric in asked(expression)}
    unseen = {one for one in catalogue() if not one.endswith(("_sum", "_bucket", "_count"))} - shown
    assert unseen == {
        names.RPC_DEADLINE_MISSING, names.RPC_ABANDONED, names.REQUEST_ID_REPEATS, names.MESSAGING_SENT,
        names.MESSAGING_CONSUMED, names.PRODUCER_BUFFERED, names.EDGE_CONSENT_REQUESTS, names.EDGE_BROWSERS,
        names.BROWSERS_TOLD,
    }  # fmt: skip
