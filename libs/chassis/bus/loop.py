"""The consumer loop: poll, sort, apply, and one of three outcomes for every record (done, invalid, not now)."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chassis import inbox, telemetry
from chassis.bus.apply import Applier
from chassis.bus.failures import Failure, is_about_us, judge, reason
from chassis.bus.latecomers import Latecomers
from chassis.bus.limits import Limits
from chassis.bus.records import Batch, Beginning, Counts, OneAtATime, Partition, Producer, Record, Source, Subscription
from chassis.bus.sequence import Slice, Sorted, numbered, plain
from chassis.bus.watchdog import Watchdog
from chassis.deadletters import DeadLetters
from chassis.errors import DomainError
from chassis.streams import dead_letters
from chassis.telemetry import metrics

if TYPE_CHECKING:
    from chassis.config import Settings
    from chassis.db import Database

LOG = telemetry.logger(__name__)


class ConsumerLoop:
    """Reads streams as one consumer group and applies them to the service's database; the role `consume` runs it."""

    def __init__(
        self,
        settings: "Settings",
        database: "Database",
        group: str,
        subscriptions: Sequence[Subscription],
        *,
        source: Source | None = None,
        producer: Producer | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.group = group
        self.counts = Counts()
        self._subscriptions = {subscription.stream: subscription for subscription in subscriptions}
        self._limits = limits or Limits()
        self._most = max(subscription.max_records for subscription in subscriptions)
        self._database = database
        self._source = source or _kafka_source(settings, group, self._most, self._limits)
        self._producer = producer or _kafka_producer(settings, subscriptions)
        self._dead_letters = DeadLetters(self._producer, group)
        self._applier = Applier(database, group, patience=self._limits.transaction)
        self._locator = Applier(database, group, patience=self._limits.transaction)
        self._latecomers = Latecomers(database, group, self._limits.longest_pause, self._limits.transaction)
        self._held: dict[Partition, inbox.Held] = {}
        self._waiting: dict[Partition, float] = {}  # until when
        self._pauses: dict[Partition, float] = {}  # how long the last wait was
        self._stopped: dict[Partition, str] = {}
        self._told: dict[Partition, str] = {}  # what was logged of a stop; it is found again at every assignment
        self._held_up: dict[Partition, tuple[float, str]] = {}  # since when it waits, and for what
        self._watchdog = Watchdog(self.group, self._limits.stalled, self._limits.awaited)
        self._dead_in_a_row = 0
        self._flooded = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop."""
        await self._producer.start()
        await self._source.start(self._subscriptions, self._locate)
        try:
            while not stop.is_set():
                batches = await self._source.poll(self._limits.poll)
                begun = asyncio.get_running_loop().time()
                for stream in dict.fromkeys(batch.partition.stream for batch in batches):
                    await self._handle(stream, [batch for batch in batches if batch.partition.stream == stream])
                await self._wake_the_waiting()
                self._look_after()
                worked = asyncio.get_running_loop().time() - begun
                records = sum(len(batch.records) for batch in batches)
                if rest := self._limits.rest_after(worked, records, self._most):
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), rest)
        finally:
            await self._source.close()
            await self._latecomers.close()
            await self._producer.close()
            await self._applier.close()
            await self._locator.close()

    def health(self) -> dict[str, str]:
        """What it knows of Kafka and PostgreSQL, and whether every partition moves."""
        stuck = [f"{place.stream}/{place.number} waits: {why}" for place, why in self._stuck().items()]
        alarms = self._watchdog.alarms.values()
        troubles = [*self._stopped.values(), *self._source.faults().values(), *stuck, *alarms]
        if self._flooded:
            troubles.insert(0, "too many dead letters in a row")
        consumer = {"consumer": troubles[0] if troubles else "ok"}
        return {**self._database.health(), **self._source.health(), **consumer}

    def _stuck(self) -> dict[Partition, str]:
        """The partitions that wait for a bug to be mended, or for longer than anything should take."""
        late = time.monotonic() - self._limits.stalled
        return {partition: why for partition, (since, why) in self._held_up.items() if since < late}

    def positions(self) -> Mapping[Partition, inbox.Held]:
        """What we hold of each partition."""
        return dict(self._held)

    async def replay(self, record: Record) -> None:
        """Hand one record to its handler, outside of its stream: how a dead letter of an outbox stream comes back."""
        applier = Applier(self._database, self.group, patience=self._limits.transaction)
        try:
            await applier.hand_over(self._subscriptions[record.stream], [record])
        finally:
            await applier.close()

    async def _locate(self, beginnings: Mapping[Partition, Beginning]) -> Mapping[Partition, int]:
        """Where each newly assigned partition starts; those that may not start are left out."""
        try:
            rows = await self._locator.read(list(beginnings))
            for partition, beginning in beginnings.items():
                held = rows.get(partition)
                if held is None and beginning.log_start == 0:
                    await self._locator.begin(partition, beginning.topic_id)
                    held = inbox.Held(0, topic_id=beginning.topic_id)
                self._take(partition, held, beginning)
        except Exception as error:
            LOG.warning("consumer_locate_failed", group=self.group, error=type(error).__name__)
            return {}
        return {partition: self._held[partition].next for partition in beginnings if partition in self._held}

    def _take(self, partition: Partition, held: inbox.Held | None, beginning: Beginning) -> None:
        self._held.pop(partition, None)
        self._waiting.pop(partition, None)
        self._held_up.pop(partition, None)
        if held is None:
            self._miss(partition, beginning, "no position")
        elif held.topic_id == inbox.REJOIN:
            here = beginning._replace(log_start=max(held.next, beginning.log_start))
            self._miss(partition, here, "everything is asked for anew")
        elif held.topic_id and held.topic_id != beginning.topic_id:
            self._halt(partition, "the topic was made anew")
        elif held.next < beginning.log_start:
            self._miss(partition, beginning, f"position {held.next} is gone")
        else:
            self._held[partition] = held
            self._stopped.pop(partition, None)
            self._source.resume(partition)  # the pause of a wait may have come after the partition was lost

    def _miss(self, partition: Partition, beginning: Beginning, why: str) -> None:
        """The log no longer holds what comes next: a snapshot does, where the stream has one."""
        self._halt(partition, f"{why}, and the log begins at {beginning.log_start}: a snapshot is needed")
        subscription = self._subscriptions[partition.stream]
        if subscription.snapshot is not None:
            self._latecomers.want(subscription, partition, beginning)

    def _halt(self, partition: Partition, why: str) -> None:
        """Stop a partition until somebody has looked at it, or a snapshot was taken."""
        before = self._stopped.get(partition)
        self._stopped[partition] = why
        self._source.pause(partition)
        if why != before:
            told = {"stream": partition.stream, "number": partition.number, "why": why}
            LOG.error("consumer_partition_stopped", group=self.group, **told)

    async def _handle(self, stream: str, batches: Sequence[Batch]) -> None:
        subscription = self._subscriptions[stream]
        slices = [one for batch in batches if (one := await self._sort(subscription, batch)) is not None]
        if slices:
            await self._apply(subscription, slices)
        for batch in batches:
            self._source.note(batch.partition, self._held.get(batch.partition, inbox.Held(0)).next)

    def _may_apply(self, partition: Partition, turn: int) -> bool:
        is_ours = self._source.turn(partition) == turn and partition in self._held
        return is_ours and not self._flooded and partition not in self._waiting and partition not in self._stopped

    async def _sort(self, subscription: Subscription, batch: Batch) -> Slice | None:
        if not self._may_apply(batch.partition, batch.turn):
            return None
        held = self._held[batch.partition]
        if not subscription.outbox:
            one = plain(batch.partition, held, batch.records, batch.turn)
            return one if one.end > held.next else None
        found = numbered(batch.partition, held, batch.records, batch.turn)
        self._tell(batch.partition, found)
        if found.refused is not None or found.unreadable:
            await self._finish_before(subscription, found)
            return None
        return found.slices if found.slices.end > held.next else None

    def _tell(self, partition: Partition, found: Sorted) -> None:
        self.counts.repeated += found.repeated
        self.counts.ahead += found.ahead
        self._watchdog.awaits(partition, found.awaited, has_moved=bool(found.slices.steps))
        for epoch in found.new_epochs:
            LOG.error("stream_began_new_epoch", stream=partition.stream, number=partition.number, epoch=epoch)

    async def _finish_before(self, subscription: Subscription, found: Sorted) -> None:
        """Apply what comes before a record that nobody can judge, then deal with that one; the rest comes again."""
        partition = found.slices.partition
        if found.slices.end > found.slices.held.next and not await self._apply(subscription, [found.slices]):
            return
        if found.unreadable:
            self._halt(partition, found.unreadable)
            return
        assert found.refused is not None
        record, why = found.refused
        held = self._held[partition]
        beyond = Slice(partition, held, (), record.offset + 1, found.slices.turn)
        LOG.error("stream_epoch_went_back", stream=partition.stream, number=partition.number, offset=record.offset)
        if await self._bury(subscription, beyond, record, ("LowerEpoch", why)):
            self._source.seek(partition, beyond.end)

    async def _apply(self, subscription: Subscription, slices: Sequence[Slice]) -> bool:
        """Apply slices in one transaction, or find out by halving what stands in the way. True when all are past."""
        started = time.perf_counter()
        try:
            await self._applier.apply(subscription, slices)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            return await self._fail(subscription, slices, error)
        count = 0
        for one in slices:
            self._advance(one)
            count += len(one.steps)
        self.counts.applied += count
        if count:
            self._dead_in_a_row = 0
        metrics.MESSAGING_CONSUMED.labels(subscription.stream, self.group).inc(count)
        metrics.MESSAGING_PROCESS_DURATION.labels(subscription.stream, self.group).observe(
            time.perf_counter() - started
        )
        return True

    def _advance(self, one: Slice) -> None:
        self._held[one.partition] = one.after
        self._pauses.pop(one.partition, None)
        self._held_up.pop(one.partition, None)
        if one.steps:
            self._noted_age(one)

    def _noted_age(self, one: Slice) -> None:
        written = one.steps[-1].record.timestamp / 1000
        self._watchdog.applied(one.partition, max(0.0, time.time() - written))

    async def _fail(self, subscription: Subscription, slices: Sequence[Slice], error: Exception) -> bool:
        failure = judge(error)
        if failure is Failure.FENCED:
            self.counts.fenced += 1
            places = [f"{one.partition.stream}/{one.partition.number}" for one in slices]
            LOG.warning("consumer_fenced", group=self.group, partitions=places)
            for one in slices:
                await self._reload(one.partition)
            return False
        if len(slices) > 1 and not is_about_us(error):
            return all([await self._apply(subscription, [one]) for one in slices])
        if failure in {Failure.NOT_NOW, Failure.BUG}:
            for one in slices:
                self._wait(one.partition, error, failure)
            return False
        if len(slices[0].steps) > 1:
            first, second = slices[0].halves()
            return await self._apply(subscription, [first]) and await self._apply(subscription, [second])
        return await self._reject(subscription, slices[0], error, failure)

    async def _reject(self, subscription: Subscription, one: Slice, error: Exception, failure: Failure) -> bool:
        """Put one record aside; of an envelope only the items that are at fault."""
        record = one.steps[0].record
        try:
            good, bad = await self._sift(subscription, record) if failure is Failure.DATA else ([], [record])
        except Exception as trouble:
            self._wait(one.partition, trouble, judge(trouble))
            return False
        told = (type(error).__name__, reason(error))
        for letter in bad:
            if not await self._put_aside(one.partition, letter, told):
                return False
        if good:
            parts = tuple(one.steps[0]._replace(record=part) for part in good)
            return await self._apply(subscription, [Slice(one.partition, one.held, parts, one.end, one.turn)])
        return await self._pass_by(subscription, one)

    async def _sift(self, subscription: Subscription, record: Record) -> tuple[list[Record], list[Record]]:
        """Split an envelope until what PostgreSQL refuses stands alone: (the good parts, the bad ones)."""
        handler = subscription.handler
        halve = getattr(handler, "halve", None)
        halves = halve(record) if halve is not None else None
        if halves is None or isinstance(handler, OneAtATime):
            return [], [record]
        good: list[Record] = []
        bad: list[Record] = []
        for half in halves:
            if await self._applier.refuses(handler, half):
                fine, wrong = await self._sift(subscription, half)
                good, bad = good + fine, bad + wrong
            else:
                good.append(half)
        return good, bad

    async def _bury(self, subscription: Subscription, one: Slice, record: Record, told: tuple[str, str]) -> bool:
        return await self._put_aside(one.partition, record, told) and await self._pass_by(subscription, one)

    async def _put_aside(self, partition: Partition, record: Record, told: tuple[str, str]) -> bool:
        """Fail closed: without Kafka's acknowledgement the position does not move."""
        self._dead_in_a_row += 1
        if self._dead_in_a_row > self._limits.dead_letters_in_a_row:
            self._flood()
            return False
        try:
            await self._dead_letters.put(record, *told)
        except (DomainError, TimeoutError, OSError) as error:
            self._dead_in_a_row -= 1
            self._wait(partition, error, Failure.NOT_NOW)
            return False
        self.counts.dead += 1
        LOG.error(
            "record_put_aside", stream=record.stream, number=record.partition, offset=record.offset, error=told[0]
        )
        return True

    async def _pass_by(self, subscription: Subscription, one: Slice) -> bool:
        try:
            await self._applier.skip([one])
        except Exception as error:
            if judge(error) is Failure.FENCED:
                return await self._fail(subscription, [one], error)
            self._wait(one.partition, error, judge(error))
            return False
        self._advance(one)
        return True

    def _flood(self) -> None:
        """Stop altogether: what refuses everything is broken itself."""
        self._flooded = True
        for partition in self._held:
            self._source.pause(partition)
        LOG.error("consumer_stopped_by_dead_letters", group=self.group, limit=self._limits.dead_letters_in_a_row)

    def _wait(self, partition: Partition, error: BaseException, failure: Failure) -> None:
        """Pause the partition; the same records come again."""
        before = self._pauses.get(partition, self._limits.first_pause / 2)
        pause = self._pauses[partition] = min(before * 2, self._limits.longest_pause)
        self._waiting[partition] = time.monotonic() + pause
        self._source.pause(partition)
        self.counts.waited += 1
        since = 0.0 if failure is Failure.BUG else self._held_up.get(partition, (time.monotonic(), ""))[0]
        self._held_up[partition] = (since, reason(error))
        log = LOG.error if failure is Failure.BUG else LOG.warning
        details: dict[str, Any] = {"exc_info": error} if failure is Failure.BUG else {}
        told = {"stream": partition.stream, "number": partition.number, "error": reason(error), "pause": pause}
        log("consumer_waits", **told, **details)

    async def _wake_the_waiting(self) -> None:
        now = time.monotonic()
        for partition in [partition for partition, due in self._waiting.items() if due <= now]:
            if await self._reload(partition):
                self._waiting.pop(partition, None)

    async def _reload(self, partition: Partition) -> bool:
        """Read our position again and go on from there; also after a commit without an answer."""
        try:
            rows = await self._applier.read([partition])
        except Exception as error:
            self._wait(partition, error, Failure.NOT_NOW)
            return False
        if partition in rows and rows[partition].topic_id == inbox.REJOIN:
            self._held.pop(partition, None)
            self._halt(partition, "everything is asked for anew: start this role again")
        elif partition in rows and partition in self._held:
            self._held[partition] = rows[partition]
            self._source.seek(partition, rows[partition].next)
            self._source.resume(partition)
        return True

    def _look_after(self) -> None:
        """Metrics, alarms, and a new client for a source that has gone deaf."""
        ends = self._source.ends()
        positions = {partition: held.next for partition, held in self._held.items()}
        excused = {*self._waiting, *self._stopped, *(self._held if self._flooded else ())}
        stalled = self._watchdog.look(positions, ends, excused, self._stuck())
        if stalled:
            LOG.error("consumer_stalled", group=self.group, partitions=[f"{p.stream}/{p.number}" for p in stalled])
            self._watchdog.begin_again(stalled)
            self._source.revive()


def _kafka_source(settings: "Settings", group: str, most: int, limits: Limits) -> Source:
    from chassis.bus_kafka import KafkaSource  # noqa: PLC0415 - the loop itself knows no Kafka

    return KafkaSource(settings, group, max_records=most, gather=limits.gather)


def _kafka_producer(settings: "Settings", subscriptions: Sequence[Subscription]) -> Producer:
    from chassis.bus_kafka import KafkaProducer  # noqa: PLC0415 - the loop itself knows no Kafka

    return KafkaProducer(settings, streams=[dead_letters(one.stream) for one in subscriptions])
