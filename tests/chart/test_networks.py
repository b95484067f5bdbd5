"""Network policies: nothing but what each role needs, and everything that it needs."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from deploy import helm
from tests.chart.rendered import SETS, Object, component, containers, environment, name, of_kind, pods, selects

pytestmark = pytest.mark.parametrize("values", SETS)
KAFKA, METRICS, DNS = {9092, 9093, 9096}, 9100, 53


def policies(values: str, labels: dict[str, str]) -> list[Object]:
    return [
        one["spec"]
        for one in of_kind(values, "NetworkPolicy")
        if selects(one["spec"]["podSelector"]["matchLabels"], labels)
    ]


def allowed(values: str, labels: dict[str, str], way: str) -> Iterator[tuple[int, list[Any] | None]]:
    """Each port that is open, with the peers that it is open for; None is everybody."""
    peers = "to" if way == "egress" else "from"
    for spec in policies(values, labels):
        for rule in spec.get(way) or []:
            for port in rule["ports"]:
                yield port["port"], rule.get(peers)


def may_call(values: str, caller: dict[str, str], called: dict[str, str], port: int) -> bool:
    """Whether both sides allow it."""

    def meets(peers: list[Any] | None, labels: dict[str, str]) -> bool:
        return peers is None or any(
            selects(peer["podSelector"]["matchLabels"], labels) for peer in peers if set(peer) == {"podSelector"}
        )

    out = any(port == number and meets(to, called) for number, to in allowed(values, caller, "egress"))
    in_ = any(port == number and meets(by, caller) for number, by in allowed(values, called, "ingress"))
    return out and in_


def test_every_pod_refuses_what_no_rule_allows(values: str) -> None:
    for where, _, labels in pods(values):
        found = policies(values, labels)
        assert len(found) == 2, where
        assert all(set(spec["policyTypes"]) == {"Ingress", "Egress"} for spec in found), where


def test_who_calls_a_service_reaches_it_and_nobody_else_of_the_release_does(values: str) -> None:
    everybody = [(spec, labels) for _, spec, labels in pods(values)]
    servers = [
        (component(labels).removesuffix("-serve"), labels, spec["containers"][0]["ports"][0]["containerPort"])
        for spec, labels in everybody
        if component(labels).endswith("-serve") and spec["containers"][0]["ports"][0]["name"] == "grpc"
    ]
    assert len(servers) == 4
    for spec, caller in everybody:
        calls = {one for container in containers(spec) for one in environment(container)}
        for service, called, port in servers:
            assert may_call(values, caller, called, port) == (f"TOUCHLINE_HOST_{service.upper()}" in calls)


def test_only_who_has_a_database_or_kafka_may_reach_them(values: str) -> None:
    told = yaml.safe_load((helm.CHART / "ci" / f"{values}-values.yaml").read_text())
    postgres = told["database"].get("port", 5432)
    for where, spec, labels in pods(values):
        has = {one for container in containers(spec) for one in environment(container)}
        out = {port for port, _ in allowed(values, labels, "egress")}
        assert (postgres in out) == ("TOUCHLINE_DATABASE_URL" in has), where
        assert bool(KAFKA & out) == ("TOUCHLINE_KAFKA_BOOTSTRAP" in has), where
        assert ("TOUCHLINE_SMTP_HOST" in has) == bool({25, 465, 587} & out), where
        assert DNS in out, where


def test_the_edge_is_open_to_the_web_and_leads_to_kafka_and_contact_alone(values: str) -> None:
    (labels,) = [labels for _, _, labels in pods(values) if component(labels) == "interaction-edge"]
    into = {port for port, _ in allowed(values, labels, "ingress")} - {METRICS}
    out = {port for port, _ in allowed(values, labels, "egress")} - {4317}
    assert into == {8081}
    assert out - {DNS, 7101} <= KAFKA


def test_policies_select_pods_that_there_are(values: str) -> None:
    everybody = [labels for _, _, labels in pods(values)]
    for one in of_kind(values, "NetworkPolicy"):
        assert any(selects(one["spec"]["podSelector"]["matchLabels"], labels) for labels in everybody), name(one)
