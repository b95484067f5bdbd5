"""Kafka or PostgreSQL refused, hanging, or answering after two seconds: what needs it says so, the rest works."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import grpc
import pytest
from chassis.bus_kafka import Topics
from chassis.config import Settings
from chassis.errors import DomainError, NotFound, ResourceExhausted, Unavailable
from chassis.rpc import channel
from chassis.rpc.status import from_status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

from services.interaction import app
from tests.chassis.ground import Lag, until
from tests.interaction.test_roles import register
from tests.interaction.world import touch
from tests.patience import PATIENCE
from tests.proxy import Proxy

DEADLINE = 2.0
SERVING = health_pb2.HealthCheckResponse.SERVING
WAYS = ("refused", "hanging", "late")
LATE_FOR_CALLER = "DEADLINE_EXCEEDED"  # said by the caller's own clock, not by the service


@pytest.fixture
async def serve(
    make_database: Callable[..., Settings], kafka: Any, topic_prefix: str, token: Callable[..., str]
) -> AsyncIterator[Any]:
    """The role on both engines, each behind a proxy, with a source and a type that it knows already."""
    plain = make_database(
        "interaction", kafka_bootstrap=kafka.bootstrap(), topic_prefix=topic_prefix, port_interaction=0
    )
    await asyncio.to_thread(Topics.load().apply, plain)
    ports = [
        int(plain.database_url.rpartition(":")[2].partition("/")[0]),
        int(plain.kafka_bootstrap.rpartition(":")[2]),
    ]
    async with Proxy(ports[0]).running() as database, Proxy(ports[1], is_kafka=True).running() as broker:
        behind = {
            "database_url": plain.database_url.replace(f":{ports[0]}/", f":{database.port}/"),
            "kafka_bootstrap": f"127.0.0.1:{broker.port}",
        }
        role, stop = await app.serve(plain.model_copy(update=behind).for_role("interaction", "serve")), asyncio.Event()
        running = asyncio.create_task(role.run(stop))
        async with channel(f"127.0.0.1:{role.server.port}", token=token("admin", client="test")) as opened:
            stub = InteractionServiceStub(opened)
            await register(stub)
            await eventually(lambda: recorded(stub))
            yield SimpleNamespace(role=role, stub=stub, postgresql=database, kafka=broker)
        stop.set()
        await running


async def recorded(stub: Any, deadline: float = DEADLINE) -> None:
    """Record a new touch; raises what its item or the whole call is refused with."""
    request = pb.RecordTouchesRequest(touches=[touch(str(uuid4()))])
    status = (await stub.RecordTouches(request, timeout=deadline)).results[0].status
    if status.code:
        raise from_status(status)


async def read(stub: Any, deadline: float = DEADLINE) -> None:
    """Read a timeline that nobody has, which only PostgreSQL can know."""
    with contextlib.suppress(NotFound):
        await stub.GetTimeline(pb.GetTimelineRequest(parent=f"contacts/{uuid4()}"), timeout=deadline)


async def readiness(role: Any) -> int:
    """What gRPC's health service says to who asks whether calls may be sent here."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{role.server.port}") as opened:
        asked = health_pb2.HealthCheckRequest(service="readiness")
        return int((await health_pb2_grpc.HealthStub(opened).Check(asked)).status)


async def eventually(call: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Repeat a call until it is answered."""
    async with asyncio.timeout(patience):
        while True:
            try:
                return await call()
            except (Unavailable, ResourceExhausted):
                await asyncio.sleep(0.1)


async def refused(call: Callable[[], Any], patience: float = PATIENCE) -> None:
    """The service itself says that it cannot now, and when to come again, before the caller's deadline.

    Where other programs hold the processors for longer than the tenth of a second that the service keeps for its
    answer, a call may find its deadline first; then the next one is asked.
    """
    async with asyncio.timeout(patience):
        while True:
            with pytest.raises(DomainError) as told:
                await call()
            assert isinstance(told.value, Unavailable | ResourceExhausted)
            if told.value.reason != LATE_FOR_CALLER:
                break
    assert told.value.retry_after.total_seconds() > 0


@pytest.mark.parametrize("how", WAYS)
async def test_without_kafka_touches_are_refused_in_time_and_timelines_are_read(serve: Any, how: str) -> None:
    async with Lag() as lag, serve.kafka.broken(how):
        await asyncio.gather(*(refused(lambda: recorded(serve.stub)) for _ in range(5)))
        await read(serve.stub)
        assert serve.role.health()["postgresql"] == "ok"
        await until(lambda: serve.role.health()["kafka"] == ("slow" if how == "late" else "away"))
        assert await readiness(serve.role) == SERVING
        await refused(lambda: recorded(serve.stub))
    lag.check()
    await eventually(lambda: recorded(serve.stub))
    await until(lambda: serve.role.health()["kafka"] == "ok")


@pytest.mark.parametrize("how", WAYS)
async def test_without_postgresql_timelines_are_refused_in_time_and_touches_are_accepted(serve: Any, how: str) -> None:
    async with Lag() as lag, serve.postgresql.broken(how):
        await asyncio.gather(*(refused(lambda: read(serve.stub)) for _ in range(5)))
        assert serve.role.health()["postgresql"] in ({"slow", "away"} if how == "late" else {"away"})
        assert await readiness(serve.role) == SERVING
        await eventually(lambda: recorded(serve.stub))
    lag.check()
    await eventually(lambda: read(serve.stub))
    await until(lambda: serve.role.health() == {**serve.role.health(), "postgresql": "ok", "kafka": "ok"})
