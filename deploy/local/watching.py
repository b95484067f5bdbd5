"""A real Prometheus beside a running `make run`, scraping as the chart's ServiceMonitor does, with the alerts."""

import json
import math
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from chassis.config import Settings

from deploy.helm import CHART
from deploy.local import children

SCRAPE_SECONDS = 5
ROLES = "roles.json"


class Line(NamedTuple):
    """A series of a panel: its labels, and its (moment, value) pairs, the oldest first."""

    labels: Mapping[str, str]
    points: list[tuple[float, float]]


class Prometheus:
    """Its program, its folder below the state, and what it is asked."""

    def __init__(self, program: Path, settings: Settings) -> None:
        self._program, self._host, self._state = program, settings.host, settings.state
        self._folder = settings.state / "prometheus"
        self._port = children.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Prometheus":
        """Begin with empty memory."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        shutil.copy(CHART / "files" / "alerts.yaml", self._folder)
        roles = json.loads((self._state / ROLES).read_text("utf-8"))["roles"]
        file = self._folder / "prometheus.yaml"
        file.write_text(yaml.safe_dump(configuration(roles, self._host)), encoding="utf-8")
        address = f"{self._host}:{self._port}"
        command = [str(self._program), f"--config.file={file}", f"--storage.tsdb.path={self._folder / 'data'}",
                   f"--web.listen-address={address}"]  # fmt: skip
        log = self._folder / "prometheus.log"
        self._process = children.spawn(command, log=log, env={}, cwd=self._folder)
        children.wait_until(lambda: children.http_status(self._port, "/-/ready") == 200, self._process, log)
        return self

    def stop(self) -> None:
        if self._process is not None:
            children.stop(self._process)

    def lines(self, expression: str, begin: float, end: float) -> list[Line]:
        """Every series of an expression between two moments; raises where it is none."""
        asked = {"query": expression, "start": begin, "end": end, "step": SCRAPE_SECONDS}
        found = self._ask("query_range", asked)["result"]
        lines = [Line(each["metric"], [(float(at), float(value)) for at, value in each["values"]]) for each in found]
        said = [Line(one.labels, [(at, value) for at, value in one.points if not math.isnan(value)]) for one in lines]
        return [one for one in said if one.points]

    def alerts(self) -> dict[str, str]:
        """Each alert and whether it rings: `inactive`, `pending`, `firing`, or what is wrong with its rule."""
        rules = [rule for group in self._ask("rules", {})["groups"] for rule in group["rules"]]
        return {
            rule["name"]: rule.get("state", "recorded")
            if rule["health"] == "ok"
            else f"{rule['health']}: {rule['lastError']}"
            for rule in rules
        }

    def absent(self) -> list[str]:
        """Roles that cannot be scraped."""
        targets = self._ask("targets", {"state": "active"})["activeTargets"]
        return [target["labels"]["component"] for target in targets if target["health"] != "up"]

    def _ask(self, what: str, asked: Mapping[str, Any]) -> Any:
        address = f"http://{self._host}:{self._port}/api/v1/{what}?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.loads(answer.read())["data"]


def configuration(roles: Mapping[str, Mapping[str, int]], host: str) -> dict[str, Any]:
    """Every role as a target, with the label `component` that pods have: `interaction-consume` for each of its two."""
    targets = [
        {"targets": [f"{host}:{told['metrics']}"], "labels": {"component": "-".join(name.split(".")[:2])}}
        for name, told in roles.items()
    ]
    every = {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"}
    scrape = [{"job_name": "touchline", "static_configs": targets}]
    return {"global": every, "rule_files": ["alerts.yaml"], "scrape_configs": scrape}
