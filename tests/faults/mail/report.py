"""Runs the matrix and prints it: a line for each row, and the sum as the last line."""

import json
import time
from collections.abc import Callable

from tests.faults.mail.checker import KINDS
from tests.faults.mail.matrix import Outcome, Size, rows, run_calm, run_row
from tests.faults.mail.stage import Stage

HEAD = ("killed", "at", "took", "mails", "held", "unknown", "proven", "settled", *KINDS)
LINE = "{:<33} {:>6} {:>6} {:>6} {:>5} {:>7} {:>6} {:>7}" + "".join(f" {{:>{len(kind)}}}" for kind in KINDS)


async def matrix(stage: Stage, size: Size, commit: str, is_wanted: Callable[[str], bool]) -> int:
    """Every row that is wanted; 1 when anything was wrong."""
    begun, seed = time.monotonic(), int(commit[:12], 16)
    print(f"commit {commit[:12]}, {size.people} people, {size.rate} mails a second, {size.seeds} seeds each")
    print(LINE.format(*HEAD), flush=True)
    outcomes = [await run_calm(stage, size.rate)]
    _print(outcomes[0])
    for row in rows(stage):
        for number in range(size.seeds if is_wanted(row.name) else 0):
            outcomes.append(await run_row(stage, row, number, seed, size.rate))
            _print(outcomes[-1])
    print(json.dumps(_sum(outcomes, size, commit, time.monotonic() - begun)))
    return int(len(outcomes) == 1 or any(outcome.verdict.faults for outcome in outcomes))


def _sum(outcomes: list[Outcome], size: Size, commit: str, seconds: float) -> dict[str, object]:
    verdicts = [outcome.verdict for outcome in outcomes]
    return {
        "commit": commit[:12], "people": size.people, "rate": size.rate, "kills": len(outcomes) - 1,
        "seconds": round(seconds), "mails": sum(verdict.mails for verdict in verdicts),
        "unknown": sum(verdict.unknown for verdict in verdicts),
        "most_unknown": max(verdict.unknown for verdict in verdicts),
        "proven": sum(verdict.proven for verdict in verdicts),
        "slowest_settled": round(max(verdict.settled_in for verdict in verdicts), 1),
        **{kind: sum(verdict.count(kind) for verdict in verdicts) for kind in KINDS},
    }  # fmt: skip


def _print(outcome: Outcome) -> None:
    verdict = outcome.verdict
    settled = f"{verdict.settled_in:.1f} s" if verdict.proven else ""
    told = (outcome.row, outcome.moment, f"{outcome.seconds:.1f} s", verdict.mails, verdict.held, verdict.unknown)
    print(LINE.format(*told, verdict.proven, settled, *map(verdict.count, KINDS)), flush=True)
    for fault in verdict.faults[:5]:
        print(f"    {fault.kind}: {fault.text}", flush=True)
