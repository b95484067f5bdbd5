"""The gRPC server of a service: the door, health, reflection, and the order in which it drains."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from chassis.auth import Authenticator, Permissions
from chassis.rpc.door import Door
from chassis.rpc.limits import RateLimits
from chassis.rpc.methods import Registration, read_methods
from chassis.rpc.peers import Peers
from chassis.rpc.tls import Certificates

if TYPE_CHECKING:
    from chassis.config import Settings

MEGABYTE = 1024 * 1024
LARGEST = 4 * MEGABYTE + 64 * 1024
AGE = timedelta(minutes=10)
AGE_GRACE = timedelta(seconds=30)
HEALTH_EVERY = 1.0
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
DEPENDENCIES = ("kafka", "postgresql")

HealthReport = Callable[[], Mapping[str, str]]


def _options(age: timedelta, grace: timedelta, largest: int) -> Sequence[tuple[str, Any]]:
    """The connection's age moves long-lived clients to new pods; gRPC spreads it by a tenth either way."""
    return (
        ("grpc.max_connection_age_ms", int(age.total_seconds() * 1000)),
        ("grpc.max_connection_age_grace_ms", int(grace.total_seconds() * 1000)),
        ("grpc.max_receive_message_length", largest),
        ("grpc.max_send_message_length", 16 * MEGABYTE),
        ("grpc.max_concurrent_streams", 1000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.so_reuseport", 0),
    )


class RpcServer:
    """A grpc.aio server with its health: started, stopped and drained as one. It is a role's `Running`."""

    def __init__(
        self, settings: "Settings", server: grpc.aio.Server, services: Sequence[str], port: int, door: Door
    ) -> None:
        self.server, self.port = server, port
        self._settings, self._services = settings, services
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, door)
        self.report: HealthReport = dict

    async def start(self) -> None:
        await self.server.start()
        for name in ("", "startup", "liveness", "readiness", *self._services):
            await self._health.set(name, SERVING)
        await self._refresh()

    async def stop(self, grace: float | None = None) -> None:
        """Say NOT_SERVING, wait until nobody sends new calls here, let those in flight end."""
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(self._settings.drain_seconds)
        await self.server.stop(self._settings.grace_seconds if grace is None else grace)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then drain."""
        await self.start()
        while not stop.is_set():
            await self._refresh()
            try:
                await asyncio.wait_for(stop.wait(), HEALTH_EVERY)
            except TimeoutError:
                continue
        await self.stop()

    def health(self) -> dict[str, str]:
        return dict(self.report())

    async def _refresh(self) -> None:
        """What is shared and away is named under its own name; the services themselves stay SERVING."""
        told = self.report()
        for name in DEPENDENCIES:
            if name in told:
                await self._health.set(name, NOT_SERVING if told[name] == "away" else SERVING)


def build_server(
    settings: "Settings",
    servicers: Sequence[Registration],
    *,
    authenticator: Authenticator | None = None,
    permissions: Permissions | None = None,
    report: HealthReport | None = None,
    unlimited: Collection[str] = (),
    item_wise: Collection[str] = (),
    timely: Collection[str] = (),
    port: int | None = None,
    age: timedelta = AGE,
    age_grace: timedelta = AGE_GRACE,
    largest: int = LARGEST,
) -> RpcServer:
    """A server for `servicers`, each (add_to_server, servicer, full service name), bound to the service's port.

    `unlimited` names the watches that may go on without a deadline, `item_wise` the methods that validate their items
    themselves, `timely` those that keep the call's time themselves, which spares each call a task; `report` says what
    is known of `kafka` and `postgresql`. Port 0 takes a free one: see `RpcServer.port`.
    A request of more than `largest` bytes is RESOURCE_EXHAUSTED before anybody has read it.
    """
    methods = read_methods(servicers, item_wise=item_wise, unlimited=unlimited, timely=timely)
    door = Door(
        methods,
        authenticator or Authenticator.load(settings),
        permissions or Permissions.load(),
        peers=Peers.load(settings),
        limits=RateLimits.load(settings),
    )
    for add, servicer, _ in servicers:
        add(servicer, door)
    server = grpc.aio.server(handlers=(door,), options=_options(age, age_grace, largest))
    names = [name for _, _, name in servicers]
    asked = settings.port_of(settings.service) if port is None else port
    bound = _bind(server, f"{settings.host}:{asked}", settings)
    running = RpcServer(settings, server, names, bound, door)
    running.report = report or dict
    _reflect(names, door)
    return running


def _reflect(names: Sequence[str], door: Door) -> None:
    """Let callers ask what services there are; grpc's own helper wants the server, which knows the door alone."""
    servicer = reflection.aio.ReflectionServicer([*names, health.SERVICE_NAME, reflection.SERVICE_NAME])
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, door)


def _bind(server: grpc.aio.Server, address: str, settings: "Settings") -> int:
    """Take a port, over TLS where the settings name a certificate; the port that it is."""
    certificates = Certificates.load(settings)
    if certificates is None:
        return int(server.add_insecure_port(address))
    return int(server.add_secure_port(address, certificates.server_credentials()))
