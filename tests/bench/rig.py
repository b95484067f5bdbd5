"""What benches start and end: engines and a whole system, callers, and requests made before the clock runs."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from chassis.ids import uuid7
from kafka import KafkaConsumer, TopicPartition
from touchline.contact.v1 import contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from deploy.local.postgres import engine_home
from tests.flows.system import Engines, System

SOURCE = "bench"
INTAKE = "touchline.interaction.intake.v1"
POSITIONS = "SELECT partition, next FROM inbox_offset WHERE consumer = 'interaction' AND stream = %s"
RECORD = "/touchline.interaction.v1.InteractionService/RecordTouches"


@dataclass
class Rig:
    """A running system with its engines."""

    engines: Engines
    system: System
    contact: contact_pb2_grpc.ContactServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub

    def written(self) -> int:
        """Touches of the bench in the table, counted from outside."""
        with self.system.sql("interaction") as connection:
            row = connection.execute("SELECT count(*) FROM touch WHERE source = %s", [SOURCE]).fetchone()
        return int(row[0]) if row else 0

    async def until_written(self, count: int, seconds: float = 120) -> float:
        """Wait until the consumers are past all that was acknowledged; gives the moment (`time.perf_counter`).

        Their positions are moved in the transaction that writes the rows, and reading them costs nothing, while
        counting rows took a sixth of what PostgreSQL did. Then the table is counted: other than so many is an error.
        """
        ends = await asyncio.to_thread(self._ends)
        deadline = time.monotonic() + seconds
        while behind := ends.items() - (await asyncio.to_thread(self._positions)).items():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(behind)} partitions are not read to their ends")
            await asyncio.sleep(0.02)
        reached = time.perf_counter()
        found = await asyncio.to_thread(self.written)
        if found != count:
            raise RuntimeError(f"{found} rows for {count} acknowledged touches")
        return reached

    def _ends(self) -> dict[int, int]:
        """Where each partition of the intake stream ends; nothing but the bench writes there meanwhile."""
        topic = self.system.settings.topic_prefix + INTAKE
        consumer = KafkaConsumer(bootstrap_servers=self.system.settings.kafka_bootstrap)
        try:
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
            return {place.partition: end for place, end in consumer.end_offsets(places).items()}
        finally:
            consumer.close()

    def _positions(self) -> dict[int, int]:
        with self.system.sql("interaction") as connection:
            rows = connection.execute(POSITIONS, [INTAKE]).fetchall()
        return dict(rows)

    def raw_channel(self) -> grpc.aio.Channel:
        """A plain channel, for requests that are serialised already."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", 8 << 20)]
        return grpc.aio.insecure_channel(self.system.settings.target("interaction"), options=options)

    def metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.system.token('admin', client=SOURCE)}")]


@asynccontextmanager
async def rig(**fields: Any) -> AsyncIterator[Rig]:
    """Everything started, with these settings more, and ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-", ignore_cleanup_errors=True) as folder:
        engines = await asyncio.to_thread(Engines, Path(folder))
        system = engines.system(**fields)
        try:
            await asyncio.to_thread(system.start)
            async with (
                system.channel("contact", client=SOURCE) as one,
                system.channel("interaction", client=SOURCE, timeout=30.0) as other,
            ):
                interaction = interaction_pb2_grpc.InteractionServiceStub(other)
                source = pb.Source(name=f"sources/{SOURCE}", client=SOURCE, identifier_kind="email")
                await interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
                yield Rig(engines, system, contact_pb2_grpc.ContactServiceStub(one), interaction)
        finally:
            await asyncio.to_thread(system.stop)
            engines.stop()
            shutil.rmtree(engine_home(Path(folder) / "postgres"), ignore_errors=True)


def touch(number: int, subjects: int, *, email: str = "") -> pb.Touch:
    """A touch of about 210 bytes, of one of so many subjects."""
    moment = datetime.now(UTC) - timedelta(milliseconds=number % 1_000_000)
    told = pb.Touch(type="email.opened", source=f"sources/{SOURCE}", source_event_id=f"event-{number:012d}")
    told.identifier.kind = "email"
    told.identifier.value = email or f"person.{number % subjects:06d}@bench.example"
    told.occurred_time.FromDatetime(moment)
    told.message = str(uuid7(moment))
    told.names.campaign, told.names.message = "Autumn retrofit", "What standing still costs you an hour"
    told.attributes.update({"client": "Mail"})
    return told


def requests(first: int, count: int, batch: int, subjects: int) -> list[bytes]:
    """Serialised calls with `batch` touches each."""
    return [
        pb.RecordTouchesRequest(
            touches=[touch(number, subjects) for number in range(start, min(start + batch, first + count))]
        ).SerializeToString()
        for start in range(first, first + count, batch)
    ]


def all_acknowledged(answers: Iterable[bytes], count: int) -> int:
    """`count`, the touches that these calls told; raises where not every one of them was acknowledged."""
    results = [result for answer in answers for result in pb.RecordTouchesResponse.FromString(answer).results]
    accepted = sum(result.status.code == 0 for result in results)
    if accepted != count:
        raise RuntimeError(f"{accepted} of {count} touches were acknowledged")
    return accepted


async def call_all(
    call: grpc.aio.UnaryUnaryMultiCallable, bodies: Sequence[bytes], callers: int, metadata: list[tuple[str, str]]
) -> tuple[list[bytes], list[float]]:
    """Every request once by so many callers at a time: the answers and each call's seconds."""
    waiting, answers, seconds = iter(bodies), [], []

    async def caller() -> None:
        for body in waiting:
            begun = time.perf_counter()
            answers.append(await call(body, timeout=30, metadata=metadata))
            seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return answers, seconds


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
