"""The tail on a real broker: a client that has gone deaf is noticed, said and replaced."""

import asyncio
import threading
from typing import Any, ClassVar

import kafka as kafka_python
from chassis.bus_kafka import KafkaProducer, Topics
from chassis.config import Settings
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import events
from services.interaction.events import tail
from services.interaction.store import RECORDED
from services.interaction.usecases import Hub, Position
from tests.chassis.ground import until


class Client(kafka_python.KafkaConsumer):
    """kafka-python's consumer: the first fetches nothing any more when told so, the next ones wait for `allowed`."""

    made: ClassVar[list["Client"]] = []
    allowed: ClassVar[threading.Event] = threading.Event()

    def __init__(self, **options: Any) -> None:
        if self.made:
            self.allowed.wait(60)
        self.is_to_be_deaf, self.is_deaf = threading.Event(), threading.Event()
        super().__init__(**options)
        self.made.append(self)

    def poll(self, *args: Any, **options: Any) -> Any:
        if self.is_to_be_deaf.is_set():
            self.pause(*self.assignment())
            self.is_deaf.set()
        return super().poll(*args, **options)


async def test_a_deaf_client_is_noticed_and_made_anew(kafka: Any, topic_prefix: str, monkeypatch: Any) -> None:
    """Its partitions are paused behind the tail's back, so that poll() returns nothing for ever."""
    Client.made.clear()
    Client.allowed.clear()
    monkeypatch.setattr(tail, "KafkaConsumer", Client)
    settings = Settings(topic_prefix=topic_prefix, kafka_bootstrap=kafka.bootstrap())
    await asyncio.to_thread(Topics.load().apply, settings)
    producer, hub = KafkaProducer(settings, streams=[RECORDED]), Hub()
    await producer.start()
    reader = events.Tail(settings, hub, ends_every=0.2, stalled=1.0)
    reader.start()
    try:
        await until(lambda: reader.health() == {"watch": "ok"})
        await write(producer, 1)
        await until(lambda: held(hub) == 1)
        Client.made[0].is_to_be_deaf.set()
        await asyncio.to_thread(Client.made[0].is_deaf.wait, 60)
        await write(producer, 2)
        await until(lambda: reader.health() == {"watch": "stands still though records wait"})
        assert held(hub) == 1
        Client.allowed.set()
        await until(lambda: held(hub) == 2)
        await until(lambda: reader.health() == {"watch": "ok"})
    finally:
        Client.allowed.set()
        await reader.close()
        await producer.close()


async def write(producer: KafkaProducer, seq: int) -> None:
    """The relay's record of one touch."""
    subject = bytes(16)
    value = TouchBatch(subjects=subject, touches=[IntakeTouch(subject=subject)]).SerializeToString()
    headers = [("ce_sequence", f"1.{seq}".encode())]
    await producer.send(RECORDED, partition=0, key=None, value=value, headers=headers)


def held(hub: Hub) -> int:
    """The number of the last record that the hub was given."""
    ring = hub._rings.get((RECORDED, 0))
    last: Position | None = ring.last if ring else None
    return last.seq if last else 0
