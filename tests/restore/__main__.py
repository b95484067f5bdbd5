"""`make restore-drill`: prints what was measured as one JSON object; ends with 1 when anything was wrong.

SCALE=1 is 600 people and 200 touches a second; the default is a tenth.
"""

import asyncio
import json
import os
import shutil
import tempfile
from pathlib import Path

from deploy.local.postgres import engine_home
from tests.flows.system import Engines
from tests.restore.drill import Report, Size, drill


def run(size: Size) -> Report:
    """The drill on engines of its own."""
    with tempfile.TemporaryDirectory(prefix="touchline-restore-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        engines = Engines(folder)
        try:
            return asyncio.run(drill(engines, size))
        finally:
            engines.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


def main() -> int:
    """Do it once."""
    scale = min(1.0, float(os.environ.get("SCALE", "0.1")))
    report = run(Size(people=round(600 * scale), rate=max(4, round(80 * scale)), touches=max(50, round(200 * scale))))
    for violation in report.violations:
        print(f"✗ {violation}")
    print(json.dumps(report.figures | {"violations": len(report.violations)}))
    return int(bool(report.violations))


if __name__ == "__main__":
    raise SystemExit(main())
