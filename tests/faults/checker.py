"""Compares what was acknowledged with what the timelines show, and says what is wrong."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.errors import DomainError
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.faults.load import SOURCE, Load, Person
from tests.flows.ledger import compare, pages
from tests.flows.system import System

PATIENCE = 60.0


@dataclass
class Verdict:
    """What became of the touches of one row."""

    acknowledged: int = 0
    visible_after: float = 0.0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    disordered: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return self.lost + self.doubled + self.invented + self.disordered


def written(system: System) -> int:
    """How many touches of the load are in the table."""
    with system.sql("interaction") as connection:
        found = connection.execute("SELECT count(*) FROM touch WHERE source = %s", [SOURCE]).fetchone()
    return int(found[0]) if found else 0


async def check(
    interaction: interaction_pb2_grpc.InteractionServiceStub, load: Load, patience: float = PATIENCE
) -> Verdict:
    """Wait until every acknowledged touch is on its timeline, or no more of them came for so many seconds; compare."""
    begun = time.monotonic()
    verdict = Verdict(acknowledged=len(load.ledger.entries))
    faults = await _compare(interaction, load)
    since = time.monotonic()
    while faults and time.monotonic() - since <= patience:
        await asyncio.sleep(0.5)
        before, faults = len(faults), await _compare(interaction, load)
        if len(faults) < before:
            since = time.monotonic()
    verdict.visible_after = time.monotonic() - begun
    return _sorted(verdict, faults)


async def _compare(interaction: interaction_pb2_grpc.InteractionServiceStub, load: Load) -> list[str]:
    faults: list[str] = []
    for person in load.people:
        shown = await _threads(interaction, person)
        faults += compare(person.contact, shown, load.ledger.of(person.contact))
    return faults


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
    verdict.lost, verdict.invented = kinds["lost"], kinds["invented"]
    verdict.doubled, verdict.disordered = kinds["doubled"], kinds["disordered"]
    verdict.examples = faults[:5]
    return verdict


def _kind(fault: str) -> str:
    for words, kind in ((": missing ", "lost"), (": more than ", "invented"), (" times touches/", "doubled")):
        if words in fault:
            return kind
    return "disordered"
