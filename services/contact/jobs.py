"""What contact does by the clock: noting what is read, seeking duplicates, sealing, aliases, ending erasures."""

import asyncio
import contextlib
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from uuid import UUID

from chassis import telemetry
from chassis.bus_kafka import StreamEnds
from chassis.chores import Chore
from chassis.clock import Clock, SystemClock
from chassis.db import Database
from chassis.errors import DomainError
from chassis.keeping import PER_SECOND, pause
from chassis.retention import kept
from chassis.telemetry import metrics
from identity import Subjects

from services.contact.domain.erasures import OURS
from services.contact.store import keeping
from services.contact.usecases import erasures
from services.contact.usecases.duplicates import find_duplicates
from services.contact.usecases.proofs import seal_consents
from services.contact.usecases.purchases import tell_purchases
from services.contact.usecases.purging import purge_deleted
from services.contact.usecases.renormalising import renormalise
from services.contact.usecases.requests import note_reading

EVERY_SECONDS = 5.0
FIRST_SECONDS = 0.5
LOG = telemetry.logger(__name__)
SEEK_SECONDS = 60.0
TELL_SECONDS = 3600.0
SEAL_SECONDS = 1.0
ERASE_SECONDS = 5.0
AT_ONCE = 100  # deleted contacts that are looked up
SETTLED = timedelta(seconds=60)  # longer than any call: what was changed before is committed


class ErasureOverdueError(Exception):
    """A service has not acknowledged an erasure in time."""


class Reading:
    """Notes every 5 s that everything was applied that the stream held; until the first note, every half second."""

    def __init__(self, database: Database, ends: StreamEnds, *, consumer: str, stream: str) -> None:
        self._database = database
        self._ends = ends
        self._consumer = consumer
        self._stream = stream
        self._is_noted = False

    async def note(self) -> bool:
        """Do it once; False when something is still unread."""
        asked = time.monotonic()
        ends = await self._ends.read()
        async with self._database.transaction() as tx:
            ago = time.monotonic() - asked
            self._is_noted = await note_reading(tx, self._consumer, self._stream, ends, ago=ago)
        return self._is_noted

    async def run(self, stop: asyncio.Event) -> None:
        """Do it until told to stop. While Kafka or PostgreSQL is away nothing is noted, so consent becomes stale."""
        try:
            while not stop.is_set():
                try:
                    await self.note()
                except DomainError as error:
                    self._is_noted = False
                    LOG.warning("consent_reading_not_noted", reason=error.reason)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), EVERY_SECONDS if self._is_noted else FIRST_SECONDS)
        finally:
            await self._ends.close()

    def health(self) -> dict[str, str]:
        """Whether the last attempt could note it."""
        return {"consent_requests": "read" if self._is_noted else "behind"}


class Seeking:
    """Compares contacts that changed with whom they may be, a portion at a time."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database, self._clock = database, clock or SystemClock()

    async def seek(self) -> int:
        """Do it until everybody is compared who changed up to a minute ago; gives how many there were."""
        compared = 0
        while True:
            now = self._clock.now()
            async with self._database.transaction() as tx:
                found = await find_duplicates(tx, until=now - SETTLED, now=now)
            if not found:
                return compared
            compared += found

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("duplicates", self.seek, every=SEEK_SECONDS)


class Telling:
    """Tells the stream of purchases that were written down before it told of any, a portion at a time."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database, self._clock = database, clock or SystemClock()

    async def tell(self) -> int:
        """Do it until none waits; gives how many there were."""
        told = 0
        while True:
            async with self._database.transaction() as tx:
                found = await tell_purchases(tx, now=self._clock.now())
            if not found:
                return told
            told += found

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("purchases", self.tell, every=TELL_SECONDS)


