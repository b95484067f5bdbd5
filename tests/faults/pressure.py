"""Rows F4, F9, F17, F19, F21: members that come and go, a slow database, a busy outbox, a backlog, cancelled calls."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import identity
import psycopg
from chassis.bus.sequence import is_next, parse
from chassis.bus_kafka import KafkaProducer
from chassis.db import Database
from chassis.outbox import Relay
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction.app import SOURCE
from services.interaction.store import RECORDED
from tests.faults.hindrance import SLEEP, hindered
from tests.faults.load import Load
from tests.faults.matrix import Bench, Inject, Row
from tests.faults.processes import consumers
from tests.flows.ledger import Entry
from tests.flows.streams import read
from tests.flows.system import eventually

MOST_MEMORY = 200 * 2**20
FLAT = 20 * 2**20  # bytes of growth within an hour
CANCELLED = 0.05
STALL = 10.0  # seconds
LATENESS = """SELECT coalesce(max(recorded_time - accepted_time), '0'), coalesce(percentile_disc(0.99)
WITHIN GROUP (ORDER BY recorded_time - accepted_time), '0') FROM touch
WHERE subject_id = ANY (%s) AND accepted_time > to_timestamp(%s)"""
VISIBLE = "SELECT count(*) FROM touch WHERE subject_id = ANY (%s)"


def rows(scale: float) -> Iterator[Row]:
    """Full size: sixty changes of members, a minute of slowness, ten minutes of idle transaction and of backlog."""
    is_full = scale >= 1
    times, every = (60, 5.0) if is_full else (3, 1.5)
    yield Row("F4 rebalance storm", _storm(times, every), after=_no_stall if is_full else _lateness)
    yield Row("F9 slow PostgreSQL", _slow(60.0 if is_full else 3.0))
    yield Row("F17 idle transaction, relay killed, two relays", _busy_outbox(600.0 if is_full else 2.0))
    away = 600.0 if is_full else 4.0
    yield Row(f"F19 backlog of {away:.0f} s", _backlog(away, is_full=is_full), is_quick=False)
    hour = _flat(3600.0 if is_full else 2.0, FLAT if is_full else MOST_MEMORY)
    yield Row("F21 one call in twenty cancelled", hour, load=Cancelling, is_quick=False)


def _storm(times: int, every: float) -> Inject:
    """Consumers leave in turn, and join again as soon as the launcher has forked them."""

    async def inject(bench: Bench, _: Load) -> None:
        roles = consumers(bench.system)
        for turn in range(times):
            await asyncio.to_thread(bench.system.kill, roles[turn % len(roles)], signal.SIGTERM)
            await asyncio.sleep(every)
        bench.note(f"{times} times a consumer left and joined")

    return inject


async def lateness(bench: Bench, load: Load, since: float = 0.0) -> tuple[float, float]:
    """The longest and the 99th of a hundred times from accepting to recording a touch of this row, in seconds."""

    def ask() -> tuple[float, float]:
        with bench.system.sql("interaction") as connection:
            row = connection.execute(LATENESS, [list(load.subjects(bench.system.settings)), since]).fetchone()
        assert row is not None
        return row[0].total_seconds(), row[1].total_seconds()

    return await asyncio.to_thread(ask)


async def _lateness(bench: Bench, load: Load) -> None:
    bench.note(f"no touch waited longer than {(await lateness(bench, load))[0]:.1f} s for its consumer")


async def _no_stall(bench: Bench, load: Load) -> None:
    longest, _ = await lateness(bench, load)
    bench.expect(longest <= STALL, f"no touch waited longer than {longest:.1f} s for its consumer")


def _memory(bench: Bench) -> dict[str, int]:
    """The resident memory of each process of interaction, in bytes."""
    pids = {role: told["pid"] for role, told in bench.system.roles().items() if role.startswith("interaction.")}
    return {role: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for role, pid in pids.items() if pid}  # fmt: skip


def _slow(seconds: float) -> Inject:
    """Every INSERT takes 200 ms more, some twenty times its time: touches are late, and nothing grows."""

    async def inject(bench: Bench, _: Load) -> None:
        before = _memory(bench)
        with hindered(bench.system, SLEEP.format(0.2)):
            await asyncio.sleep(seconds)
            grown = {role: size - before.get(role, size) for role, size in _memory(bench).items()}
        role, most = max(grown.items(), key=lambda pair: pair[1])
        bench.expect(most < MOST_MEMORY, f"{role} grew most, by {most / 2**20:.0f} MiB")

    return inject


@dataclass
class Cancelling(Load):
    """Gives up one call in twenty at any moment, and makes it again."""

    cancelled: int = 0

    async def _try(self, entries: list[Entry]) -> list[Entry]:
        if self.rng.random() >= CANCELLED:
            return await super()._try(entries)
        self.cancelled += 1
        running = asyncio.create_task(super()._try(entries))
        await asyncio.wait({running}, timeout=self.rng.uniform(0.0, 0.05))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return [entry for entry in entries if entry.touch.source_event_id in self.waiting]


def _flat(seconds: float, most: int) -> Inject:
    """After a sixtieth of the time for warming up, nothing grows."""

    async def inject(bench: Bench, load: Load) -> None:
        assert isinstance(load, Cancelling)
        await asyncio.sleep(seconds / 60)
        before = _memory(bench)
        await asyncio.sleep(seconds)
        grown = max(size - before.get(role, size) for role, size in _memory(bench).items())
        bench.expect(grown < most, f"{load.cancelled} calls cancelled; memory grew by {grown / 2**20:.1f} MiB at most")

    return inject


def _busy_outbox(seconds: float) -> Inject:
    """A transaction that has written and ends late, a relay that is killed, and a second relay beside it."""

    async def inject(bench: Bench, load: Load) -> None:
        before = await asyncio.to_thread(bench.system.end_offsets, RECORDED)
        settings = bench.system.settings.for_role("interaction", "work")
        database, producer, stop = Database(settings), KafkaProducer(settings, streams=[RECORDED]), asyncio.Event()
        await database.open()
        await producer.start()
        running = asyncio.create_task(Relay(database, producer, source=SOURCE, streams=[RECORDED]).run(stop))
        try:
            with psycopg.connect(settings.database_dsn()) as idle:
                idle.execute("CREATE TEMP TABLE held AS SELECT pg_current_xact_id()")
                await asyncio.sleep(seconds / 2)
                bench.system.kill("interaction.work")
                await asyncio.sleep(seconds / 2)
                seen = len(load.ledger.entries)
                await asyncio.to_thread(eventually, lambda: _relayed(bench, load, before) >= seen)
                bench.note("relayed what was acknowledged while the transaction was still open")
        finally:
            stop.set()
            await running
            await producer.close()
            await database.close()
        for kind, count in (await asyncio.to_thread(_numbers, bench, before)).items():
            bench.expect(count == 0, f"{count} numbers of the recorded stream {kind}")

    return inject


def _relayed(bench: Bench, load: Load, before: dict[int, int]) -> int:
    """How many touches of the load the recorded stream holds, each counted once."""
    names = set()
    for record in read(bench.system, RECORDED, before):
        for touch in TouchBatch.FromString(record.value).touches:
            names.add(identity.touch_name(touch.subject, touch.touch_id))
    return len(names & load.ledger.entries.keys())


def _numbers(bench: Bench, before: dict[int, int]) -> Counter[str]:
    """What a consumer that applies only the next number would see: which it misses, and which touches come twice."""
    last: dict[int, tuple[int, int]] = {}
    wrong, applied = Counter({"skipped": 0, "doubled": 0}), Counter[bytes]()
    for record in read(bench.system, RECORDED, before):
        number = parse(dict(record.headers)["ce_sequence"].decode())
        assert number is not None
        held = last.get(record.partition)
        if held is None or is_next(held, number):
            last[record.partition] = number
            applied.update(bytes(touch.touch_id) for touch in TouchBatch.FromString(record.value).touches)
        elif number > held:
            wrong["skipped"] += 1
    wrong["doubled"] = sum(times > 1 for times in applied.values())
    return wrong


def _backlog(seconds: float, *, is_full: bool) -> Inject:
    """Consumers are off for a while and then drain beside live load; then a fresh touch is as quick as ever."""

    async def inject(bench: Bench, load: Load) -> None:
        pids = [bench.system.kill(role, signal.SIGSTOP) for role in consumers(bench.system)]
        acknowledged = len(load.ledger.entries)
        await asyncio.sleep(seconds)
        live = (len(load.ledger.entries) - acknowledged) / seconds
        before = await asyncio.to_thread(_visible, bench, load)
        backlog, begun = len(load.ledger.entries) - before, time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        target = len(load.ledger.entries)
        while (visible := await asyncio.to_thread(_visible, bench, load)) < target:
            await asyncio.sleep(0.2)
            on_its_way = round(live)  # what was acknowledged in the last second
            target = len(load.ledger.entries) - on_its_way
        took, since = time.monotonic() - begun, time.time()
        await asyncio.sleep(10.0 if is_full else 2.0)
        _, fresh = await lateness(bench, load, since)
        rate = (visible - before) / took
        drained = f"{backlog} touches drained at {rate:.0f}/s beside {live:.0f}/s, in {took:.1f} s"
        bench.expect(not is_full or (rate >= 2 * live and fresh < 2.0), f"{drained}; fresh after {fresh:.2f} s")

    return inject


def _visible(bench: Bench, load: Load) -> int:
    """How many touches of this row are in the table."""
    with bench.system.sql("interaction") as connection:
        row = connection.execute(VISIBLE, [list(load.subjects(bench.system.settings))]).fetchone()
    assert row is not None
    return int(row[0])
