"""`make restore-drill`: prints what was measured as one JSON object; ends with 1 when anything was wrong.

`proof` (`make restore-proof`) does it wrong in each way of tests/restore/plants.py, or in those that ROW finds, and
ends with 1 when the drill does not complain. SCALE=1 is 600 people and 200 touches a second; the default is a tenth.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.local.postgres import engine_home
from tests.flows.system import Engines
from tests.restore.drill import FAITHFUL, Report, Size, drill
from tests.restore.plants import PLANTS, Plant


def run(size: Size, plant: Plant = FAITHFUL) -> Report:
    """The drill on engines of its own."""
    with tempfile.TemporaryDirectory(prefix="touchline-restore-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        engines = Engines(folder)
        try:
            return asyncio.run(drill(engines, size, plant))
        finally:
            engines.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


def prove(size: Size) -> int:
    """Each wrong way once: whether the drill noticed, and by which words."""
    blind = 0
    for name, plant in PLANTS.items():
        if not re.search(os.environ.get("ROW", ""), name):
            continue
        noticed = [one for one in run(size, plant).violations if re.search(plant.complaint, one)]
        print(f"| {name} | {'; '.join(noticed) or '✗ not noticed'} |", flush=True)
        blind += not noticed
    return int(bool(blind))


def main() -> int:
    """Do it once."""
    scale = min(1.0, float(os.environ.get("SCALE", "0.1")))
    size = Size(people=round(600 * scale), rate=max(4, round(80 * scale)), touches=max(50, round(200 * scale)))
    if sys.argv[1:] == ["proof"]:
        return prove(size)
    report = run(size)
    for violation in report.violations:
        print(f"✗ {violation}")
    print(json.dumps(report.figures | {"violations": len(report.violations)}))
    return int(bool(report.violations))


if __name__ == "__main__":
    raise SystemExit(main())