class Sealing:
    """Puts consent events into their chain, a portion at a time, and tells the log where that stands."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database, self._clock = database, clock or SystemClock()

    async def seal(self) -> int:
        """Do it until none waits; gives the number of the last one, 0 where there was none."""
        number = 0
        while True:
            async with self._database.transaction() as tx:
                head = await seal_consents(tx, now=self._clock.now())
            if head is None:
                return number
            number = head.number
            LOG.info("consents_sealed", number=number, digest=head.digest.hex())

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("consent_chain", self.seal, every=SEAL_SECONDS, again=SEAL_SECONDS)


class Renormalising:
    """Gives identifiers their aliases for the newest version of the normalisation, a portion at a time."""

    def __init__(self, database: Database, subjects: Subjects, clock: Clock | None = None) -> None:
        self._database, self._subjects, self._clock = database, subjects, clock or SystemClock()

    async def give(self) -> int:
        """Do it until every identifier that was written up to a minute ago has them; gives how many rows there were."""
        seen = 0
        while True:
            now = self._clock.now()
            async with self._database.transaction() as tx:
                done = await renormalise(tx, self._subjects, until=now - SETTLED, now=now)
            if done is None:
                return seen
            seen += done.rows
            LOG.info("renormalised", version=self._subjects.newest, **asdict(done))

    def chore(self) -> Chore:
        """The same by the clock."""
        return Chore("normalisation", self.give, every=SEEK_SECONDS)


class Purging:
    """Erases, each night from midnight UTC on, whoever was deleted too long ago to come back: one a transaction."""

    def __init__(self, database: Database, subjects: Subjects, clock: Clock | None = None) -> None:
        self._database, self._subjects, self._clock = database, subjects, clock or SystemClock()

    async def purge(self) -> int:
        """Do what is not done yet today; gives how many contacts went. Who cannot go keeps no other from going."""
        midnight = datetime.combine(self._clock.now().astimezone(UTC).date(), time_of_day(), UTC)
        before, last, gone, failed = midnight - kept(OURS, keeping.STORE), UUID(int=0), 0, None
        async with self._database.transaction() as tx:
            is_done = await keeping.is_done(tx, midnight.date())
        while not is_done:
            async with self._database.transaction() as tx:
                found = await keeping.list_deleted(tx, before, last, AT_ONCE)
            for last in found:
                try:
                    gone += await self._purge(last, midnight, before)
                except Exception as error:  # told by the chore, which does it again
                    failed = error
            is_done = not found
        if failed is not None:
            raise failed
        async with self._database.transaction() as tx:
            await keeping.tell_purged(tx, midnight.date(), before, 0, is_done=True)
        LOG.info("retention_done", store=keeping.STORE, rows=gone, before=before.isoformat())
        return gone

    def chore(self) -> Chore:
        """The same by the clock: within an hour after midnight."""
        return Chore("purging", self.purge)

    def pause(self, deleted: int, seconds: float) -> float:
        """How long to wait behind a person."""
        return pause(deleted, seconds, PER_SECOND)

    async def _purge(self, contact: UUID, midnight: datetime, before: datetime) -> int:
        begun = time.monotonic()
        async with self._database.transaction() as tx:
            now = self._clock.now()
            erasure = await purge_deleted(tx, contact, before=before, subjects=self._subjects, now=now)
            if erasure is None:
                return 0
            contacts, rows = len(erasure.contacts), sum(erasure.rows.values())
            await keeping.tell_purged(tx, midnight.date(), before, contacts)
        await asyncio.sleep(self.pause(rows, time.monotonic() - begun))
        return contacts


class Erasing:
    """Ends erasures: PostgreSQL forgets the dead rows, contact acknowledges, what is late is an alarm."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database, self._clock = database, clock or SystemClock()

    async def end(self) -> int:
        """Do it once; gives how many erasures are overdue."""
        async with self._database.transaction() as tx:
            standings = await erasures.list_open(tx)
        ours = [each for each in standings if OURS in each.waiting]
        if ours:
            async with self._database.connection() as conn:
                await erasures.vacuum(conn)
        for each in ours:
            async with self._database.transaction() as tx:
                await erasures.acknowledge_ours(tx, each.erasure, now=self._clock.now())
        for each in standings:
            async with self._database.transaction() as tx:
                await erasures.confirm(tx, each.erasure, now=self._clock.now())
        late = [each for each in standings if each.is_overdue(self._clock.now())]
        for each in late:
            LOG.error("erasure_overdue", erasure=each.erasure.name, services=each.waiting)
        metrics.ERASURES_OVERDUE.set(len(late))
        return len(late)

    def chore(self) -> Chore:
        """The same by the clock; health says when one is overdue."""
        return Chore("erasures", self._told, every=ERASE_SECONDS, again=ERASE_SECONDS)

    async def _told(self) -> None:
        if await self.end():
            raise ErasureOverdueError
