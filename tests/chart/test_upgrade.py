"""An upgrade from the version before changes nothing that Kubernetes refuses to change."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import helm
from deploy.local.databases import SERVICES
from tests.chart import previous, rendered
from tests.chart.rendered import SETS, Object, name

# Fields of a StatefulSet's spec that may change; no other may.
OF_A_STATEFUL_SET = {
    "minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy", "replicas", "revisionHistoryLimit",
    "template", "updateStrategy",
}  # fmt: skip
Objects = list[Object]

pytestmark = pytest.mark.skipif(not previous.is_there(), reason="the commit of deploy/previous is not in this clone")


def immutable(one: Object) -> Any:
    """What of an object an API server takes once and never again."""
    spec = one.get("spec", {})
    match one["kind"]:
        case "Deployment":
            return spec["selector"]
        case "StatefulSet":
            return {field: value for field, value in spec.items() if field not in OF_A_STATEFUL_SET}
        case "Job":
            return {field: spec.get(field) for field in ("template", "completions", "completionMode", "selector")}
        case "Service":
            return {field: spec.get(field) for field in ("clusterIP", "ipFamilies")}
        case "Secret":
            return one.get("type")
    return None


def changed(before: Objects, after: Objects) -> Iterator[str]:
    """Whatever stands in both and cannot become what it is to be."""
    found = {(one["kind"], name(one)): one for one in before}
    for one in after:
        was = found.get((one["kind"], name(one)))
        if was is not None and immutable(was) != immutable(one):
            yield f"{one['kind']}/{name(one)}: {immutable(was)} → {immutable(one)}"


@pytest.mark.parametrize("values", SETS)
def test_an_upgrade_changes_nothing_immutable(values: str) -> None:
    before = previous.objects(values)
    assert before, f"{previous.commit()} kept nothing of {values}"
    assert list(changed(before, rendered.objects(values))) == []


@pytest.mark.parametrize("values", SETS)
def test_an_upgrade_keeps_every_workload_service_and_volume(values: str) -> None:
    """What is not rendered any more is deleted by Helm, with what runs in it."""
    kept = [
        {(one["kind"], name(one)) for one in objects if one["kind"] in (*rendered.WORKLOADS, "Service", "KafkaTopic")}
        for objects in (previous.objects(values), rendered.objects(values))
    ]
    assert kept[0] - kept[1] == set()


def test_topics_lose_no_partitions() -> None:
    """Kafka cannot take one back."""
    before, after = (
        {name(one): one["spec"]["partitions"] for one in objects("full") if one["kind"] == "KafkaTopic"}
        for objects in (previous.objects, rendered.objects)
    )
    assert before
    assert [topic for topic, partitions in before.items() if after[topic] < partitions] == []


def test_the_version_before_is_at_least_one_migration_behind() -> None:
    newer = {}
    for service in SERVICES:
        folder = helm.ROOT / "services" / service / "migrations" / "versions"
        now = {str(file.relative_to(helm.ROOT)) for file in folder.glob("*.py")}
        was = previous.migrations(service)
        assert was <= now, f"migrations of {service} are gone: {was - now}"
        newer[service] = sorted(now - was)
    assert any(newer.values())


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", "spec.selector.matchLabels.more", "x"),
        ("StatefulSet", "spec.serviceName", "other"),
        ("StatefulSet", "spec.podManagementPolicy", "OrderedReady"),
        ("StatefulSet", "spec.volumeClaimTemplates", []),
        ("Job", "spec.template.spec.restartPolicy", "OnFailure"),
        ("Service", "spec.clusterIP", "10.0.0.9"),
    ],
)
def test_a_change_that_kubernetes_refuses_is_found(kind: str, path: str, value: Any) -> None:
    before = rendered.objects("minimal")
    after = copy.deepcopy(before)
    one = next(found for found in after if found["kind"] == kind)
    *inner, last = path.split(".")
    place = one
    for part in inner:
        place = place[part]
    place[last] = value
    (complaint,) = changed(before, after)
    assert complaint.startswith(f"{kind}/{name(one)}: ")
