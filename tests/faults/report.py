"""Runs the rows that are wanted, each on the stage that it needs, and prints a line for each, and at last the sum."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from chassis.run.launcher import role_processes

from deploy.local.stack import import_services
from tests.faults import contents, disks, edge, lines, pressure, processes
from tests.faults.checker import KINDS
from tests.faults.matrix import Bench, Outcome, Row, open_bench, run_row
from tests.flows.system import Engines

HEAD = ("fault", "acked", "a second", "in the air", "not visible", "refused", "slowest", "all there", *KINDS, "broken")
LINE = "{:<44} {:>7} {:>8} {:>10} {:>11} {:>8} {:>8} {:>9}" + "".join(f" {{:>{len(kind)}}}" for kind in HEAD[8:])


class Stage(NamedTuple):
    """A system set up in one way, and the rows that need it so."""

    rows: Callable[[float], Iterable[Row]]
    open: Callable[[Engines], AbstractAsyncContextManager[Bench]]
    missing: Callable[[], str] = lambda: ""  # why it cannot be set up here


def _plain(scale: float) -> list[Row]:
    roles = [name for *_, name in role_processes(import_services())]
    return [*processes.rows(roles, scale), *edge.rows(scale), *pressure.rows(scale), *contents.rows(scale)]


STAGES = (
    Stage(_plain, open_bench),
    Stage(lines.rows, lines.open_stage),
    Stage(disks.rows, disks.open_stage, disks.missing),
)


async def matrix(engines: Engines, scale: float, commit: str, is_wanted: Callable[[Row], bool], *, rate: int) -> int:
    """Every row that is wanted, while so many touches a second are recorded; 1 when anything was wrong."""
    begun = time.monotonic()
    print(LINE.format(*HEAD), flush=True)
    outcomes: list[Outcome] = []
    idle = 0
    async for tries in _runs(engines, scale, int(commit[:12], 16), is_wanted, rate):
        outcomes += tries
        idle += tries[-1].is_idle
    total = {
        "commit": commit[:12], "scale": scale, "faults_injected": len(outcomes), "found_nothing": idle,
        "seconds": round(time.monotonic() - begun),
        "acknowledged": sum(outcome.verdict.acknowledged for outcome in outcomes),
        **{kind: sum(getattr(outcome.verdict, kind) for outcome in outcomes) for kind in KINDS},
        "broken": sum(len(outcome.broken) for outcome in outcomes),
        "violations": sum(outcome.violations for outcome in outcomes),
    }  # fmt: skip
    print(json.dumps(total))
    return 1 if not outcomes or idle or total["violations"] else 0


async def _runs(
    engines: Engines, scale: float, seed: int, is_wanted: Callable[[Row], bool], rate: int
) -> AsyncIterator[list[Outcome]]:
    for stage in STAGES:
        chosen = [row for row in stage.rows(scale) if is_wanted(row)]
        if chosen and (why := stage.missing()):
            print(f"left out, {why}: {', '.join(row.name for row in chosen)}", flush=True)
            continue
        if not chosen:
            continue
        async with stage.open(engines) as bench:
            bench.rate = rate
            for row in chosen:
                for number in range(row.repeats):
                    tries = await run_row(bench, row, number, seed)
                    for outcome in tries:
                        _print(outcome)
                    yield tries


def _print(outcome: Outcome) -> None:
    verdict = outcome.verdict
    print(
        LINE.format(
            outcome.row[:44], verdict.acknowledged, round(outcome.per_second), outcome.unacknowledged,
            outcome.not_yet_visible, outcome.refusals, f"{outcome.slowest:.1f} s", f"{verdict.visible_after:.1f} s",
            *(getattr(verdict, kind) for kind in KINDS), len(outcome.broken),
        ),
        flush=True,
    )  # fmt: skip
    for line in (*verdict.examples, *(f"not kept: {promise}" for promise in outcome.broken), *outcome.notes):
        print(f"    {line}", flush=True)
