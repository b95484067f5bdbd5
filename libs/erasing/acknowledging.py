"""The chore that ends an erasure in a service: late rows are swept, dead ones forgotten, contact is told."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.chores import Chore
from chassis.clock import Clock, SystemClock
from chassis.erasures import vacuum
from chassis.rpc import Channel
from psycopg import AsyncConnection
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

if TYPE_CHECKING:
    from chassis.db import Database

EVERY_SECONDS = 5.0
PATIENCE = 10.0
WAITING = """SELECT erasure_id, rows, contacts, subjects FROM erasure
WHERE NOT is_acknowledged ORDER BY erasure_id LIMIT 100"""
DONE = "UPDATE erasure SET is_acknowledged = true WHERE erasure_id = %s"
Sweep = Callable[[AsyncConnection[Any], Sequence[UUID], Sequence[UUID]], Awaitable[bool]]


class Acknowledging:
    """Acknowledges every erasure that this service has done; crashing anywhere only means doing the rest again.

    `sweep` is given the contacts and subjects of each, and says whether nothing of theirs is under way any more.
    """

    def __init__(
        self,
        database: "Database",
        contact: Channel,
        service: str,
        clock: Clock | None = None,
        *,
        sweep: Sweep | None = None,
    ) -> None:
        self._database, self._service, self._sweep = database, service, sweep
        self._clock = clock or SystemClock()
        self._contact: Any = ContactServiceStub(contact)

    async def acknowledge(self) -> int:
        """Do it for all that wait and are over; gives how many there were."""
        async with self._database.connection() as conn:
            waiting = await (await conn.execute(WAITING)).fetchall()
            over = [(erasure, rows) for erasure, rows, *who in waiting if await self._is_over(conn, *who)]
            await vacuum(conn, sorted({table for _, rows in over for table, count in rows.items() if count}))
            for erasure, rows in over:
                await self._tell(erasure, rows)
                await conn.execute(DONE, (erasure,))
        return len(over)

    async def _is_over(self, conn: AsyncConnection[Any], contacts: list[UUID], subjects: list[UUID]) -> bool:
        return self._sweep is None or await self._sweep(conn, contacts, subjects)

    async def _tell(self, erasure: UUID, rows: dict[str, int]) -> None:
        request = contact_pb2.AcknowledgeErasureRequest(name=f"erasures/{erasure}", service=self._service)
        for table, count in sorted(rows.items()):
            store = request.stores.add(store=table, rows=count)
            store.forget_time.FromDatetime(self._clock.now())
        await self._contact.AcknowledgeErasure(request, timeout=PATIENCE)

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("erasures", self.acknowledge, every=EVERY_SECONDS, again=EVERY_SECONDS)
