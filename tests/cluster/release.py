"""The chart's release in a namespace of the restricted level, seen through kubectl, helm, SQL and gRPC."""

import base64
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from chassis.config import Settings

from deploy.helm import CHART, TOOLS
from tests.cluster.engines import Engines
from tests.cluster.nodes import Node
from tests.cluster.programs import ADDRESS, DOMAIN, NAMESPACE, PORTS, RELEASE, run, until
from tests.cluster.trust import Trust, restarts
from tests.flows.system import GRPC, System, fields_of

VALUES, TLS = (Path(__file__).with_name(name) for name in ("values.yaml", "tls.yaml"))
EDGE = f"{RELEASE}-interaction-edge"
SPOOL = """import os, pathlib
files = pathlib.Path(os.environ["TOUCHLINE_EDGE_SPOOL_DIR"]).rglob("*")
print(sum(file.stat().st_size for file in files if file.is_file()))
"""
STORAGE = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "local", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "kubernetes.io/no-provisioner",
    "volumeBindingMode": "WaitForFirstConsumer",
}


class Release(System):
    """An installation on the cluster: callers find it by the cluster's DNS, as a system beside it would.

    The version before this one is installed first, and calls are not encrypted then, since it could not.
    """

    def __init__(
        self, folder: Path, kubeconfig: Path, engines: Engines, nodes: dict[str, Node], previous: Path
    ) -> None:
        ours = {"kafka_bootstrap": engines.bootstrap("PLAINTEXT")}
        super().__init__(folder, fields_of(engines.postgres, folder) | self.ways_in() | ours)
        self.kubeconfig, self.engines, self.nodes, self.previous = kubeconfig, engines, nodes, previous
        self.trust, self.certificates = Trust(), folder / "certificates-of-the-caller"
        self.is_encrypted = False
        self.chart, self.repository = CHART, "localhost/touchline"
        self.planted: dict[str, Any] = {}  # values of a defect that a row has to notice
        self.untested: dict[str, str] = {}  # rows that cannot be run here, and why

    def ways_in(self) -> dict[str, Any]:
        """The settings by which calls find it."""
        hosts = {f"host_{name}": f"{RELEASE}-{name}-headless.{NAMESPACE}.svc.{DOMAIN}" for name in GRPC}
        ports = {f"port_{name}": port for name, port in PORTS.items()}
        return hosts | ports | {"edge_url": f"http://{EDGE}-headless.{NAMESPACE}.svc.{DOMAIN}:8081"}

    def place(self) -> dict[str, Any]:
        """The values that say where image, PostgreSQL and Kafka are, and where calls come from."""
        return {
            "image": {"repository": self.repository, "pullPolicy": "Never"},
            "database": {"host": ADDRESS},
            "kafka": {"bootstrap": self.engines.bootstrap("SASL_SSL")},
            "networkPolicy": {
                "kafka": {"ports": [broker.ports["SASL_SSL"] for broker in self.engines.brokers]},
                "grpc": {"from": [{"ipBlock": {"cidr": f"{ADDRESS}/32"}}]},
            },
        }

    def command(self, *arguments: str) -> list[str | Path]:
        """A kubectl that works in our namespace."""
        return [TOOLS / "kubectl", "--kubeconfig", self.kubeconfig, "--namespace", NAMESPACE, *arguments]

    def kubectl(self, *arguments: str, said: str = "") -> str:
        return run(*self.command(*arguments), said=said)

    def helm(self, *arguments: str | Path) -> str:
        return run(TOOLS / "helm4", "--kubeconfig", self.kubeconfig, "--namespace", NAMESPACE, *arguments)

    def apply(self, *objects: dict[str, Any]) -> None:
        said = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-", said=said)

    def get(self, kinds: str, *more: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", kinds, "--output", "json", *more))["items"]
        return found

    def prepare(self) -> None:
        """The namespace, its Secrets, and what else it needs."""
        level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": level}}
        self.apply(namespace, *self.cluster_wide())
        self.apply(*self.secrets().values())

    def cluster_wide(self) -> list[dict[str, Any]]:
        """Two local volumes on each node, and their class."""
        return [STORAGE, *self.volumes()]

    def volumes(self) -> list[dict[str, Any]]:
        return [volume(node, number) for node in self.nodes.values() for number in (1, 2)]

    def secrets(self) -> dict[str, dict[str, Any]]:
        """What values.yaml names, by name."""
        keys = {f"{name}.key": self.state / "secrets" / f"{name}.key" for name in ("identity", "tracking", "token")}
        passwords = {name: self.state / "secrets" / f"{name}.password" for name in GRPC}
        told = {
            "touchline-keys": {key: file.read_text() for key, file in keys.items()},
            "touchline-database": {key: file.read_text() for key, file in passwords.items()},
            "touchline-kafka": self.engines.users,
            "touchline-kafka-ca": {"ca.crt": self.engines.brokers[0].ca_file.read_text()},
        }
        return {name: secret(name, texts) for name, texts in told.items()}

    def install_previous(self) -> None:
        """The chart and image of the version before; returns when everything is ready."""
        chart = self.previous / "deploy" / "chart"
        self.helm("install", RELEASE, chart, *self._values(), "--set", "image.tag=previous")
        self._wait_for_jobs()
        self.wait_until_ready()

    def install(self) -> None:
        """By Helm, the image that every node has loaded, with encrypted calls; returns when everything is ready."""
        believed = self.trust.authority.certificate
        self.apply(*self.trust.secrets(believed))
        self.settings = Settings(**self.fields | self.trust.write(self.certificates, believed))
        self.is_encrypted = True
        self.helm("install", RELEASE, self.chart, *self._values())
        self._wait_for_jobs()
        self.wait_until_ready()

    def _wait_for_jobs(self) -> None:
        """Roles are ready without topics, whose job may need another try on a busy machine."""
        self.kubectl("wait", "job", "--selector", self.selector, "--for=condition=Complete", "--timeout=900s")

    def upgrade(self, *more: str) -> None:
        """To this chart, with other values than it had."""
        self.helm("upgrade", RELEASE, self.chart, *self._values(), *more)

    def _values(self) -> list[str | Path]:
        told = {"place": self.place(), "planted": self.planted}
        files = [self.state / f"{name}.yaml" for name in told]
        for file, values in zip(files, told.values(), strict=True):
            file.write_text(yaml.safe_dump(values))
        ours = (VALUES, TLS) if self.is_encrypted else (VALUES,)
        return [part for file in (*ours, *files) for part in ("--values", file)]

    def begin_anew(self) -> None:
        """Uninstall; databases, streams and volumes are empty afterwards, as before the first installation."""
        self.helm("uninstall", RELEASE, "--wait", "--timeout", "5m")
        for kind in ("pods", "persistentvolumeclaims"):
            self.kubectl("delete", kind, "--all")
        self.empty_volumes()
        self.engines.empty()

    def empty_volumes(self) -> None:
        """New ones for those of before."""
        self.kubectl("delete", "persistentvolumes", "--all")
        for file in (file for node in self.nodes.values() for file in node.folder.glob("volume-*")):
            shutil.rmtree(file)
        self.apply(*self.volumes())

    def revisions(self) -> dict[str, str]:
        """The migration at which each service's database is."""
        found = {}
        for name in GRPC:
            with self.sql(name) as connection:
                (found[name],) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("none",)
        return found

    def images(self) -> set[str]:
        """What runs."""
        return {one["image"] for pod in self.pods() for one in pod["spec"]["containers"]}

    def test(self) -> None:
        """The chart's own: a pod records a touch and finds it on the timeline."""
        self.helm("test", RELEASE, "--timeout", "10m")

    @property
    def selector(self) -> str:
        return f"app.kubernetes.io/instance={RELEASE}"

    def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Those that run and are to go on, of one role or of all."""
        own = f",app.kubernetes.io/component={component}" if component else ""
        found = self.get("pods", "--selector", self.selector + own, "--field-selector=status.phase=Running")
        return [one for one in found if is_to_run(one["metadata"])]

    def on_node(self, node: str) -> list[dict[str, Any]]:
        return [one for one in self.pods() if one["spec"]["nodeName"] == node]

    def pod(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", "pod", name, "--output", "json"))
        return found

    killed = "kill -9 of a container"
    absent = "ErrImageNeverPull"  # what an image that is nowhere is told with

    def kill_pod(self, pod: dict[str, Any]) -> None:
        """Kill a pod's process; returns when it was started anew."""
        name, before = pod["metadata"]["name"], restarts(pod)
        self.kill_container(pod)
        until(lambda: restarts(self.pod(name)) > before, f"{name} started anew")

    def kill_container(self, pod: dict[str, Any]) -> None:
        """Kill -9 of the pod's container, on the node where it runs."""
        (status,) = pod["status"]["containerStatuses"]
        container = status["containerID"].rpartition("/")[2]
        node = self.nodes[pod["spec"]["nodeName"]]
        node.ctr("--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGKILL", container)

    def delete_at_once(self, pods: Sequence[dict[str, Any]]) -> None:
        """Pods end without any time to do so, and others come in their place."""
        names = [one["metadata"]["name"] for one in pods]
        self.kubectl("delete", "pod", *names, "--grace-period=0", "--force")

    def spool_bytes(self) -> int:
        """What lies where the edge's pods put what Kafka has not taken."""
        names = [one["metadata"]["name"] for one in self.pods("interaction-edge")]
        return sum(int(self.kubectl("exec", name, "--", "python", "-c", SPOOL)) for name in names)

    def start(self) -> "Release":
        return self

    def stop(self) -> None:
        """It ends with the cluster."""

    def wait_until_ready(self, seconds: float = 900.0) -> None:
        """Return when every workload has all its pods, of its newest template and ready."""
        try:
            until(lambda: not self.unready(), "every workload ready", seconds, every=1.0)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.unready()}\n{self.state_of_pods()}") from error

    def unready(self) -> list[str]:
        return [one["metadata"]["name"] for one in self.get("deployments,statefulsets") if not is_rolled_out(one)]

    def state_of_pods(self) -> str:
        """What stands in the way, as an operator would look."""
        told = [
            self.kubectl("get", "pods", "--output", "wide"),
            self.kubectl("get", "events", "--sort-by=.lastTimestamp"),
        ]
        return "\n".join("\n".join(text.splitlines()[-40:]) for text in told)


def is_rolled_out(workload: dict[str, Any]) -> bool:
    """As `kubectl rollout status` sees it."""
    status, wanted = workload["status"], workload["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
    return status.get("observedGeneration") == workload["metadata"]["generation"] and counts == [wanted] * 3


def is_ready(pod: dict[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))


def is_to_run(metadata: dict[str, Any]) -> bool:
    """Whether a pod is neither a job's nor about to end."""
    is_job = any(owner["kind"] == "Job" for owner in metadata.get("ownerReferences", []))
    return not is_job and "deletionTimestamp" not in metadata


def secret(name: str, texts: dict[str, str]) -> dict[str, Any]:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "data": data}


def volume(node: Node, number: int) -> dict[str, Any]:
    """A folder of a node for one pod of the edge."""
    place = node.folder / f"volume-{number}"
    place.mkdir(parents=True, exist_ok=True)
    here = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node.name]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{node.name}-{number}"},
        "spec": {
            "capacity": {"storage": "2Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "local",
            "local": {"path": str(place)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [here]}},
        },
    }
