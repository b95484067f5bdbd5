"""Rendered objects as Kubernetes, from 1.28 to the newest, and the operators define them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from deploy import helm
from tests.chart.rendered import SETS, Object, name, objects

BUILT_IN = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
CRDS = Path(__file__).parent / "crds"
OLDEST = 28
VERSIONS = sorted(
    int(folder.name.split(".")[1])
    for folder in BUILT_IN.glob("v1.*.0-local-strict")
    if int(folder.name.split(".")[1]) >= OLDEST
)


@cache
def resources() -> list[Object]:
    """Each object once, whatever the number of value sets that have it."""
    different = {json.dumps(one, sort_keys=True): one for values in SETS for one in objects(values)}
    return list(different.values())


def is_built_in(one: Object) -> bool:
    group = one["apiVersion"].partition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and group != "gateway.networking.k8s.io")


@cache
def read(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


def validator(file: Path) -> jsonschema.Draft7Validator:
    def retrieve(uri: str) -> Resource[Any]:
        return Resource.from_contents(read(file.parent / uri.rpartition("/")[2]), default_specification=DRAFT7)

    return jsonschema.Draft7Validator(read(file), registry=Registry(retrieve=retrieve))


def schema_of(one: Object, folder: Path) -> Path:
    group, _, version = one["apiVersion"].rpartition("/")
    parts = [one["kind"].lower(), group.partition(".")[0], version]
    return folder / f"{'-'.join(part for part in parts if part)}.json"


def faults(one: Object, file: Path) -> Iterator[str]:
    if not file.exists():
        yield f"{one['kind']}/{name(one)}: {one['apiVersion']} is not known"
        return
    for error in validator(file).iter_errors(one):
        yield f"{one['kind']}/{name(one)}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"


@pytest.mark.parametrize("minor", VERSIONS)
def test_every_kubernetes_since_1_28_takes_the_objects_as_they_are(minor: int) -> None:
    folder = BUILT_IN / f"v1.{minor}.0-local-strict"
    checked = [one for one in resources() if is_built_in(one)]
    assert len(checked) > 100
    assert [fault for one in checked for fault in faults(one, schema_of(one, folder))] == []


def test_the_versions_reach_from_the_oldest_that_the_chart_takes_to_one_newer_than_the_cluster_tests() -> None:
    assert VERSIONS[0] == OLDEST
    assert list(range(OLDEST, VERSIONS[-1] + 1)) == VERSIONS
    assert VERSIONS[-1] >= int(helm.KUBERNETES.split(".")[1])
    assert f'kubeVersion: ">=1.{OLDEST}.0-0"' in (helm.CHART / "Chart.yaml").read_text("utf-8")


def test_the_operators_take_their_resources_as_they_are() -> None:
    checked = [one for one in resources() if not is_built_in(one)]
    assert {one["kind"] for one in checked} == {
        "Cluster", "Database", "ExternalSecret", "GRPCRoute", "HTTPRoute", "KafkaTopic", "KafkaUser",
        "PrometheusRule", "ScaledObject", "ServiceMonitor", "TriggerAuthentication",
    }  # fmt: skip
    found = []
    for one in checked:
        version = one["apiVersion"].rpartition("/")[2]
        found += faults(one, CRDS / f"{one['kind'].lower()}-{version}.json")
    assert found == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Deployment", ("spec", "replica", 3)),
        ("ScaledObject", ("spec", "minReplicas", 3)),
        ("KafkaUser", ("spec", "acls", [])),
    ],
)
def test_a_field_that_there_is_not_is_noticed(kind: str, change: tuple[str, str, Any]) -> None:
    one = next(one for one in resources() if one["kind"] == kind)
    part, field, value = change
    spoiled = {**one, part: {**one[part], field: value}}
    version = one["apiVersion"].rpartition("/")[2]
    newest = BUILT_IN / f"v1.{VERSIONS[-1]}.0-local-strict"
    file = schema_of(one, newest) if is_built_in(one) else CRDS / f"{kind.lower()}-{version}.json"
    assert list(faults(one, file)) == []
    assert any(field in fault for fault in faults(spoiled, file))
