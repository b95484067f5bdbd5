"""Row F5 of the edge: clicks are answered while Kafka is away, and the process that has them in its spool is killed."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import tracking
from chassis.ids import uuid7

from tests.faults.engines import kill_kafka
from tests.faults.load import Load
from tests.faults.matrix import Bench, Inject, Row
from tests.flows.system import System, eventually

ROLE = "interaction.edge"
PAGE = "https://kiln.example/spring"
CALLERS = 4
PAUSE = 0.05
WRITTEN = "SELECT message, count(*) FROM touch WHERE type = 'email.clicked' AND message = ANY (%s) GROUP BY message"


def rows(scale: float) -> Iterator[Row]:
    """Full size: a minute without Kafka, in which the edge is killed five times."""
    seconds, kills = (60.0, 5) if scale >= 1 else (4.0, 1)
    yield Row(f"F5 kill {ROLE} with a spool", _spooled(seconds, kills))


@dataclass
class Clicks:
    """Links of different mails, each followed once by nobody who would try again."""

    system: System
    promised: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    slowest: float = 0.0  # seconds of an answer

    def __post_init__(self) -> None:
        settings = self.system.settings
        self._ring = tracking.Keyring.load(settings.tracking_key_file)
        self._urls = tracking.urls(settings.edge_url)
        self._reader, self._contact = uuid4().bytes, str(uuid4())

    async def until(self, stop: asyncio.Event) -> None:
        """Follow links by so many callers."""
        async with httpx.AsyncClient(timeout=5.0) as http:
            await asyncio.gather(*(self._follow(http, stop) for _ in range(CALLERS)))

    async def _follow(self, http: httpx.AsyncClient, stop: asyncio.Event) -> None:
        while not stop.is_set():
            message = uuid7(datetime.now(UTC))
            token = tracking.Token(
                kind="click", message=message, subject=self._reader, contact=self._contact, link=1, url=PAGE
            )
            begun = time.monotonic()
            try:
                answer = await http.get(self._urls.click(self._ring.sign(token)))
            except httpx.TransportError:
                self.unanswered.add(str(message))
                await asyncio.sleep(PAUSE)
                continue
            assert answer.status_code == 302, f"the edge answered a click with {answer.status_code}"
            self.promised.add(str(message))
            self.slowest = max(self.slowest, time.monotonic() - begun)
            await asyncio.sleep(PAUSE)

    def written(self) -> Counter[str]:
        """How often each is in the table."""
        with self.system.sql("interaction") as connection:
            asked = [[*self.promised, *self.unanswered]]
            return Counter(dict(connection.execute(WRITTEN, asked).fetchall()))


def _spooled(seconds: float, kills: int) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        clicks, stop = Clicks(bench.system), asyncio.Event()
        found: list[int] = []
        clicking = asyncio.create_task(clicks.until(stop))
        away = asyncio.create_task(kill_kafka(bench.engines, seconds))
        for _turn in range(kills):
            await asyncio.sleep(seconds / (kills + 1))
            found.append(await asyncio.to_thread(eventually, lambda: _spool_bytes(bench.system)))
            bench.system.kill(ROLE)
        await away
        stop.set()
        await clicking
        await asyncio.to_thread(eventually, lambda: not clicks.promised - clicks.written().keys())
        bench.note(f"killed with {', '.join(f'{size:,}' for size in found)} bytes in the spool")
        doubled = sum(times > 1 for times in clicks.written().values())
        bench.expect(
            not doubled,
            f"{len(clicks.promised)} clicks led on and are there, {doubled} of them twice; "
            f"{len(clicks.unanswered)} had no answer; the slowest took {clicks.slowest:.1f} s",
        )

    return inject


def _spool_bytes(system: System) -> int:
    return sum(path.stat().st_size for path in (system.state / "edge-spool").glob("*"))
