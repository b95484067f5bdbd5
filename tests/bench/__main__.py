"""`make bench NAME=touch-ingest`: runs one figure and prints it as one JSON object in the last line."""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

SPINS = 3_000_000


def spin() -> float:
    """Millions of turns of an empty loop in a second: how fast this machine is just now."""
    begun = time.perf_counter()
    number = 0
    for _ in range(SPINS):
        number += 1
    return round(number / (time.perf_counter() - begun) / 1e6, 2)


def cpu_ticks() -> tuple[int, int]:
    """Ticks that a hypervisor took from us, and all ticks, since the machine started."""
    fields = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return fields[7], sum(fields)


def main() -> int:
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if _is_bench(path))
    wanted = (sys.argv[1] if len(sys.argv) > 1 else "").replace("-", "_")
    if wanted not in names:
        print(f"which? NAME={' | '.join(name.replace('_', '-') for name in names)}", file=sys.stderr)
        return 2
    bench = importlib.import_module(f"tests.bench.{wanted}")
    before, (stolen, ticks) = spin(), cpu_ticks()
    figure: dict[str, Any] = bench.main(float(os.environ.get("SCALE", "0.1")))
    stolen_after, ticks_after = cpu_ticks()
    figure["calibration"] = {"before": before, "after": spin(), "unit": "million empty turns/s"}
    figure["steal_percent"] = round(100 * (stolen_after - stolen) / max(1, ticks_after - ticks), 2)
    print(json.dumps(figure, ensure_ascii=False))
    return 0


def _is_bench(path: Path) -> bool:
    return "\ndef main(scale: float)" in path.read_text("utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
