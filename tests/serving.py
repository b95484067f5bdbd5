"""One service's `serve` role inside the test's own process, with channels that carry any token."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from chassis.config import Settings
from chassis.db import Database
from chassis.rpc import channel
from chassis.rpc.server import RpcServer

from tests.patience import PATIENT

# A port may have been another server's: no channel waits as long as one that has found that gone.
ITS_OWN = (("grpc.use_local_subchannel_pool", 1),)


@dataclass
class Served:
    """A running service: its database, its server, and stubs for callers of any role."""

    database: Database
    server: RpcServer
    settings: Settings
    stub_class: Callable[[Any], Any]
    target: str
    token: Callable[..., str]
    channels: contextlib.AsyncExitStack

    async def stub(self, *roles: str, patience: float = PATIENT, **fields: Any) -> Any:
        """A stub whose caller has these roles; none at all sends no token."""
        token = self.token(*roles, **fields) if roles else None
        opened = channel(self.target, token=token, timeout=patience, options=ITS_OWN)
        return self.stub_class(await self.channels.enter_async_context(opened))

    async def outbox(self) -> list[Any]:
        """Every record on its way to Kafka, in the order of their commits."""
        query = "SELECT type, subject, key, data, seq, time FROM outbox ORDER BY stream, time, partition, seq"
        async with self.database.connection() as conn:
            return await (await conn.execute(query)).fetchall()


@contextlib.asynccontextmanager
async def serving(
    service: str, settings: Settings, stub_class: Callable[[Any], Any], token: Callable[..., str]
) -> AsyncIterator[Served]:
    """Run the service's own `serve` role on a free port."""
    app = importlib.import_module(f"services.{service}.app")
    role = await app.serve(settings.model_copy(update={f"port_{service}": 0, "role": "serve"}))
    await role.database.open()
    await role.server.start()
    try:
        async with contextlib.AsyncExitStack() as channels:
            target = f"{settings.host}:{role.server.port}"
            yield Served(role.database, role.server, settings, stub_class, target, token, channels)
    finally:
        await role.server.stop(0)
        await role.close()
