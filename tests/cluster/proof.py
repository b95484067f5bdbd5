"""`PLANT=. make cluster-test`: would the rows notice? A defect is planted, and its row has to complain."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from deploy.helm import CHART
from tests.cluster import rows
from tests.cluster.programs import NAMESPACE
from tests.cluster.release import Release
from tests.faults.matrix import Bench, Outcome, Row, open_bench, run_row

RATE, SEED = 50, 1
MODULES = Path(__file__).with_name("defects")
PLACE = "/opt/planted"
CAREFUL, CARELESS = "{maxSurge: 1, maxUnavailable: 0}", "{maxSurge: 0, maxUnavailable: 100%}"


class Defect(NamedTuple):
    """What is planted where, and the row that has to notice."""

    name: str
    row: str
    values: dict[str, Any]
    module: str = ""
    is_of_chart: bool = False


def within(role: str, module: str) -> dict[str, Any]:
    """The values by which a role of interaction loads a defect before anything else."""
    mounted = {
        "env": {"PYTHONPATH": PLACE},
        "extraVolumes": [{"name": "planted", "configMap": {"name": f"planted-{module.replace('_', '-')}"}}],
        "extraVolumeMounts": [{"name": "planted", "mountPath": PLACE}],
    }
    return {"services": {"interaction": {role: mounted}}}


def _coded(name: str, row: str, role: str, module: str) -> Defect:
    return Defect(name, row, within(role, module), module)


SPOOL_IN_POD = {"services": {"interaction": {"edge": {"env": {"TOUCHLINE_EDGE_SPOOL_DIR": "/tmp/spool"}}}}}
DEFECTS = (
    Defect("all pods of a role are replaced at once", rows.UPGRADE, {}, is_of_chart=True),
    _coded("acknowledged before Kafka has it", "pods killed (F1, F2)", "serve", "acknowledged_early"),
    _coded("a new partition's first records skipped", "consumers 1 → 4 → 1 (F4)", "consume", "first_batch_skipped"),
    _coded("acks=1", "leader broker killed (F6)", "serve", "leader_alone"),
    _coded("Kafka's errors swallowed", "brokers restarted in turn (F6)", "serve", "errors_swallowed"),
    Defect("the edge's spool is no volume", "edge killed with a spool (F5)", SPOOL_IN_POD),
)


class Proof:
    """Each defect with its row; a row that stays green proves nothing."""

    def __init__(self, release: Release, say: Callable[[str], None]) -> None:
        self.release, self.say = release, say
        self.lines: list[tuple[Defect, str]] = []

    async def run(self, wanted: re.Pattern[str]) -> int:
        """Those whose name or row is wanted; 1 when a row did not notice."""
        chosen = [one for one in DEFECTS if wanted.search(one.name) or wanted.search(one.row)]
        if modules := [_mounted(one.module) for one in chosen if one.module]:
            self.release.apply(*modules)
        for defect in [one for one in chosen if one.row == rows.UPGRADE]:
            await self._upgrade(defect)
        if others := [one for one in chosen if one.row != rows.UPGRADE]:
            await asyncio.to_thread(self.release.install)
            await self._others(others)
        print("\n| defect | row | what it said |\n|---|---|---|")
        for one, said in self.lines:
            print(f"| {one.name} | {one.row} | {said or 'NOTHING'} |")
        return int(not all(said for _, said in self.lines))

    async def _upgrade(self, defect: Defect) -> None:
        await asyncio.to_thread(self.release.install_previous)
        self.release.chart = _careless(self.release.state / "careless")
        async with open_bench(self.release.engines, self.release) as bench:  # type: ignore[arg-type]
            await self._tried(bench, defect, rows.upgrade())
        self.release.chart = CHART
        await asyncio.to_thread(self.release.begin_anew)

    async def _others(self, defects: list[Defect]) -> None:
        known = {row.name: row for row in rows.under_load(self.release)}
        async with open_bench(self.release.engines, self.release) as bench:  # type: ignore[arg-type]
            for defect in defects:
                self.release.planted = defect.values
                await asyncio.to_thread(self.release.upgrade)
                await asyncio.to_thread(self.release.wait_until_ready)
                await self._tried(bench, defect, known[defect.row])

    async def _tried(self, bench: Bench, defect: Defect, row: Row) -> None:
        bench.rate = RATE
        said = _said((await run_row(bench, row, 0, SEED))[-1])
        self.lines.append((defect, said))
        self.say(f"{defect.name}: {row.name}: {said or 'NOT NOTICED'}")


def _said(outcome: Outcome) -> str:
    """What a row complains of; empty when of nothing."""
    verdict = outcome.verdict
    lost = f"{verdict.lost:,} of {verdict.acknowledged:,} acknowledged touches lost" if verdict.lost else ""
    others = f"{verdict.faults - verdict.lost} other faults" if verdict.faults > verdict.lost else ""
    return "; ".join(text for text in (lost, others, *outcome.broken) if text)


def _mounted(module: str) -> dict[str, Any]:
    metadata = {"name": f"planted-{module.replace('_', '-')}", "namespace": NAMESPACE}
    data = {"sitecustomize.py": (MODULES / f"{module}.py").read_text("utf-8")}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _careless(folder: Path) -> Path:
    """The chart, but for how pods are replaced."""
    shutil.copytree(CHART, folder)
    file = folder / "templates" / "workloads.yaml"
    text = file.read_text("utf-8")
    assert CAREFUL in text
    file.write_text(text.replace(CAREFUL, CARELESS), "utf-8")
    return folder
