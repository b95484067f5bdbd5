"""The way of what nobody repeats, touches and browsers: to Kafka if it answers within 40 ms, else to the spool."""

import asyncio
import contextlib
from collections.abc import Sequence

from chassis.errors import DomainError
from chassis.streams import partition_of
from chassis.telemetry import metrics

from services.interaction.gateways.browsers import Browsers, is_browser
from services.interaction.gateways.intake import Intake, Ticket
from services.interaction.gateways.parcels import Parcel
from services.interaction.gateways.spool import Spool

PATIENCE = 0.04
SYNC_SECONDS = 1.0
ADOPT_SECONDS = 30.0
PAUSE_SECONDS = 0.5
SUBJECT = 16


class Delivery:
    """Takes parcels and never refuses one; `run` drains the spool.

    While Kafka is known to be away parcels go straight to the spool, so that nobody waits and memory does not fill.
    """

    def __init__(
        self, intake: Intake, browsers: Browsers, spool: Spool, *, partitions: int, patience: float = PATIENCE
    ) -> None:
        self._intake = intake
        self._browsers = browsers
        self._spool = spool
        self._partitions = partitions
        self._patience = patience
        self._is_away = False
        self._wake = asyncio.Event()

    async def deliver(self, parcel: Parcel) -> str:
        """See to one parcel; answers `acknowledged`, `spooled` or `lost` (the disk is full), and counts it."""
        outcome = await self._deliver(parcel)
        metrics.EDGE_TOUCHES.labels(outcome).inc()
        return outcome

    async def tell(self, browser: Parcel) -> str:
        """As deliver(), for a browser that gets a cookie."""
        outcome = await self._deliver(browser)
        metrics.EDGE_BROWSERS.labels(outcome).inc()
        return outcome

    async def _deliver(self, parcel: Parcel) -> str:
        if not self._is_away and await self._send(parcel):
            return "acknowledged"
        self._is_away = True
        self._wake.set()
        return "spooled" if self._spool.append(parcel.subject + parcel.encoded) else "lost"

    async def _send(self, parcel: Parcel) -> bool:
        with contextlib.suppress(DomainError):
            (ticket,) = self._offer([parcel])
            await asyncio.wait((ticket.future,), timeout=self._patience)
            return ticket.errors[0] is None
        return False

    def health(self) -> dict[str, str]:
        """Whether something waits on disk."""
        waiting = self._spool.waiting()
        return {"spool": f"{waiting} bytes wait for Kafka" if waiting else "empty"}

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until told to stop; what is left stays on disk for the next process. Raises what keeps it from that."""
        self._spool.open()
        stopping = asyncio.create_task(stop.wait())
        working = [asyncio.create_task(self._sync()), asyncio.create_task(self._drain_for_ever())]
        try:
            done, _ = await asyncio.wait({stopping, *working}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stop.set()
            for task in (stopping, *working):
                task.cancel()
            await asyncio.gather(stopping, *working, return_exceptions=True)

    async def close(self) -> None:
        """Make what is left durable; nothing may be delivered afterwards."""
        await asyncio.to_thread(self._spool.sync)
        self._spool.close()

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._spool.sync)

    async def _drain_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        adopted = loop.time()
        while True:
            if not await self._drain():
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), PAUSE_SECONDS)
            if loop.time() - adopted > ADOPT_SECONDS:
                self._spool.adopt()
                adopted = loop.time()

    async def _drain(self) -> bool:
        """Send what waits, a batch at a time; False when Kafka did not take one, which comes again."""
        while bodies := self._spool.take():
            if not await self._send_all([self._parcel(body) for body in bodies]):
                return False
            self._spool.settle()
            self._is_away = False
        self._is_away = False
        return True

    async def _send_all(self, parcels: Sequence[Parcel]) -> bool:
        """Offer them once, and wait as long as it takes: the producer settles every record in the end."""
        try:
            tickets = self._offer(parcels)
        except DomainError:
            return False
        for ticket in tickets:
            await asyncio.wait((ticket.future,))
        return not any(error for ticket in tickets for error in ticket.errors)

    def _offer(self, parcels: Sequence[Parcel]) -> list[Ticket]:
        browsers = [parcel for parcel in parcels if is_browser(parcel)]
        touches = [parcel for parcel in parcels if not is_browser(parcel)]
        told = [self._intake.offer(touches)] if touches else []
        return [*told, self._browsers.offer(browsers)] if browsers else told

    def _parcel(self, body: bytes) -> Parcel:
        subject = body[:SUBJECT]
        return Parcel(partition_of(subject, self._partitions), subject, body[SUBJECT:])
