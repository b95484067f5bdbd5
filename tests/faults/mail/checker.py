"""Compares people, sink, ledger and timelines of one mailing, and says what is wrong."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from touchline.campaign.v1 import campaign_pb2 as pb

from tests.bench.smtp_sink import Received
from tests.faults.mail.stage import BATCH, CONNECTIONS, PATIENCE, PIPELINED, Mailing, Stage, mails_of, patiently

MOST_UNKNOWN = CONNECTIONS * (PIPELINED + BATCH)
REPORTS_AT_ONCE = 16
KINDS = ("twice", "missing", "unaccounted", "excess", "untold", "miscounted", "unsettled", "unended")
# How a send may end here, where everybody has an address and agreed; and the touches that tell of it.
ENDS = {"HANDED_OVER": ("email.handed_over",), "DELIVERED": ("email.handed_over", "email.delivered"), "UNKNOWN": ()}
HELD = "email.deferred"
LINES = "SELECT contact_id, address, state, coalesce(message::text, '') FROM send WHERE activity_id = %s"
TOUCHES = "SELECT message, type, contact_id FROM touch WHERE activity_id = %s"


class Line(NamedTuple):
    """A line of the ledger."""

    contact: UUID
    address: str
    state: str
    message: str

    @property
    def mail(self) -> Received:
        """The mail that this line speaks of."""
        return Received(self.address, self.message)


class Told(NamedTuple):
    """A touch on somebody's timeline."""

    message: str
    type: str
    contact: UUID


class Fault(NamedTuple):
    """Something wrong: one of KINDS, and what it is."""

    kind: str
    text: str


@dataclass
class Seen:
    """Everything that there is of one mailing; `reported` are the messages that a report said are delivered."""

    people: frozenset[UUID]
    mails: list[Received]
    lines: list[Line]
    touches: list[Told]
    counts: dict[str, int]
    reported: frozenset[str] = frozenset()

    def unknown(self) -> list[Line]:
        """What nobody knows the end of."""
        return [line for line in self.lines if line.state == "UNKNOWN"]


@dataclass
class Verdict:
    """What became of the mails of one row; `settled_in` is how long the ledger and all timelines took after reports."""

    mails: int
    held: int
    unknown: int
    proven: int
    settled_in: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many faults there are of this kind."""
        return sum(fault.kind == kind for fault in self.faults)


async def check(stage: Stage, mailing: Mailing, patience: float = PATIENCE) -> Verdict:
    """Compare until all is well, at most so many seconds; then report what the sink has of the unknown, and again."""
    seen, found = await _compare(stage, mailing, patience)
    arrived, unknown = set(seen.mails), seen.unknown()
    proven = frozenset(line.message for line in unknown if line.mail in arrived)
    held = sum(touch.type == HELD for touch in seen.touches)
    verdict = Verdict(len(seen.mails), held, len(unknown), len(proven), faults=found)
    if proven:
        begun = time.monotonic()
        await _report(stage, proven)
        verdict.faults += (await _compare(stage, mailing, patience, proven))[1]
        verdict.settled_in = time.monotonic() - begun
    return verdict


async def _compare(
    stage: Stage, mailing: Mailing, patience: float, reported: frozenset[str] = frozenset()
) -> tuple[Seen, list[Fault]]:
    deadline = time.monotonic() + patience
    while True:
        seen = await _look(stage, mailing, reported)
        found = list(faults(seen))
        if not found or time.monotonic() > deadline:
            return seen, found
        await asyncio.sleep(0.2)


async def _look(stage: Stage, mailing: Mailing, reported: frozenset[str]) -> Seen:
    """Read everything: the sink, the ledger, what the API counts of it, the touches."""
    held = await patiently(lambda: stage.touchline.campaign.GetCampaign(pb.GetCampaignRequest(name=mailing.campaign)))
    lines = await asyncio.to_thread(stage.rows, "campaign", LINES, mailing.activity)
    touches = await asyncio.to_thread(stage.rows, "interaction", TOUCHES, mailing.activity)
    return Seen(
        people=stage.people,
        mails=await asyncio.to_thread(mails_of, stage, mailing),
        lines=[Line(*line) for line in lines],
        touches=[Told(*touch) for touch in touches],
        counts={name: getattr(held.counts, name) for name in ("planned", "handed_over", "delivered", "unknown")},
        reported=reported,
    )


async def _report(stage: Stage, messages: frozenset[str]) -> None:
    """Say of each that it was delivered, as a provider's webhook does."""
    gate = asyncio.Semaphore(REPORTS_AT_ONCE)

    async def report(message: str) -> None:
        outcome = pb.ReportDeliveryRequest.OUTCOME_DELIVERED
        request = pb.ReportDeliveryRequest(message=message, outcome=outcome)
        async with gate:
            await patiently(lambda: stage.touchline.campaign.ReportDelivery(request))

    await asyncio.gather(*(report(message) for message in messages))


def faults(seen: Seen) -> Iterator[Fault]:
    """What is wrong; nothing where all is as it must be."""
    for to, times in Counter(mail.recipient for mail in seen.mails).items():
        if times > 1:
            yield Fault("twice", f"{to} got {times}")
    for contact in seen.people - {line.contact for line in seen.lines}:
        yield Fault("missing", f"{contact} is not in the ledger")
    if len(seen.unknown()) > MOST_UNKNOWN:
        yield Fault("excess", f"{len(seen.unknown())} are unknown, at most {MOST_UNKNOWN} may be")
    yield from _unaccounted(seen)
    yield from _untold(seen)
    yield from _miscounted(seen)
    for line in seen.lines:
        if line.message in seen.reported and line.state != "DELIVERED":
            yield Fault("unsettled", f"{line.mail} was reported and is {line.state}")


def _unaccounted(seen: Seen) -> Iterator[Fault]:
    """Mails that the ledger does not own to, mails that it claims and nobody got, ends that nothing here explains."""
    owned = {line.mail for line in seen.lines if line.state in ENDS}
    claimed = {line.mail for line in seen.lines if line.state in ENDS and line.state != "UNKNOWN"}
    for mail in set(seen.mails) - owned:
        yield Fault("unaccounted", f"{mail} is neither handed over nor unknown")
    for mail in claimed - set(seen.mails):
        yield Fault("unaccounted", f"{mail} was handed over and did not arrive")
    for line in seen.lines:
        if line.state not in ENDS or line.contact not in seen.people:
            yield Fault("unaccounted", f"{line.contact} is {line.state}")


def _untold(seen: Seen) -> Iterator[Fault]:
    """Every end is a touch of its person, exactly once, and there is no other."""
    wanted = Counter(Told(line.message, kind, line.contact) for line in seen.lines for kind in ENDS.get(line.state, ()))
    shown = Counter(touch for touch in seen.touches if touch.type != HELD)
    for touch, times in (wanted - shown).items():
        yield Fault("untold", f"{touch} is missing {times} times")
    for touch, times in (shown - wanted).items():
        yield Fault("untold", f"{touch} is {times} times too many")


def _miscounted(seen: Seen) -> Iterator[Fault]:
    """What the API says in numbers are the lines."""
    states = Counter(line.state for line in seen.lines)
    told = {
        "planned": len(seen.lines),
        "handed_over": states["HANDED_OVER"] + states["DELIVERED"],
        "delivered": states["DELIVERED"],
        "unknown": states["UNKNOWN"],
    }
    for name, number in told.items():
        if seen.counts[name] != number:
            yield Fault("miscounted", f"{name} is counted {seen.counts[name]} and is {number}")
