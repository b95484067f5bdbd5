"""Rows F11, F12 and F13: floods of repeats, ids used twice, and records that nobody can digest."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from chassis.streams import dead_letters
from kafka import KafkaProducer
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch
from touchline.interaction.v1.interaction_events_pb2 import InteractionEvent

from services.interaction.events.encoding import EVENTS
from services.interaction.gateways import INTAKE
from tests.faults.hindrance import REFUSE, hindered
from tests.faults.load import BATCH, SOURCE, TYPES, Load
from tests.faults.matrix import Bench, Inject, Row
from tests.faults.processes import consumers
from tests.flows.ledger import Entry
from tests.flows.streams import read
from tests.flows.system import ROOT, eventually

MOST_REPEATS = 20
LATEST = timedelta(days=7)
REPEATED_A_TURN = 250
CONFLICTING = 0.01
POISONED = 0.001
FLOODED = "too many dead letters"
LIMITED = 120.0  # seconds until both consumers have put their fifty letters aside, on a machine that does more
CONFLICTS = "SELECT source_event_id FROM touch_conflict WHERE source = %s AND source_event_id LIKE %s"
LARGEST = 900_000


def rows(scale: float) -> Iterator[Row]:
    """Full size: a minute of each."""
    seconds = 60.0 if scale >= 1 else 2.0
    yield Row("F11 flood of repeats", _for(seconds), load=Flood, after=_told_repeats)
    yield Row("F12 one id, two contents", _for(seconds), load=Conflicting, after=_all_refused)
    yield Row("F13 poison at 0.1 %", _poison(seconds))
    yield Row("F13 poison at 100 %", _all_poison, is_quick=False)


def _for(seconds: float) -> Inject:
    async def inject(_bench: Bench, _load: Load) -> None:
        await asyncio.sleep(seconds)

    return inject


@dataclass
class Flood(Load):
    """Sends each touch one to twenty times, in any order; what it tells happened up to seven days ago."""

    pool: list[Entry] = field(default_factory=list)

    def _touch(self) -> Entry:
        entry = super()._touch()
        ago = timedelta(seconds=self.rng.uniform(0, LATEST.total_seconds()))
        entry.touch.occurred_time.FromDatetime(entry.touch.occurred_time.ToDatetime() - ago)
        self.pool += [entry] * self.rng.randrange(MOST_REPEATS)
        return entry

    def _parts(self) -> list[list[Entry]]:
        fresh = super()._parts()
        self.rng.shuffle(self.pool)
        repeats, self.pool = self.pool[:REPEATED_A_TURN], self.pool[REPEATED_A_TURN:]
        # One request may name an event twice: only another content under its id would be refused there.
        return [*fresh, *(repeats[at : at + 2 * BATCH] for at in range(0, len(repeats), 2 * BATCH))]


async def _told_repeats(bench: Bench, load: Load) -> None:
    bench.expect(load.ledger.repeated > 0, f"{load.ledger.repeated} repeats were acknowledged under the same name")


@dataclass
class Conflicting(Load):
    """Says of one acknowledged touch in a hundred, later, that something else happened."""

    told: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)  # the refused ones by event: the name of the first

    def _parts(self) -> list[list[Entry]]:
        fresh = super()._parts()
        names = list(self.ledger.entries)
        chosen = self.rng.sample(names, min(len(names), round(2 * BATCH * CONFLICTING) or 1))
        return [*fresh, *([self._other(self.ledger.entries[name])] for name in chosen if name not in self.told)]

    def _other(self, entry: Entry) -> Entry:
        self.told.add(entry.name)
        other = deepcopy(entry)
        other.touch.type = next(name for name in TYPES if name != entry.touch.type)
        self.acknowledged[other.touch.source_event_id] = entry.name
        return other


async def _all_refused(bench: Bench, load: Load) -> None:
    """The ledger holds the first content of each, which the comparison has found on the timelines."""
    assert isinstance(load, Conflicting)
    kept = await asyncio.to_thread(_kept_conflicts, bench, load)
    published: set[str] = set()

    def is_published() -> bool:
        published.update(_published(bench))
        return set(load.acknowledged.values()) <= published

    bench.expect(kept == set(load.acknowledged), f"{len(kept)} of {len(load.acknowledged)} are in touch_conflict")
    await asyncio.to_thread(eventually, is_published)
    bench.note(f"{len(load.acknowledged)} were published as TouchRefused")


def _kept_conflicts(bench: Bench, load: Conflicting) -> set[str]:
    def ask() -> set[str]:
        with bench.system.sql("interaction") as connection:
            return {row[0] for row in connection.execute(CONFLICTS, [SOURCE, f"{load.row}/%"])}

    return eventually(lambda: (found := ask()) >= set(load.acknowledged) and found)


def _published(bench: Bench) -> Iterator[str]:
    for record in read(bench.system, EVENTS):
        event = InteractionEvent.FromString(record.value)
        if event.HasField("touch_refused"):
            yield event.touch_refused.touch


def poison(subject: bytes) -> list[bytes]:
    """Records that no door of ours would write: each has to become one dead letter."""

    def envelope(**fields: object) -> bytes:
        said: dict[str, object] = {
            "subject": subject,
            "touch_id": os.urandom(16),
            "thread": os.urandom(16),
            "content_hash": bytes(16),
        }
        said |= {"source": SOURCE, "type": TYPES[0], "payload": pb.Touch(type=TYPES[0]).SerializeToString()}
        touch = IntakeTouch(**(said | fields))  # type: ignore[arg-type]
        return TouchBatch(subjects=subject, touches=[touch]).SerializeToString()

    return [
        b"\xff\xff",
        envelope()[:-9],
        envelope(payload=pb.Touch(source_event_id="x" * LARGEST).SerializeToString()),
        envelope(source="nul\0inside"),
        envelope(source="broken").replace(b"broken", b"\xed\xa0\x80\xed\xa0\x80"),
        envelope(payload=b"\xff\xff"),
        envelope(thread=b"short"),
    ]


def _poison(seconds: float) -> Inject:
    """Write poison straight into intake while others record, one record in a thousand, each kind at least once."""

    async def inject(bench: Bench, load: Load) -> None:
        before = await asyncio.to_thread(_letters, bench)
        subject = next(iter(load.subjects(bench.system.settings))).bytes
        kinds = poison(subject)
        more = max(0, round(seconds * load.rate * POISONED) - len(kinds))
        written = kinds + load.rng.choices(kinds, k=more)
        await asyncio.to_thread(_write, bench, written, seconds)
        await asyncio.to_thread(eventually, lambda: _letters(bench) - before >= len(written))
        found = await asyncio.to_thread(_letters, bench) - before
        bench.expect(found == len(written), f"{found} dead letters of {len(written)} records that nobody can digest")

    return inject


def _write(bench: Bench, values: Sequence[bytes], seconds: float) -> None:
    """Straight into intake, on any partition, spread over so many seconds."""
    partitions = bench.system.settings.touch_partitions
    producer = KafkaProducer(bootstrap_servers=bench.system.settings.kafka_bootstrap, enable_idempotence=False)
    try:
        for number, value in enumerate(values):
            producer.send(bench.system.settings.topic_prefix + INTAKE, value, partition=number % partitions).get(30)
            time.sleep(seconds / len(values))  # the pace of the load, not a wait
    finally:
        producer.close()


def _letters(bench: Bench) -> int:
    """How many dead letters of intake there are."""
    return sum(bench.system.end_offsets(dead_letters(INTAKE)).values())


async def _all_poison(bench: Bench, _: Load) -> None:
    """Nothing can be written: consumers stop at their limit; mended and started again they go on, and replay heals."""
    before = await asyncio.to_thread(_letters, bench)
    with hindered(bench.system, REFUSE):
        await asyncio.to_thread(eventually, lambda: _are_stopped(bench), LIMITED)
    letters = await asyncio.to_thread(_letters, bench) - before
    roles = consumers(bench.system)
    bench.expect(letters <= 50 * len(roles), f"{letters} dead letters, then {len(roles)} consumers stopped")
    for role in roles:
        bench.system.kill(role, signal.SIGTERM)
    for _turn in range(2):
        bench.note(await asyncio.to_thread(_replay, bench))


def _are_stopped(bench: Bench) -> bool:
    told = bench.system.healths().splitlines()
    return all(any(line.startswith(role) and FLOODED in line for line in told) for role in consumers(bench.system))


def _replay(bench: Bench) -> str:
    """What `touchline dlq replay` says."""
    touchline = Path(sys.executable).with_name("touchline")
    command = [str(touchline), "dlq", "replay", INTAKE, "--all"]
    environment = bench.system.environment()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
