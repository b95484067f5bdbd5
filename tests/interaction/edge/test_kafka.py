"""The role `edge` with a real broker: that answers, that is frozen, that is away, and that comes back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chassis.bus_kafka import Topics
from chassis.config import Settings
from kafka import KafkaConsumer, TopicPartition
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import TouchBatch
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest
from tracking import Keyring

from services.interaction import app
from services.interaction.gateways import CONSENT_REQUESTS, INTAKE
from tests.chassis.ground import until
from tests.interaction.edge.ground import PAGE, token
from tests.patience import PATIENCE


@pytest.fixture
async def installation(kafka: Any, keys: dict[str, Any], topic_prefix: str, tmp_path: Path) -> Settings:
    """An installation with its topics; no database is needed."""
    settings = Settings(
        **keys,
        kafka_bootstrap=kafka.bootstrap(),
        topic_prefix=topic_prefix,
        port_edge=0,
        edge_spool_dir=str(tmp_path / "spool"),
        state=tmp_path,
    ).for_role("interaction", "edge")
    await asyncio.to_thread(Topics.load().apply, settings)
    return settings


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """The role, and a client of it."""
    role, stop = await app.edge(settings), asyncio.Event()
    task = asyncio.create_task(role.run(stop))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{role.server.port}", timeout=20) as http:
            yield role, http
    finally:
        stop.set()
        await task


@contextmanager
def frozen(kafka: Any) -> Any:
    os.kill(kafka.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(kafka.pid, signal.SIGCONT)


def sign(settings: Settings) -> Callable[..., str]:
    ring = Keyring.load(settings.tracking_key_file)
    return lambda kind, **fields: f"/{kind[0]}/{ring.sign(token(kind, **fields))}"


def records(settings: Settings, stream: str, partitions: int, enough: Callable[[list[bytes]], bool]) -> list[bytes]:
    """Values of a stream from its beginning, until there are enough."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(settings.topic_prefix + stream, number) for number in range(partitions)])
    found: list[bytes] = []
    try:
        for _ in range(150):
            found += [one.value for batch in consumer.poll(200).values() for one in batch]
            if enough(found):
                break
        return found
    finally:
        consumer.close()


def segments(settings: Settings) -> list[Path]:
    """What lies in the spool's folder."""
    return list(Path(settings.edge_spool_dir).iterdir())


def touches(settings: Settings, count: int) -> list[pb.Touch]:
    """Distinct touches on the intake stream."""

    def distinct(values: list[bytes]) -> dict[bytes, pb.Touch]:
        batches = [TouchBatch.FromString(value) for value in values]
        return {one.touch_id: pb.Touch.FromString(one.payload) for batch in batches for one in batch.touches}

    return list(distinct(records(settings, INTAKE, 24, lambda values: len(distinct(values)) >= count)).values())


async def test_a_click_is_in_kafka_before_it_leads_on(installation: Settings):
    path = sign(installation)
    async with running(installation) as (role, http):
        await until(lambda: role.health()["kafka"] == "ok")
        answer = await http.get(path("click"))
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
        assert (await http.post(path("unsubscribe"), data={"List-Unsubscribe": "One-Click"})).status_code == 200
        kinds = {said.type for said in await asyncio.to_thread(touches, installation, 2)}
        assert kinds == {"email.clicked", "email.unsubscribed"}
        (value,) = await asyncio.to_thread(records, installation, CONSENT_REQUESTS, 6, bool)
        assert ConsentRequest.FromString(value).topic == "newsletter"
        assert role.health()["spool"] == "empty"


async def test_links_lead_on_while_kafka_is_frozen_and_every_touch_arrives_after(installation: Settings, kafka: Any):
    path = sign(installation)
    async with running(installation) as (role, http):
        await until(lambda: role.health()["kafka"] == "ok")
        with frozen(kafka):
            for number in range(30):
                assert (await http.get(path("click", message=uuid4(), link=number))).status_code == 302
            assert role.health()["spool"] != "empty"
            answer = await http.post(path("unsubscribe"))
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        await until(lambda: role.health()["spool"] == "empty")
        said = await asyncio.to_thread(touches, installation, PATIENCE)
    assert sorted(int(one.attributes["number"]) for one in said if one.type == "email.clicked") == list(range(30))


async def test_an_edge_that_starts_without_kafka_spools_and_the_next_one_drains(installation: Settings):
    away = installation.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    path = sign(installation)
    async with running(away) as (role, http):
        for number in range(10):
            assert (await http.get(path("click", message=uuid4(), link=number))).status_code == 302
        assert (await http.get(path("unsubscribe"))).status_code == 200
        assert (await http.get(path("unsubscribe").replace("/u/", "/p/"))).status_code == 200
        assert role.health()["kafka"] == "away"
    assert segments(installation)
    async with running(installation) as (role, _):
        await until(lambda: role.health()["spool"] == "empty")
        said = await asyncio.to_thread(touches, installation, 10)
    assert sorted(int(one.attributes["number"]) for one in said) == list(range(10))
    assert not segments(installation)
