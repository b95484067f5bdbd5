"""The rendered objects as tests read them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from deploy import helm

Object = dict[str, Any]
SETS = helm.value_sets()
WORKLOADS = ("Deployment", "StatefulSet")
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


@cache
def objects(values: str) -> list[Object]:
    """What Helm rendered from one value set."""
    return helm.documents((helm.RENDERED / f"{values}.yaml").read_text("utf-8"))


def of_kind(values: str, *kinds: str) -> list[Object]:
    return [one for one in objects(values) if one["kind"] in kinds]


def name(one: Object) -> str:
    return str(one["metadata"]["name"])


def pod_of(one: Object) -> Object | None:
    """The pod's spec of whatever makes pods."""
    if one["kind"] == "Pod":
        return dict(one["spec"])
    template = one.get("spec", {}).get("template")
    return dict(template["spec"]) if one["kind"] in (*WORKLOADS, "Job") and template else None


def pods(values: str) -> Iterator[tuple[str, Object, dict[str, str]]]:
    """Every pod: whose, its spec, its labels."""
    for one in objects(values):
        spec = pod_of(one)
        if spec is not None:
            metadata = one["metadata"] if one["kind"] == "Pod" else one["spec"]["template"]["metadata"]
            yield f"{one['kind']}/{name(one)}", spec, metadata["labels"]


def containers(spec: Object) -> Iterator[Object]:
    yield from spec.get("initContainers", [])
    yield from spec["containers"]


def environment(container: Object) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def component(labels: dict[str, str]) -> str:
    return labels["app.kubernetes.io/component"]
