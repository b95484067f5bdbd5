"""The chart on a cluster of somebody else, which KUBECONFIG names: inside one namespace of ours, nothing outside of it.

PostgreSQL and the brokers run on this machine; pods reach them at ADDRESS.
"""

import json
import os
from pathlib import Path
from typing import Any

from tests.cluster.edges import CONNECT, stranger
from tests.cluster.engines import Engines
from tests.cluster.forwards import Forwards
from tests.cluster.programs import ADDRESS, NAMED, NAMESPACE, PORTS, RELEASE, until
from tests.cluster.release import EDGE, Release, is_ready

OLDEST = 28  # the minor version of Kubernetes that the chart needs
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DRAINED = "nodes drained"
PREVIOUS = "upgrade from the version before (F15)"
EDGES = "edges denied by NetworkPolicies"
LOOKED = ("ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff", "InvalidImageName")


class Refusal(Exception):
    """Something without which no row can be run."""


class Named(Release):
    """An installation there; calls come through `kubectl port-forward`."""

    killed = "pods deleted without a grace"

    def __init__(self, folder: Path, engines: Engines, previous: Path) -> None:
        services = {f"{RELEASE}-{name}": port for name, port in PORTS.items()}
        self.forwards = Forwards(self.command, services | {EDGE: 8081})
        super().__init__(folder, Path(NAMED), engines, {}, previous)
        self.registry = os.environ.get("REGISTRY", "")
        self.repository = f"{self.registry or 'localhost'}/touchline"
        self.absent = "ErrImagePull" if self.registry else "ErrImageNeverPull"
        self._is_ours = False

    def ways_in(self) -> dict[str, Any]:
        hosts = {f"host_{name}": "127.0.0.1" for name in PORTS}
        ports = {f"port_{name}": self.forwards.ports[f"{RELEASE}-{name}"] for name in PORTS}
        return hosts | ports | {"edge_url": f"http://127.0.0.1:{self.forwards.ports[EDGE]}"}

    def place(self) -> dict[str, Any]:
        told = super().place()
        told["image"]["pullPolicy"] = "Always" if self.registry else "Never"
        told["networkPolicy"]["grpc"] = {"from": []}
        return told

    def prepare(self) -> None:
        """Look at what is there, and say what is not; then the namespace and its Secrets."""
        self._look()
        super().prepare()
        self._is_ours = True
        self._try_pods()
        self.forwards.start()

    def cluster_wide(self) -> list[dict[str, Any]]:
        """Nothing: its volumes are the cluster's own affair."""
        return []

    def empty_volumes(self) -> None:
        """They went with their claims."""

    def kill_pod(self, pod: dict[str, Any]) -> None:
        component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        self.delete_at_once([pod])
        until(lambda: all(one["metadata"]["uid"] != pod["metadata"]["uid"] for one in self.pods(component)), "gone")
        until(lambda: (found := self.pods(component)) and all(map(is_ready, found)), f"{component} ready again")

    def leave(self) -> None:
        """Take away what is ours."""
        self.forwards.stop()
        if self._is_ours:
            self.kubectl("delete", "namespace", NAMESPACE, "--wait", "--timeout=600s")

    def _look(self) -> None:
        server = json.loads(self.kubectl("version", "--output", "json"))["serverVersion"]
        if (int(server["major"]), int(server["minor"].rstrip("+"))) < (1, OLDEST):
            raise Refusal(f"Kubernetes {server['gitVersion']} is too old: the chart needs 1.{OLDEST} or newer")
        if not self._may("create", "namespaces"):
            raise Refusal("KUBECONFIG's account may not create namespaces: take one that may")
        if self.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "name").strip():
            raise Refusal(f"the namespace {NAMESPACE} is there already: delete it if nobody needs it")
        classes = [one["metadata"].get("annotations", {}) for one in self.get("storageclasses")]
        if not any(one.get(DEFAULT_CLASS) == "true" for one in classes):
            raise Refusal(
                f"no StorageClass is the default; the edge's volume needs one: annotate it {DEFAULT_CLASS}=true"
            )
        self.untested[DRAINED] = "the nodes are not ours to drain; pods are evicted by the API instead"

    def _may(self, *what: str) -> bool:
        try:
            return self.kubectl("auth", "can-i", *what).strip() == "yes"
        except AssertionError:
            return False

    def _try_pods(self) -> None:
        """Whether nodes have the images, pods reach us, and NetworkPolicies keep them from it."""
        image = self.place()["image"]
        if not self._runs("trial", stranger(image, "trial")):
            raise Refusal(
                f"no node runs {self.repository}:new: name a registry that you may push to and nodes pull from by "
                "REGISTRY=…, or load the archives of scripts/cluster-test onto each node"
            )
        for port, what in ((5432, "PostgreSQL"), (self.engines.brokers[0].ports["SASL_SSL"], "Kafka")):
            if self._reaches("trial", port) != "reached":
                raise Refusal(f"pods do not reach {what} at {ADDRESS}:{port}: ADDRESS=… is this machine as they see it")
        if not self._runs("before", stranger(image, "before", "previous")):
            self.untested[PREVIOUS] = f"no node runs {self.repository}:previous"
        self.apply(denial("trial"))
        try:
            until(lambda: self._reaches("trial", 5432) == "no answer", "a NetworkPolicy is enforced", 60)
        except AssertionError:
            self.untested[EDGES] = "the cluster does not enforce NetworkPolicies"
        self.kubectl("delete", "networkpolicy/trial", "pod/trial", "pod/before", "--now", "--ignore-not-found")

    def _runs(self, name: str, pod: dict[str, Any]) -> bool:
        self.apply(pod)
        return str(until(lambda: _state(self.pod(name)), f"the pod {name} starts")) == "Running"

    def _reaches(self, name: str, port: int) -> str:
        look = ("python", "-c", CONNECT.format(seconds=6), ADDRESS, str(port))
        try:
            return self.kubectl("exec", name, "--", *look).strip()
        except AssertionError:
            return "refused"


def _state(pod: dict[str, Any]) -> str:
    """Running, or why it never will; empty while that is open."""
    if pod["status"].get("phase") == "Running":
        return "Running"
    waiting = [one["state"].get("waiting", {}).get("reason", "") for one in pod["status"].get("containerStatuses", [])]
    return next((why for why in waiting if why in LOOKED), "")


def denial(name: str) -> dict[str, Any]:
    """A policy that lets a pod call nobody."""
    spec = {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Egress"], "egress": []}
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
