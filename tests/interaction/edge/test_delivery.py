"""The way of a touch that nobody repeats: nothing is lost between Kafka and the spool, and a broken spool is heard."""

import asyncio
from pathlib import Path

import pytest
from chassis.bus_memory import MemoryBroker, MemoryProducer
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction.gateways import Browsers, Delivery, Intake, Parcel, Spool
from tests.chassis.ground import until


class Ground:
    """A delivery on the memory broker."""

    def __init__(self, folder: Path, *, limit: int = 1 << 20) -> None:
        self.broker = MemoryBroker()
        self.producer = MemoryProducer(self.broker)
        self.broker.producers.append(self.producer)
        self.spool = Spool(folder, limit=limit)
        self.delivery = Delivery(
            Intake(self.producer), Browsers(self.producer, partitions=6), self.spool, partitions=24
        )

    def arrived(self) -> set[bytes]:
        batches = [TouchBatch.FromString(one.value) for log in self.broker.records.values() for one in log]
        return {touch.touch_id for batch in batches for touch in batch.touches}


def parcel(number: int) -> Parcel:
    subject, touch_id = bytes(15) + bytes([number % 5]), number.to_bytes(16, "big")
    return Parcel(0, subject, IntakeTouch(touch_id=touch_id, subject=subject).SerializeToString())


async def test_everything_arrives_whatever_kafka_does_in_between(tmp_path: Path):
    ground, stop = Ground(tmp_path), asyncio.Event()
    running = asyncio.create_task(ground.delivery.run(stop))
    outcomes = []
    for number in range(60):
        if number == 20:
            ground.broker.is_frozen = True
        if number == 40:
            ground.broker.recover()
        outcomes.append(await ground.delivery.deliver(parcel(number)))
    await until(lambda: ground.spool.waiting() == 0)
    assert ground.arrived() == {number.to_bytes(16, "big") for number in range(60)}
    assert (outcomes[0], outcomes[20], outcomes[39]) == ("acknowledged", "spooled", "spooled")
    assert await ground.delivery.deliver(parcel(61)) == "acknowledged"
    stop.set()
    await running
    await ground.delivery.close()
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_only_the_first_waits_while_kafka_is_away(tmp_path: Path):
    ground = Ground(tmp_path)
    ground.broker.is_frozen = True
    assert await ground.delivery.deliver(parcel(1)) == "spooled"
    held = len(ground.producer._waiting)
    for number in range(2, 50):
        assert await ground.delivery.deliver(parcel(number)) == "spooled"
    assert len(ground.producer._waiting) == held, "memory does not grow with what is on disk"


async def test_a_full_spool_loses_the_touch_and_says_so(tmp_path: Path):
    ground = Ground(tmp_path, limit=10)
    ground.broker.is_frozen = True
    assert await ground.delivery.deliver(parcel(1)) == "lost"


async def test_a_spool_that_cannot_be_read_ends_the_role(tmp_path: Path):
    ground, stop = Ground(tmp_path), asyncio.Event()
    ground.broker.is_frozen = True
    await ground.delivery.deliver(parcel(1))
    own = ground.spool._own
    assert own is not None
    own.close()
    with pytest.raises(OSError, match="descriptor"):
        await ground.delivery.run(stop)
    assert stop.is_set()
    ground.spool._own = None
