"""Who read which touches with their personal fields: one chain, one entry a call."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import NotFound
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from services.interaction.store import audit
from tests.interaction.world import World, touch


async def audited(world: World) -> list[Any]:
    """The audit log, its chain checked."""
    async with world.database.connection() as conn:
        rows = await (await conn.execute("SELECT * FROM audit_entry ORDER BY number")).fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [bytes(row[6]) for row in rows] == [audit.FIRST, *(bytes(row[7]) for row in rows[:-1])][: len(rows)]
    assert [bytes(row[7]) for row in rows] == [audit.chain_hash(row) for row in rows]
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
            [ids.touch_name(row[5][at : at + 16], row[5][at + 16 : at + 32]) for at in range(0, len(row[5]), 32)],
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


async def test_calls_at_once_make_one_chain(world: World):
    names = await world.accept(touch("1"))
    calls = (world.stub.BatchGetTouches(pb.BatchGetTouchesRequest(names=names)) for _ in range(20))
    await asyncio.gather(*calls)
    assert len(await audited(world)) == 20
