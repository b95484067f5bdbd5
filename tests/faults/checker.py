"""Compares what was acknowledged with what the timelines show, and these with the table; says what is wrong."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import identity
from chassis.errors import DomainError
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.faults.load import SOURCE, Load, Person
from tests.flows.ledger import compare, pages
from tests.flows.system import System

PATIENCE = 60.0
KINDS = ("lost", "doubled", "invented", "disordered", "unlike")
# As design 3.6 says that a timeline is read, newest thread first and inside of it in order.
IN_ORDER = """SELECT subject_id, touch_id FROM touch WHERE subject_id = ANY (%s)
ORDER BY thread_time DESC, thread DESC, occurred_time, rank, touch_id"""


@dataclass
class Verdict:
    """What became of the touches of one row."""

    acknowledged: int = 0
    visible_after: float = 0.0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    disordered: int = 0
    unlike: int = 0  # timelines that gRPC and SQL read differently
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return sum(getattr(self, kind) for kind in KINDS)


def written(system: System) -> int:
    """How many touches of the load are in the table."""
    with system.sql("interaction") as connection:
        found = connection.execute("SELECT count(*) FROM touch WHERE source = %s", [SOURCE]).fetchone()
    return int(found[0]) if found else 0


async def check(
    interaction: interaction_pb2_grpc.InteractionServiceStub, system: System, load: Load, patience: float = PATIENCE
) -> Verdict:
    """Wait until every acknowledged touch is on its timeline, or no more of them came for so many seconds; compare."""
    begun = time.monotonic()
    verdict = Verdict(acknowledged=len(load.ledger.entries))
    faults = await _compare(interaction, system, load)
    since = time.monotonic()
    while faults and time.monotonic() - since <= patience:
        await asyncio.sleep(0.5)
        before, faults = len(faults), await _compare(interaction, system, load)
        if len(faults) < before:
            since = time.monotonic()
    verdict.visible_after = time.monotonic() - begun
    return _sorted(verdict, faults)


async def _compare(interaction: interaction_pb2_grpc.InteractionServiceStub, system: System, load: Load) -> list[str]:
    """The ledger against gRPC, and gRPC against SQL."""
    faults: list[str] = []
    shown: dict[str, list[str]] = {}
    for person in load.people:
        threads = await _threads(interaction, person)
        shown[person.contact] = [touch.name for thread in threads for touch in thread.touches]
        faults += compare(person.contact, threads, load.ledger.of(person.contact))
    kept = await asyncio.to_thread(names_by_sql, system, load)
    faults += [f"{contact}: SQL reads another timeline" for contact, names in shown.items() if kept[contact] != names]
    return faults


def names_by_sql(system: System, load: Load) -> dict[str, list[str]]:
    """What the table holds under each person's address, in the order of a timeline, by contact."""
    owners = load.subjects(system.settings)
    names: dict[str, list[str]] = defaultdict(list)
    with system.sql("interaction") as connection:
        for subject, touch in connection.execute(IN_ORDER, [list(owners)]):
            names[owners[subject]].append(identity.touch_name(subject.bytes, touch.bytes))
    return names


async def _threads(interaction: interaction_pb2_grpc.InteractionServiceStub, person: Person) -> Sequence[pb.Thread]:
    """A whole timeline; a service that was just killed gets time to come back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return [thread async for thread in pages(interaction, person.contact, 500)]
        except DomainError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


def _sorted(verdict: Verdict, faults: list[str]) -> Verdict:
    kinds = Counter(_kind(fault) for fault in faults)
    for kind in KINDS:
        setattr(verdict, kind, kinds[kind])
    verdict.examples = faults[:5]
    return verdict


def _kind(fault: str) -> str:
    told = {": missing ": "lost", ": more than ": "invented", " times touches/": "doubled", ": SQL reads ": "unlike"}
    return next((kind for words, kind in told.items() if words in fault), "disordered")
