"""`make faults` runs the matrix of touches and prints it, `mail` that of mails; `proof` shows that the checker notices.

SCALE=1 is the full matrix. ROW, a regular expression, chooses rows by their names.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deploy.local.postgres import engine_home
from tests.faults.mail import proof as mail_proof
from tests.faults.mail import report as mail_report
from tests.faults.mail.matrix import Size
from tests.faults.mail.stage import open_stage
from tests.faults.matrix import Bench, Outcome, open_bench, rows, run_row
from tests.faults.proof import prove
from tests.flows.system import ROOT, Engines

HEAD = (
    "fault",
    "acked",
    "a second",
    "in the air",
    "not visible",
    "refused",
    "slowest",
    "all there",
    "lost",
    "twice",
    "invented",
    "order",
)
LINE = "{:<32} {:>7} {:>8} {:>10} {:>11} {:>8} {:>8} {:>9} {:>5} {:>5} {:>8} {:>5}"


def commit() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "0" * 40


def _scale() -> float:
    return float(os.environ.get("SCALE", "0.1"))


def _is_wanted(row: str) -> bool:
    return re.search(os.environ.get("ROW", ""), row) is not None


async def matrix(bench: Bench) -> int:
    """Every row, a line each, and the sum as the last line."""
    scale, outcomes, idle, begun = _scale(), [], 0, time.monotonic()
    print(LINE.format(*HEAD), flush=True)
    for row in rows(bench.system, scale):
        if _is_wanted(row.name):
            for number in range(row.repeats):
                tries = await run_row(bench, row, number, int(commit()[:12], 16))
                outcomes += tries
                idle += tries[-1].is_idle
                for outcome in tries:
                    _print(outcome)
    total = {
        "commit": commit()[:12], "scale": scale, "faults_injected": len(outcomes), "found_nothing": idle,
        "seconds": round(time.monotonic() - begun),
        "acknowledged": sum(outcome.verdict.acknowledged for outcome in outcomes),
        **{kind: sum(getattr(outcome.verdict, kind) for outcome in outcomes)
           for kind in ("lost", "doubled", "invented", "disordered")},
    }  # fmt: skip
    print(json.dumps(total))
    return 1 if not outcomes or idle or any(outcome.verdict.faults for outcome in outcomes) else 0


def _print(outcome: Outcome) -> None:
    verdict = outcome.verdict
    print(
        LINE.format(
            outcome.row[:32], verdict.acknowledged, round(outcome.per_second), outcome.unacknowledged,
            outcome.not_yet_visible, outcome.refusals, f"{outcome.slowest:.1f} s", f"{verdict.visible_after:.1f} s",
            verdict.lost, verdict.doubled, verdict.invented, verdict.disordered,
        ),
        flush=True,
    )  # fmt: skip
    for example in verdict.examples:
        print(f"    {example}", flush=True)


async def _touches(engines: Engines, *, is_proof: bool) -> int:
    async with open_bench(engines) as bench:
        return await (prove(bench) if is_proof else matrix(bench))


async def _mails(engines: Engines, *, is_proof: bool) -> int:
    size = Size.of(_scale())
    async with open_stage(engines, size.people) as stage:
        if is_proof:
            return await mail_proof.prove(stage)
        return await mail_report.matrix(stage, size, commit(), _is_wanted)


def main() -> int:
    work = _mails if "mail" in sys.argv[1:] else _touches
    with tempfile.TemporaryDirectory(prefix="touchline-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        engines = Engines(folder)
        try:
            return asyncio.run(work(engines, is_proof="proof" in sys.argv[1:]))
        finally:
            engines.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
