"""Whatever is recorded is on the timelines that it belongs to: nothing missing, nothing more, in order, once."""

import asyncio
import base64
import os
import random
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import pytest
from chassis.errors import NotFound
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import intake_pb2, interaction_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.flows.cast import CRM, EMAIL, KINDS, PHONE, Actor, Cast, Playwright, divide
from tests.flows.export import make_export
from tests.flows.ledger import Entry, Ledger, compare, pages
from tests.flows.people import client, contacts_of, import_export
from tests.flows.streams import records
from tests.flows.system import System

TOUCHES = int(os.environ.get("FLOW_TOUCHES", "20000"))
PEOPLE = 140
PAIRS = 8
BATCH = 500
INTAKE = "touchline.interaction.intake.v1"


@dataclass
class Stage:
    """The callers of the flow."""

    system: System
    contact: contact_pb2_grpc.ContactServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub


@pytest.mark.timeout(600)
async def test_every_touch_is_on_the_timelines_it_belongs_to_and_nowhere_else(system: System):
    async with system.channel("contact") as contacts, system.channel("interaction") as interactions:
        stage = Stage(
            system,
            contact_pb2_grpc.ContactServiceStub(contacts),
            interaction_pb2_grpc.InteractionServiceStub(interactions),
        )
        cast = await _cast(stage)
        ledger = Ledger()
        before = system.end_offsets(INTAKE)
        await _perform(stage, cast, ledger)
        assert sum(system.end_offsets(INTAKE).values()) > sum(before.values()), "the intake stream grew"
        await _until_written(stage, ledger.entries, len(ledger.conflicts))
        await _compare_all(stage, cast, ledger)
        assert await _unlinked(stage) == ledger.unlinked()
        assert await _conflicts(stage) == ledger.conflicts
        read, conflicting = await asyncio.to_thread(_intake_by_type, system)
        assert _rows_by_type(system) == read == ledger.by_type()
        assert conflicting == ledger.conflicts


async def _cast(stage: Stage) -> Cast:
    """People from a CRM export, and the sources that tell of them."""
    export = make_export(7, PEOPLE)
    async with client(stage.system) as touchline:
        imported = await import_export(stage.system, touchline, export, "people")
        assert set(imported.refused) == set(export.dirty)
        people = await contacts_of(touchline, export)
    actors = [
        Actor(contact, {EMAIL: row.email, PHONE: row.phone, CRM: row.record_id}) for contact, row in people.items()
    ]
    for source, kind in KINDS.items():
        wanted = pb.Source(name=f"sources/{source}", client="flow", identifier_kind=kind)
        await stage.interaction.RegisterSource(pb.RegisterSourceRequest(source=wanted))
    return divide(actors, PAIRS)


