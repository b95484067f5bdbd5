"""The rows: each process on the way of a mail killed at a seeded moment, and the engines below them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.faults.engines import end_sessions, kill_kafka, kill_postgres
from tests.faults.mail.checker import Fault, Verdict, check
from tests.faults.mail.stage import Mailing, Stage, is_finished, launch, until_out

FULL_PEOPLE, FULL_RATE, FULL_SEEDS = 5_000, 500, 10
QUICKLY = 4  # times the rate, where the kill comes before the mails
OFF_THE_PATH = ("console.", "interaction.edge", "interaction.work")
WHILE_PLANNING = ("campaign.work", "segmentation.serve")
PLANNED = "SELECT plan_finish_time FROM activity WHERE id = %s"
Kill = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Size:
    """How much of the full matrix: its people, mails a second and seeds."""

    people: int
    rate: int
    seeds: int

    @classmethod
    def of(cls, scale: float) -> "Size":
        """`scale` 1 is everything; a small one still sends for two seconds."""
        part = min(1.0, scale)
        people, seeds = round(FULL_PEOPLE * part), max(1, round(FULL_SEEDS * part))
        return cls(people, max(1, round(FULL_RATE * min(1.0, 5 * part))), seeds)


@dataclass(frozen=True)
class Row:
    """One kill; `in_planning`: between the launch and the moment when everybody is planned, not while mails go out."""

    name: str
    kill: Kill
    in_planning: bool = False


@dataclass
class Outcome:
    """A row that was run: at which moment the kill came, how long all took, what came of it."""

    row: str
    moment: str
    seconds: float
    verdict: Verdict


def rows(stage: Stage) -> Iterator[Row]:
    """Every process of the path, then the engines; and who has a part in it, while people are being planned."""
    for role in sorted(role for role in stage.system.roles() if not role.startswith(OFF_THE_PATH)):
        yield Row(role, _role(role))
    for role in WHILE_PLANNING:
        yield Row(f"{role} while planning", _role(role), in_planning=True)
    yield Row("PostgreSQL while planning", _postgres, in_planning=True)
    yield Row("PostgreSQL", _postgres)
    yield Row("PostgreSQL's sessions", _sessions)
    yield Row("Kafka", _kafka)


async def run_row(stage: Stage, row: Row, number: int, seed: int, rate: int) -> Outcome:
    """Launch, kill at a seeded moment, wait for the end, compare."""
    rng, begun = random.Random(f"{seed}/{row.name}/{number}"), time.monotonic()
    mailing = await launch(stage, f"{row.name} {number}", rate * (QUICKLY if row.in_planning else 1))
    moment = await _moment(stage, row, mailing, rng)
    await row.kill(stage)
    verdict = await _ended(stage, mailing)
    await asyncio.to_thread(stage.system.wait_until_ready)
    return Outcome(row.name, moment, time.monotonic() - begun, verdict)


async def run_calm(stage: Stage, rate: int) -> Outcome:
    """A mailing to which nothing is done: all must be well, and it tells how long planning takes here."""
    begun, launched = time.monotonic(), datetime.now(UTC)
    mailing = await launch(stage, "nothing", rate)
    verdict = await _ended(stage, mailing)
    finished = (await asyncio.to_thread(stage.rows, "campaign", PLANNED, mailing.activity))[0][0]
    stage.planning_seconds = (finished - launched).total_seconds()
    return Outcome("nothing", "", time.monotonic() - begun, verdict)


async def _ended(stage: Stage, mailing: Mailing) -> Verdict:
    if await is_finished(stage, mailing):
        return await check(stage, mailing)
    verdict = await check(stage, mailing, patience=0.0)
    verdict.faults.append(Fault("unended", f"{mailing.campaign} does not end"))
    return verdict


async def _moment(stage: Stage, row: Row, mailing: Mailing, rng: random.Random) -> str:
    """Return when it is time, with the moment in words."""
    if row.in_planning:
        pause = rng.uniform(0.0, stage.planning_seconds)
        await asyncio.sleep(pause)
        return f"{pause:.2f} s"
    share = rng.uniform(0.1, 0.9)
    await until_out(stage, mailing, round(share * len(stage.people)))
    return f"{share:.0%}"


def _role(role: str) -> Kill:
    async def kill(stage: Stage) -> None:
        stage.system.kill(role)

    return kill


async def _postgres(stage: Stage) -> None:
    await kill_postgres(stage.engines)


async def _sessions(stage: Stage) -> None:
    await asyncio.to_thread(end_sessions, stage.engines)


async def _kafka(stage: Stage) -> None:
    await kill_kafka(stage.engines)
