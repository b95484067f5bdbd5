"""What a contact, a touch and a send cost in processor, disk and Kafka, weighed in a whole system at two sizes.

Each is done three times: a few, then four times as many, then that again on what there is by then. From the first two
comes what one costs and what any number costs; the third tells whether it stays so (`again`: what it cost, as a share
of the second). What processes use at rest is measured before and left out.
"""

import asyncio
import csv
import io
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chassis.ids import uuid7
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2 as segments
from touchline_client import Touchline
from touchline_client.imports import ImportRun
from touchline_client.tables import sniff

from deploy.capacity import Cost, cost_of
from tests.bench.rig import RECORD, SOURCE, Rig, all_acknowledged, call_all, rig
from tests.bench.scales import Weight, until_rested, weigh
from tests.bench.smtp_sink import Sink, sink
from tests.faults.mail.stage import COLUMNS, Stage, is_finished, launch, verified_sender
from tests.flows.campaigns import Marketer, until
from tests.flows.people import client

SIZES = {"contact": 2_000, "touch": 20_000, "send": 2_000}  # at scale 1, the first time
TIMES = (1, 4, 4)
BATCH, CALLERS, DAYS = 500, 4, 60
REST = 20.0  # seconds in which nothing happens
TYPES = ("email.delivered", "email.opened", "email.clicked", "web.visited")
Round = Callable[[int, int], Awaitable[None]]


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 18,000 contacts, 180,000 touches and 18,000 sends."""
    return asyncio.run(_measure(scale))


async def _measure(scale: float) -> dict[str, Any]:
    sizes = {what: max(100, round(size * scale)) for what, size in SIZES.items()}
    async with _ground() as (bench, touchline, server):
        idle = await _idle(bench)
        everybody = People(bench, touchline, server)
        rounds: dict[str, Round] = {"contact": everybody.come, "touch": everybody.do, "send": everybody.are_mailed}
        costs = {what: await _cost(bench, done, sizes[what], idle) for what, done in rounds.items()}
    told = {what: [size * times for times in TIMES] for what, size in sizes.items()}
    return {
        "bench": "capacity", "value": round(costs["touch"].disk), "unit": "bytes of PostgreSQL a touch",
        "limit": None, "ratio": None, "sizes": told, "idle_cores": round(sum(idle.values()), 3),
        **{what: cost.as_told() for what, cost in costs.items()},
    }  # fmt: skip


@asynccontextmanager
async def _ground() -> AsyncIterator[tuple[Rig, Touchline, Sink]]:
    """A whole system whose mails go to a counting server."""
    with sink() as server:
        async with rig(smtp_port=server.port) as bench, client(bench.system) as touchline:
            yield bench, touchline, server


async def _idle(bench: Rig) -> dict[str, float]:
    """Cores that each process uses at rest."""
    await until_rested(bench)
    before = await weigh(bench)
    await asyncio.sleep(REST)
    after = await weigh(bench)
    return {
        name: (used - before.cpu.get(name, 0.0)) / (after.moment - before.moment) for name, used in after.cpu.items()
    }


async def _cost(bench: Rig, done: Round, size: int, idle: dict[str, float]) -> Cost:
    """Do it three times; what one of it costs."""
    weights: list[Weight] = [await weigh(bench)]
    for number, times in enumerate(TIMES):
        await done(number, size * times)
        await until_rested(bench)
        weights.append(await weigh(bench))
    spent = [_spent(before, after, idle) for before, after in itertools.pairwise(weights)]
    return cost_of([size * times for times in TIMES], spent)


def _spent(before: Weight, after: Weight, idle: dict[str, float]) -> dict[str, dict[str, float]]:
    """What came to it between two weighings: µs of processor, bytes of tables, indexes, streams, log."""
    seconds = after.moment - before.moment
    told: dict[str, dict[str, float]] = {"cpu_us": {}}
    for name, used in after.cpu.items():
        if name != "bench":
            told["cpu_us"][name] = (used - before.cpu.get(name, 0.0) - idle.get(name, 0.0) * seconds) * 1e6
    for what in ("tables", "indexes", "streams"):
        old, new = getattr(before, what), getattr(after, what)
        told[what] = {name: float(size - old.get(name, 0)) for name, size in new.items()}
    told["log"] = {"wal": float(after.log - before.log)}
    return told


class People:
    """Contacts that come in rounds, what they do, and mails to those of a round."""

    def __init__(self, bench: Rig, touchline: Touchline, server: Sink) -> None:
        self._bench, self._touchline, self._sink = bench, touchline, server
        self._marketer = Marketer(touchline)
        self._sender = ""
        self._random = random.Random(1)
        self._known = 0

    async def come(self, number: int, count: int) -> None:
        """An export of so many is imported, with consent to mail and to tracking, and everybody knows them."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        numbers = range(self._known, self._known + count)
        writer.writerows([f"m{at}", f"Vera{at}", address(at), f"round {number}", "yes", "yes"] for at in numbers)
        path = self._bench.system.state / "capacity.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        state = await ImportRun(self._touchline, sniff(path), COLUMNS, region="DE", owner="", team="").run()
        assert (state.rows_created, state.rows_refused) == (count, 0)
        self._known += count

    async def do(self, number: int, count: int) -> None:
        """So many touches of known people, each on a day of its own within the last sixty."""
        first = 10_000_000 * number
        told = [self._touch(first + at) for at in range(count)]
        bodies = [
            pb.RecordTouchesRequest(touches=told[at : at + BATCH]).SerializeToString() for at in range(0, count, BATCH)
        ]
        before = await asyncio.to_thread(self._bench.written)
        async with self._bench.raw_channel() as channel:
            answers, _ = await call_all(channel.unary_unary(RECORD), bodies, CALLERS, self._bench.metadata())
        await self._bench.until_written(before + all_acknowledged(answers, count), seconds=300)

    def _touch(self, number: int) -> pb.Touch:
        moment = datetime.now(UTC) - timedelta(seconds=self._random.uniform(60, DAYS * 86_400))
        told = pb.Touch(
            type=self._random.choice(TYPES), source=f"sources/{SOURCE}", source_event_id=f"event-{number:012d}"
        )
        told.identifier.kind, told.identifier.value = "email", address(self._random.randrange(self._known))
        told.occurred_time.FromDatetime(moment)
        told.message = str(uuid7(moment))
        told.names.campaign, told.names.message = "Autumn retrofit", "What standing still costs you an hour"
        told.attributes.update({"client": "Mail"})
        return told

    async def are_mailed(self, number: int, count: int) -> None:
        """A campaign mails so many: planned, asked for consent, written, handed over, each with its touch."""
        rule = segments.AttributeCondition(attribute="attributes.plan", operator=segments.OPERATOR_EQUALS)
        rule.values.add(string_value=f"round {number}")
        await self._marketer.knows("attributes.plan")
        segment = await self._marketer.segment(f"Round {number}", segments.Rule(attribute=rule))
        await until(partial(self._has, segment, count))
        self._sender = self._sender or await verified_sender(self._bench.system, self._touchline)
        stage = Stage(
            self._bench.engines, self._bench.system, self._sink, self._touchline, frozenset(), segment, self._sender
        )
        before = self._sink.counts()["mails"]
        mailing = await launch(stage, f"round {number}", 0)
        if not await is_finished(stage, mailing, seconds=300) or self._sink.counts()["mails"] - before != count:
            raise RuntimeError(f"{self._sink.counts()['mails'] - before} mails of {count}")

    async def _has(self, segment: str, count: int) -> bool:
        return len(await self._marketer.members(segment)) == count


def address(number: int) -> str:
    return f"vera{number}@mails.example"