async def _perform(stage: Stage, cast: Cast, ledger: Ledger) -> None:
    """Record touches before, while and after people are merged, un-merged, share and hand over."""
    answer = await stage.interaction.ListTouchTypes(pb.ListTouchTypesRequest(page_size=1000))
    types = [kind.name.removeprefix("touchTypes/") for kind in answer.touch_types if kind.is_builtin]
    assert len(types) > 60
    writer = Playwright(cast, types, seed=11)
    acts = [list(writer.touches(TOUCHES // 3)) for _ in range(3)]
    await _record_all(stage, acts[0], ledger)
    await asyncio.gather(_record_all(stage, acts[1], ledger), _befall(stage, cast, writer, ledger))
    await _record_all(stage, acts[2], ledger)
    rng = random.Random(5)
    again = rng.sample([entry for act in acts for entry in act], TOUCHES // 10)
    await _record_all(stage, again, ledger)
    assert ledger.repeated == len(again)
    await _contradict(stage, rng.sample(again, 20), ledger)


async def _befall(stage: Stage, cast: Cast, writer: Playwright, ledger: Ledger) -> None:
    for survivor, duplicate in [*cast.merged, *cast.unmerged]:
        request = contact_pb2.MergeContactsRequest(name=survivor.contact, duplicate=duplicate.contact, evidence="flow")
        merged = await stage.contact.MergeContacts(request)
        await _until_known(stage, survivor.contact, merged.position)
    await _name_the_survivors(stage, cast, writer, ledger)
    for _, duplicate in cast.unmerged:
        request = contact_pb2.UnmergeContactRequest(name=duplicate.contact)
        undone = await stage.contact.UnmergeContact(request)
        await _until_known(stage, duplicate.contact, undone.position)
    for holder, other in cast.sharing:
        request = contact_pb2.ShareIdentifierRequest(parent=other.contact, identifier=_identifier(holder, EMAIL))
        request.from_time.FromSeconds(1_000_000_000)
        shared = await stage.contact.ShareIdentifier(request)
        await _until_known(stage, other.contact, shared.position)
    changed = Timestamp()
    changed.FromDatetime(cast.change_time)
    for before, after in cast.handing_over:
        phone = _identifier(before, PHONE)
        end = contact_pb2.EndIdentifierRequest(parent=before.contact, identifier=phone, end_time=changed)
        ended = await stage.contact.EndIdentifier(end)
        await _until_known(stage, before.contact, ended.position)
        add = contact_pb2.AddIdentifierRequest(parent=after.contact, identifier=phone, from_time=changed)
        added = await stage.contact.AddIdentifier(add)
        await _until_known(stage, after.contact, added.position)


async def _name_the_survivors(stage: Stage, cast: Cast, writer: Playwright, ledger: Ledger) -> None:
    """While two are one, a source names the survivor for what happens under the other's address: it goes back."""
    entries = []
    for survivor, duplicate in [(kept.contact, other) for kept, other in cast.unmerged for _ in range(5)]:
        touch = writer.touch(duplicate, EMAIL)
        touch.contact = survivor
        entries.append(Entry(touch, frozenset({duplicate.contact})))
    await _record_all(stage, entries, ledger)
    await _until_written(stage, [entry.name for entry in entries])


async def _until_known(stage: Stage, contact: str, position: str) -> None:
    """Return when interaction has applied this change; another contact's may lie in another partition."""
    await stage.interaction.GetTimeline(pb.GetTimelineRequest(parent=contact, min_position=position))


def _identifier(actor: Actor, source: str) -> contact_pb2.Identifier:
    return contact_pb2.Identifier(kind=KINDS[source], value=actor.identifiers[source])


async def _record_all(stage: Stage, entries: list[Entry], ledger: Ledger) -> None:
    for first in range(0, len(entries), BATCH):
        part = entries[first : first + BATCH]
        request = pb.RecordTouchesRequest(touches=[entry.touch for entry in part])
        answer = await stage.interaction.RecordTouches(request)
        for entry, result in zip(part, answer.results, strict=True):
            assert result.status.code == 0, result.status
            ledger.acknowledged(entry, result.name)


async def _contradict(stage: Stage, entries: list[Entry], ledger: Ledger) -> None:
    """The same events with other content: accepted, and refused when written."""
    for entry in entries:
        other = pb.Touch()
        other.CopyFrom(entry.touch)
        other.names.message = "something else"
        answer = await stage.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[other]))
        assert answer.results[0].status.code == 0
        ledger.conflicts.add(answer.results[0].name)


async def _until_written(stage: Stage, names: Collection[str], conflicts: int = 0) -> None:
    """Return when all of these can be read and so many conflicts are listed."""
    waiting = sorted(names)
    deadline = asyncio.get_running_loop().time() + 120
    while waiting or len(await _conflicts(stage)) < conflicts:
        assert asyncio.get_running_loop().time() < deadline, f"{len(waiting)} accepted touches were not written"
        try:
            await stage.interaction.BatchGetTouches(pb.BatchGetTouchesRequest(names=waiting[:1000]))
            del waiting[:1000]
        except NotFound:
            await asyncio.sleep(0.1)


async def _compare_all(stage: Stage, cast: Cast, ledger: Ledger) -> None:
    faults: list[str] = []
    for number, contact in enumerate(cast.timelines()):
        size = (7, 50, 1000)[number % 3]
        threads = [thread async for thread in pages(stage.interaction, contact, size)]
        faults += compare(contact, threads, ledger.of(contact))
    assert not faults, f"{len(faults)} faults, the first: {faults[:10]}"


async def _unlinked(stage: Stage) -> set[str]:
    request, names = pb.ListUnlinkedTouchesRequest(page_size=300), []
    while True:
        answer = await stage.interaction.ListUnlinkedTouches(request)
        names += [touch.name for touch in answer.touches if touch.source.removeprefix("sources/") in KINDS]
        if not answer.next_page_token:
            assert len(names) == len(set(names)), "none is listed twice"
            return set(names)
        request.page_token = answer.next_page_token


async def _conflicts(stage: Stage) -> set[str]:
    answer = await stage.interaction.ListTouchConflicts(pb.ListTouchConflictsRequest(page_size=1000))
    told = [conflict for conflict in answer.touch_conflicts if conflict.source.removeprefix("sources/") in KINDS]
    return {conflict.touch for conflict in told}


def _rows_by_type(system: System) -> Counter[str]:
    with system.sql("interaction") as connection:
        rows = connection.execute(
            "SELECT type, count(*) FROM touch WHERE source LIKE 'flow-%' GROUP BY type"
        ).fetchall()
    return Counter(dict(rows))


def _intake_by_type(system: System) -> tuple[Counter[str], set[str]]:
    """What a consumer of our own reads from intake: distinct touches by type, and those with two contents."""
    first: dict[bytes, intake_pb2.IntakeTouch] = {}
    conflicting: set[str] = set()
    for _, value in records(system, INTAKE):
        for touch in intake_pb2.TouchBatch.FromString(value).touches:
            if touch.source in KINDS:
                key = touch.subject + touch.touch_id
                if first.setdefault(key, touch).content_hash != touch.content_hash:
                    conflicting.add(_name(key))
    return Counter(touch.type for touch in first.values()), conflicting


def _name(key: bytes) -> str:
    return "touches/" + base64.urlsafe_b64encode(key).decode().rstrip("=")
