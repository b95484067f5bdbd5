"""`make cluster-test`: the rows, on a cluster of two nodes or the one of KUBECONFIG, beside PostgreSQL and brokers."""

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
from tests.cluster.named import Named, Refusal
from tests.cluster.nodes import Node, lay_bridge, weigh_pods
from tests.cluster.programs import ADDRESS, DOMAIN, NAMED, NAMESPACE, NODES, until
from tests.cluster.proof import Proof
from tests.cluster.release import Release, is_ready
from tests.cluster.table import Table


def name_us(folder: Path) -> None:
    """The cluster's DNS is ours, too: callers find the services by it."""
    file = folder / "resolv.conf"
    file.write_text(f"search {NAMESPACE}.svc.{DOMAIN}\nnameserver {ADDRESS}\n")
    subprocess.run(["mount", "--bind", file, Path("/etc/resolv.conf").resolve()], check=True)


class Ground:
    """What a release stands on, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines = Engines(folder / "engines")
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def start(self) -> Release:
        """Everything, and what the release needs beside it."""
        self.engines.start()
        self.say(f"PostgreSQL and three brokers answer at {ADDRESS}")
        release = self.release()
        release.prepare()
        return release

    def release(self) -> Release:
        """It, on a cluster that runs."""
        raise NotImplementedError

    def stop(self) -> None:
        self.engines.stop()


class Theirs(Ground):
    """A cluster that KUBECONFIG names: the engines are all that is started."""

    named: Named | None = None

    def release(self) -> Release:
        self.named = Named(self.folder / "engines", self.engines, self.folder / "previous")
        return self.named

    def stop(self) -> None:
        if self.named is not None:
            self.named.leave()
        super().stop()


class Ours(Ground):
    """A cluster of our own, started in order and ended backwards."""

    def __init__(self, folder: Path, images: Path) -> None:
        super().__init__(folder)
        self.images = images
        self.control = ControlPlane(folder / "control")
        self.nodes = [Node(name, folder / "nodes", self.control.kubeconfig) for name in NODES]

    def start(self) -> Release:
        own_var_tmp(self.folder / "var-tmp")
        lay_bridge()
        weigh_pods()
        name_us(self.folder)
        return super().start()

    def release(self) -> Release:
        self.control.start()
        self.say("the API answers")
        nodes = {node.name: node for node in self.nodes}
        place = (self.folder / "engines", self.control.kubeconfig, self.engines, nodes, self.folder / "previous")
        release = Release(*place)
        for node in self.nodes:
            node.start()
            node.load(*sorted(self.images.glob("*.tar")))
            node.join()
        until(lambda: sum(map(is_ready, release.get("nodes"))) == len(NODES), "both nodes ready")
        self.say(f"nodes are ready: {', '.join(NODES)}")
        return release

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
        self.control.stop()
        super().stop()


def main() -> int:
    ground = Theirs(Path(sys.argv[1])) if NAMED else Ours(Path(sys.argv[1]), Path(sys.argv[2]))
    plant = os.environ.get("PLANT", "")
    try:
        release = ground.start()
        play = Proof(release, ground.say) if plant else Table(release, ground.say)
        return asyncio.run(play.run(re.compile(plant or os.environ.get("ROW", ""))))
    except Refusal as refusal:
        print(f"cluster-test: {refusal}", file=sys.stderr)
        return 1
    finally:
        ground.stop()


if __name__ == "__main__":
    raise SystemExit(main())
