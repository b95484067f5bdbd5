"""A node is drained as for its maintenance: pods are evicted, and budgets say how many at a time."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.cluster.programs import NAMESPACE, until
from tests.cluster.release import EDGE, Release

PATIENCE = "600s"


def drained(release: Release) -> str:
    """Each node in turn: every pod goes to the second one, then all of them back, and only budgets keep a role up."""
    evicted = []
    with fewest(release) as least:
        for node in release.nodes:
            evicted.append(_one(release, node))
    one_was_ready(least)
    counts = " and ".join(map(str, evicted))
    return (
        f"`kubectl drain` of each node in turn, {counts} pods evicted: each workload was whole on the other node; "
        f"of roles with two pods one was ready at any time ({len(least)} roles)"
    )


def one_was_ready(least: dict[str, int]) -> None:
    """Of every role with several pods one was, all the time."""
    away = sorted(name for name, count in least.items() if count == 0)
    assert not away, f"no pod of {', '.join(away)} was ready at some moment"


def _one(release: Release, node: str) -> int:
    """How many pods went. The edge's pods stay with their volumes, which are local, and wait for the node."""
    before = {one["metadata"]["uid"] for one in release.on_node(node)}
    release.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout", PATIENCE)
    until(lambda: set(release.unready()) <= {EDGE}, "every workload whole on the other node", every=1.0)
    left = release.on_node(node)
    assert not left, f"{[one['metadata']['name'] for one in left]} run on the drained {node}"
    release.kubectl("uncordon", node)
    release.wait_until_ready()
    return len(before)


def evicted(release: Release) -> str:
    """Every pod by the API of evictions, so that budgets say how many at a time; nodes stay as they are."""
    went = release.pods()
    with fewest(release) as least:
        for pod in went:
            until(lambda pod=pod: _evict(release, pod), f"{pod['metadata']['name']} may be evicted", every=1.0)
        release.wait_until_ready()
    one_was_ready(least)
    return f"{len(went)} pods evicted by the API, as budgets let them go"


def _evict(release: Release, pod: dict[str, Any]) -> bool:
    name = pod["metadata"]["name"]
    wanted = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
    where = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction"
    try:
        release.kubectl("create", "--raw", where, "--filename", "-", said=json.dumps(wanted))
    except AssertionError as error:
        if "disruption budget" not in str(error):
            raise
        return False
    return True


@contextmanager
def fewest(release: Release) -> Iterator[dict[str, int]]:
    """The fewest ready pods that each role of two or more had while this was open, seen about once a second."""
    least: dict[str, int] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.7):
            for one in release.get("deployments"):
                if one["spec"]["replicas"] > 1:
                    name, ready = one["metadata"]["name"], one["status"].get("readyReplicas", 0)
                    least[name] = min(ready, least.get(name, ready))

    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(look)
        try:
            yield least
        finally:
            ended.set()
        looking.result()
