"""Runs the rows one after the other, and prints a table of them that docs/kubernetes.md can hold."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.cluster import rows, wrong
from tests.cluster.release import Release
from tests.faults.checker import KINDS
from tests.faults.matrix import Bench, Outcome, Row, open_bench, run_row

RATE = 50  # touches a second: the cluster, its engines and the load share two cores
SEED = 1
WRONG = "wrong Secret, topic, rights, schema"


class Line(NamedTuple):
    """What the table says of a row."""

    row: str
    done: str
    acknowledged: int
    violations: int
    seconds: float

    def __str__(self) -> str:
        return f"| {self.row} | {self.done} | {self.acknowledged:,} | {self.violations} | {self.seconds:.0f} |"


class Table:
    """The rows of one run."""

    def __init__(self, release: Release, say: Callable[[str], None]) -> None:
        self.release, self.say = release, say
        self.lines: list[Line] = []

    async def run(self, wanted: re.Pattern[str]) -> int:
        """The upgrade, if it is wanted, then a new installation for every other row; 1 when anything was not kept."""
        if wanted.search(rows.UPGRADE) and rows.UPGRADE not in self.release.untested:
            await self._upgrade()
        await self._install()
        await self.run_rows(wanted)
        self._print()
        return int(any(line.violations for line in self.lines))

    def _print(self) -> None:
        print("\n| row | what was done | touches acknowledged | violations | seconds |\n|---|---|---|---|---|")
        for line in self.lines:
            print(line)
        for row, why in self.release.untested.items():
            print(f"not tested: {row}: {why}")

    async def run_rows(self, wanted: re.Pattern[str]) -> None:
        """Those after the first, on what is installed."""
        async with open_bench(self.release.engines, self.release) as bench:  # type: ignore[arg-type]
            bench.rate = RATE
            for row in rows.under_load(self.release):
                if wanted.search(row.name):
                    await self._under_load(bench, row)
        if wanted.search(WRONG):
            await self._wrong()

    async def _install(self) -> None:
        began = time.monotonic()
        notes = await asyncio.to_thread(rows.install, self.release)
        self._add(Line("install", "; ".join(notes), 1, 0, time.monotonic() - began))

    async def _upgrade(self) -> None:
        """From the version before; what was installed is gone afterwards."""
        await asyncio.to_thread(self.release.install_previous)
        self.say("the version before is installed")
        async with open_bench(self.release.engines, self.release) as bench:  # type: ignore[arg-type]
            bench.rate = RATE
            await self._under_load(bench, rows.upgrade())
        await asyncio.to_thread(self.release.begin_anew)
        self.say("nothing is installed")

    async def _wrong(self) -> None:
        began, notes, broken = time.monotonic(), [], 0
        for case in await asyncio.to_thread(wrong.begin, self.release):
            try:
                notes.append(await asyncio.to_thread(wrong.told, self.release, case))
            except AssertionError as error:
                self.say(f"    not told: {error}")
                broken += 1
        self._add(Line(WRONG, "; ".join(notes), 0, broken, time.monotonic() - began))

    async def _under_load(self, bench: Bench, row: Row) -> None:
        began = time.monotonic()
        tries = await run_row(bench, row, 0, SEED)
        for outcome in tries:
            self._tell(outcome)
        acknowledged = sum(one.verdict.acknowledged for one in tries)
        violations = sum(one.violations for one in tries) + tries[-1].is_idle
        refused = f"{tries[-1].refusals:,} refused and sent again, the slowest took {tries[-1].slowest:.1f} s"
        done = "; ".join([*tries[-1].notes, refused])
        self._add(Line(row.name, done, acknowledged, violations, time.monotonic() - began))

    def _tell(self, outcome: Outcome) -> None:
        counted = ", ".join(f"{getattr(outcome.verdict, kind)} {kind}" for kind in KINDS)
        self.say(f"{outcome.row}: {outcome.verdict.acknowledged} acknowledged, {counted}")
        for text in (*outcome.verdict.examples, *(f"not kept: {promise}" for promise in outcome.broken)):
            self.say(f"    {text}")

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        self.say(str(line))
