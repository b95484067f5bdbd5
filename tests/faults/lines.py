"""Rows F8: the lines between services and engines are cut, half-open, slow or lossy, while both ends run on."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from chassis.errors import DomainError
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.faults.load import DEADLINE, Load
from tests.faults.matrix import Bench, Inject, Row, open_bench
from tests.flows.system import Engines, System
from tests.proxy import Proxy

SERVICES = ("contact", "interaction")
BEYOND = 1.0  # seconds that a call may take longer than its deadline before it counts as hanging
WAYS = {
    "cut": "refused",
    "half-open": "half-open",
    "delay of 500 ± 300 ms": "slow",
    "loss of 5 %": "lossy",
}
QUICK = {
    ("Kafka", "cut"),
    ("Kafka", "delay of 500 ± 300 ms"),
    ("PostgreSQL", "cut"),
    ("PostgreSQL", "loss of 5 %"),
}


class Lines(NamedTuple):
    """The proxies through which the services reach their engines."""

    postgres: Proxy
    kafka: Proxy

    def of(self, engine: str) -> Proxy:
        return self.kafka if engine == "Kafka" else self.postgres


def rows(scale: float) -> Iterator[Row]:
    """Each engine's line in each way: 30 s in full size, three times; else 3 s."""
    seconds, repeats = (30.0, 3) if scale >= 1 else (3.0, 1)
    for engine in ("Kafka", "PostgreSQL"):
        for told, how in WAYS.items():
            name = f"F8 {told} to {engine}"
            inject, is_quick = _broken(engine, how, seconds), (engine, told) in QUICK
            yield Row(name, inject, repeats, load=Calm, after=_in_time, is_quick=is_quick)


class Calm(Load):
    """Keeps few calls open, so that it is not itself what makes them late."""

    most_waiting = 250


@asynccontextmanager
async def open_stage(engines: Engines) -> AsyncIterator[Bench]:
    """The services of the touch path, each engine behind a proxy, which the broker's answers name as its address."""
    async with (
        Proxy(engines.postgres.port).running() as postgres,
        Proxy(engines.kafka.ports["PLAINTEXT"], is_kafka=True).running() as kafka,
    ):
        plain = engines.system().fields
        url = plain["database_url"].replace(f":{engines.postgres.port}/", f":{postgres.port}/")
        behind = {"database_url": url, "kafka_bootstrap": f"127.0.0.1:{kafka.port}"}
        system = System(engines.folder, plain | behind, SERVICES)
        async with open_bench(engines, system, Lines(postgres, kafka)) as bench:
            yield bench


def _broken(engine: str, how: str, seconds: float) -> Inject:
    async def inject(bench: Bench, load: Load) -> None:
        assert isinstance(bench.extra, Lines)
        async with bench.extra.of(engine).broken(how):
            await _read(bench, load, seconds)

    return inject


async def _read(bench: Bench, load: Load, seconds: float) -> None:
    """Read timelines meanwhile: these calls too have to end in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        request = pb.GetTimelineRequest(parent=load.people[0].contact, page_size=20)
        with suppress(DomainError):
            await bench.interaction.GetTimeline(request, timeout=DEADLINE)
        load.took.append(time.monotonic() - begun)
        await asyncio.sleep(0.05)


async def _in_time(bench: Bench, load: Load) -> None:
    """Deadlines are honoured; what this process itself stood still is not counted against the services."""
    late = sum(took > 1.1 * DEADLINE + bench.lag for took in load.took)
    bench.note(f"{late} of {len(load.took)} calls ended more than 10 % behind their deadline of {DEADLINE:.0f} s")
    longest = max(load.took) - bench.lag
    bench.expect(
        longest < DEADLINE + BEYOND, f"the longest call took {longest:.2f} s, without {bench.lag:.2f} s of lag"
    )
