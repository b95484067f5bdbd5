"""`make faults` runs the matrix of touches and prints it, `mail` that of mails; `proof` shows that the checker notices.

SCALE=1 is the full matrix. ROW, a regular expression, chooses rows by their names.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local.postgres import engine_home
from tests.faults.load import QUICK_RATE, RATE
from tests.faults.mail import proof as mail_proof
from tests.faults.mail import report as mail_report
from tests.faults.mail.matrix import Size
from tests.faults.mail.stage import open_stage
from tests.faults.matrix import open_bench
from tests.faults.proof import prove
from tests.faults.report import matrix
from tests.flows.system import ROOT, Engines

QUICK = f"what every run of the tests has: short rows only, at {QUICK_RATE} touches a second instead of {RATE}"


def commit() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "0" * 40


def asked() -> argparse.Namespace:
    """What the command line and the environment ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    said = "mails instead of touches; the proof instead of the matrix"
    parser.add_argument("what", nargs="*", choices=("mail", "proof", []), metavar="mail | proof", help=said)
    parser.add_argument("--row", default=os.environ.get("ROW", ""), help="a regular expression (or $ROW): ^F8")
    scale = float(os.environ.get("SCALE", "0.1"))
    parser.add_argument("--scale", type=float, default=scale, help="1 is full size (or $SCALE); default: %(default)s")
    parser.add_argument("--quick", action="store_true", help=QUICK)
    return parser.parse_args()


async def _touches(engines: Engines, told: argparse.Namespace) -> int:
    if "proof" in told.what:
        async with open_bench(engines) as bench:
            return await prove(bench)
    return await matrix(
        engines,
        told.scale,
        commit(),
        lambda row: re.search(told.row, row.name) is not None and (row.is_quick or not told.quick),
        rate=QUICK_RATE if told.quick else RATE,
    )


async def _mails(engines: Engines, told: argparse.Namespace) -> int:
    size = Size.of(told.scale)
    async with open_stage(engines, size.people) as stage:
        if "proof" in told.what:
            return await mail_proof.prove(stage)
        return await mail_report.matrix(stage, size, commit(), lambda row: re.search(told.row, row) is not None)


def main() -> int:
    told = asked()
    work = _mails if "mail" in told.what else _touches
    with tempfile.TemporaryDirectory(prefix="touchline-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        engines = Engines(folder)
        try:
            return asyncio.run(work(engines, told))
        finally:
            engines.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
