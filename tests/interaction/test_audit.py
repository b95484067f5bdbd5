"""Who read which touches with their personal fields: one chain, one entry a call."""

import asyncio
from datetime import UTC
from typing import Any
from uuid import uuid4

import identity
import pytest
from chassis.anchoring import Anchoring
from chassis.audit import Anchor, Reading, verify_anchors, verify_readings
from chassis.errors import InvalidArgument, NotFound, PermissionDenied
from chassis.outbox import OutboxEvent
from chassis.signing import Signer
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import InteractionEvent

from services.interaction import events
from tests.interaction.world import World, touch


async def audited(world: World) -> list[Any]:
    """The audit log, whole up to the head that is told outside."""
    signer, told = Signer(world.settings.identity_key()), []

    def encode(anchor: Anchor) -> OutboxEvent:
        told.append(events.anchored(anchor))
        return told[0]

    await Anchoring(world.database, "interaction", signer, encode).anchor()
    async with world.database.connection() as conn:
        rows = await (await conn.execute("SELECT * FROM audit_entry ORDER BY number")).fetchall()
    assert told[0].stream == events.AUDIT
    said = InteractionEvent.FromString(told[0].data).audit_anchored
    anchor = Anchor(said.number, said.digest, said.anchor_time.ToDatetime(tzinfo=UTC), said.signature)
    assert anchor.signature
    assert verify_anchors("interaction", [anchor], signer.public_key) is None
    assert verify_readings([Reading(*row) for row in rows], [anchor.head]) is None
    assert anchor.number == len(rows)
    return rows


async def test_who_reads_touches_unmasked_is_written_down(world: World):
    ada = uuid4()
    world.contact(ada, owner="users/jana", team="teams/north")
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    hers = await world.accept(touch("1"), touch("2"))
    (nobodys,) = await world.accept(touch("3", value="stray@kiln.example"))
    mine = await world.caller("rep", subject="users/jana")
    other = await world.caller("rep", subject="users/ola", team="teams/south")
    for stub in (other, mine):
        await stub.BatchGetTouches(pb.BatchGetTouchesRequest(names=[*hers, nobodys]))
    await world.stub.BatchGetTouches(pb.BatchGetTouchesRequest(names=[nobodys]))
    await mine.GetTouch(pb.GetTouchRequest(name=hers[1]))
    with pytest.raises(NotFound):
        await mine.GetTouch(pb.GetTouchRequest(name=hers[1][:-4] + "AAAA"))
    async for _ in world.stub.ReadTouches(pb.ReadTouchesRequest(batch_size=1)):
        pass
    rows = await audited(world)
    told = [
        (
            row[2],
            row[3],
            [identity.touch_name(row[5][at : at + 16], row[5][at + 16 : at + 32]) for at in range(0, len(row[5]), 32)],
        )
        for row in rows
    ]
    service = rows[1][2]
    assert told == [
        ("users/jana", "touches.read", hers),
        (service, "touches.read", [nobodys]),
        ("users/jana", "touches.read", [hers[1]]),
        (service, "touches.export", []),
    ]
    assert service not in {"", "users/jana"}


async def test_evidence_is_read_for_an_export_alone_and_written_down(world: World):
    said, bare = touch("1"), touch("2")
    said.evidence.ip, said.evidence.user_agent, said.evidence.body = "192.0.2.7", "Probe/1", b"{}"
    names = await world.accept(said, bare)
    await world.settled()
    request = pb.BatchGetTouchEvidenceRequest(names=[*names, names[0]])
    (found,) = (await world.stub.BatchGetTouchEvidence(request)).touch_evidence
    assert (found.touch, found.evidence) == (names[0], said.evidence)
    assert found.accepted_time.seconds > 0
    for role in ("rep", "marketer", "approver", "analyst"):
        stub = await world.caller(role, subject="users/jana")
        with pytest.raises(PermissionDenied):
            await stub.BatchGetTouchEvidence(request)
    for wrong in ([], names * 501):
        with pytest.raises(InvalidArgument):
            await world.stub.BatchGetTouchEvidence(pb.BatchGetTouchEvidenceRequest(names=wrong))
    (row,) = await audited(world)
    assert (row[3], identity.touch_name(row[5][:16], row[5][16:])) == ("evidence.export", names[0])


async def test_calls_at_once_make_one_chain(world: World):
    names = await world.accept(touch("1"))
    calls = (world.stub.BatchGetTouches(pb.BatchGetTouchesRequest(names=names)) for _ in range(20))
    await asyncio.gather(*calls)
    assert len(await audited(world)) == 20
