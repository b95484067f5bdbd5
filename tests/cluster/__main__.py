"""`make cluster-test`: a cluster of two nodes beside PostgreSQL and three brokers, the chart on it, and the rows."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.chart.containers import own_var_tmp
from tests.cluster.control import ControlPlane
from tests.cluster.engines import Engines
from tests.cluster.nodes import Node, lay_bridge, weigh_pods
from tests.cluster.programs import ADDRESS, DOMAIN, NAMESPACE, NODES, until
from tests.cluster.release import Release
from tests.cluster.table import Table


def name_us(folder: Path) -> None:
    """The cluster's DNS is ours, too: callers find the services by it."""
    file = folder / "resolv.conf"
    file.write_text(f"search {NAMESPACE}.svc.{DOMAIN}\nnameserver {ADDRESS}\n")
    subprocess.run(["mount", "--bind", file, Path("/etc/resolv.conf").resolve()], check=True)


class Cluster:
    """Everything below one folder, started in order and ended backwards."""

    def __init__(self, folder: Path, images: Path) -> None:
        self.folder, self.images = folder, images
        self.engines = Engines(folder / "engines")
        self.control = ControlPlane(folder / "control")
        self.nodes = [Node(name, folder / "nodes", self.control.kubeconfig) for name in NODES]
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def start(self) -> Release:
        own_var_tmp(self.folder / "var-tmp")
        lay_bridge()
        weigh_pods()
        name_us(self.folder)
        self.engines.start()
        self.say("PostgreSQL and three brokers answer")
        self.control.start()
        self.say("the API answers")
        nodes = {node.name: node for node in self.nodes}
        release = Release(
            self.folder / "engines", self.control.kubeconfig, self.engines, nodes, self.folder / "previous"
        )
        for node in self.nodes:
            node.start()
            node.load(*sorted(self.images.glob("*.tar")))
            node.join()
        until(lambda: len(ready(release)) == len(NODES), "both nodes ready")
        self.say(f"nodes are ready: {', '.join(sorted(ready(release)))}")
        release.prepare()
        return release

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
        self.control.stop()
        self.engines.stop()


def ready(release: Release) -> list[str]:
    """The nodes that are."""
    return [
        one["metadata"]["name"]
        for one in release.get("nodes")
        if any(found["type"] == "Ready" and found["status"] == "True" for found in one["status"]["conditions"])
    ]


def main() -> int:
    cluster = Cluster(folder=Path(sys.argv[1]), images=Path(sys.argv[2]))
    wanted = re.compile(os.environ.get("ROW", ""))
    try:
        return asyncio.run(Table(cluster.start(), cluster.say).run(wanted))
    finally:
        cluster.stop()


if __name__ == "__main__":
    raise SystemExit(main())
