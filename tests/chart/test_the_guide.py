"""The helm and kubectl lines of the guide name what there is: chart, release, values, objects, containers, secrets."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import helm
from tests.chart.commands import Line, is_value, lines
from tests.chart.rendered import WORKLOADS, containers, name, objects, of_kind, pods, selects
from tests.cluster.release import RELEASE

HELM, KUBECTL = lines("helm"), lines("kubectl")
VERBS = {"install", "upgrade", "test", "rollback", "history", "template"}
NAMESPACE, OWN_VALUES = "touchline", "my-values.yaml"
KINDS = {"deployment": "Deployment", "statefulset": "StatefulSet", "service": "Service"}
GIVEN = "openshift"  # the value set that brings its secrets by the names of the guide
REFERENCE = re.compile(r"^(deployment|statefulset|service)/([\w.-]+)$")


def whole(program: list[Line]) -> list[Line]:
    """Those with a release or an object; a sentence may show a bare `helm upgrade --wait`."""
    return [line for line in program if len([word for word in line.words[2:] if not word.startswith("-")]) > 0]


def test_the_guide_installs_upgrades_rolls_back_scales_and_looks() -> None:
    assert {line.words[1] for line in HELM} >= {"install", "upgrade", "test", "rollback"}
    told = " ".join(line.text for line in KUBECTL)
    assert all(word in told for word in ("create secret", "scale", "rollout restart", "describe", "logs"))


@pytest.mark.parametrize("line", whole(HELM), ids=lambda line: line.text)
def test_a_helm_line_names_the_chart_its_values_and_the_release_of_the_cluster_s_tests(line: Line) -> None:
    assert line.words[1] in VERBS
    assert line.words[2] == RELEASE, "the names of objects that the guide shows begin with it"
    if line.words[1] in {"install", "upgrade", "template"}:
        assert (helm.ROOT / line.words[3] / "Chart.yaml").is_file()
    for file in line.options("-f", "--values"):
        assert file == OWN_VALUES or (helm.ROOT / file).is_file()
    assert set(line.options("-n", "--namespace")) == {NAMESPACE}
    for setting in line.options("--set"):
        for one in setting.split(","):
            assert is_value(one.partition("=")[0]), f"{one}: no such value"


def test_a_mistyped_value_of_a_line_would_be_found() -> None:
    assert is_value("services.interaction.consume.replicas")
    assert not is_value("services.interaction.consume.replica")
    assert not is_value("services.intraction.consume.replicas")


@pytest.mark.parametrize("line", whole(KUBECTL), ids=lambda line: line.text)
def test_a_kubectl_line_names_objects_and_containers_that_the_chart_makes(line: Line) -> None:
    if "create" in line.words:
        return
    assert set(line.options("-n", "--namespace")) == {NAMESPACE}
    named = [found for word in line.words if (found := REFERENCE.match(word))]
    for found in named:
        assert found[2] in {name(one) for one in of_kind("minimal", KINDS[found[1]])}, line.text
    for selector in line.options("-l", "--selector"):
        labels = dict(one.split("=") for one in selector.split(","))
        assert [one for one, _, of in pods("minimal") if selects(labels, of)], f"nothing has {labels}"
    for container in line.options("-c", "--container"):
        assert container in {one["name"] for spec in _pods_of(line) for one in containers(spec)}, line.text


def _pods_of(line: Line) -> Iterator[Any]:
    """The pods that a line is about."""
    wanted = {found[2] for word in line.words if (found := REFERENCE.match(word))}
    labels = dict(one.split("=") for selector in line.options("-l", "--selector") for one in selector.split(","))
    for whose, spec, of in pods("minimal"):
        if whose.partition("/")[2] in wanted or (labels and selects(labels, of)):
            yield spec


def test_what_is_scaled_or_restarted_is_a_workload_that_no_scaler_owns() -> None:
    workloads = {name(one) for one in of_kind("minimal", *WORKLOADS)}
    for line in whole(KUBECTL):
        if "scale" in line.words or "restart" in line.words:
            named = {found[2] for word in line.words if (found := REFERENCE.match(word))}
            assert named
            assert named <= workloads


def test_the_secrets_that_the_guide_makes_are_those_that_pods_read() -> None:
    told: set[tuple[str, str]] = set()
    for line in KUBECTL:
        if "secret" in line.words:
            secret = line.words[line.words.index("generic") + 1]
            told |= {(secret, one.partition("=")[0]) for one in line.options("--from-literal")}
    read = {one for one in _read(objects(GIVEN)) if one[0].startswith("touchline-")}
    assert told == read


def test_what_trying_out_needs_beside_that_is_said() -> None:
    guide = (helm.ROOT / "docs" / "kubernetes.md").read_text("utf-8")
    missing = set(_read(objects("minimal"))) - set(_read(objects(GIVEN)))
    assert missing == {("touchline-keys", "token.key")}
    assert "--from-literal=token.key=" in guide


def _read(told: Any) -> Iterator[tuple[str, str]]:
    """Every (secret, key) that an object names."""
    if isinstance(told, list):
        for one in told:
            yield from _read(one)
    if not isinstance(told, dict):
        return
    if "secretKeyRef" in told:
        yield told["secretKeyRef"]["name"], told["secretKeyRef"]["key"]
    for holder, key in ((told, "secretName"), (told.get("secret"), "name")):
        if isinstance(holder, dict) and key in holder:
            yield from ((holder[key], item["key"]) for item in holder.get("items", ()))
    for one in told.values():
        yield from _read(one)
