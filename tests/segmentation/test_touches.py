"""Touches as they are recorded: whose they are does not depend on what else comes with them."""

from uuid import UUID

import identity
import pytest
from chassis.bus import Invalid, Record
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.segmentation.events import RECORDED, TouchesHandler
from tests.segmentation.world import START, World, hear, us

TABLES = {
    "touch": "SELECT subject_id, touch_id, person_id, contact_id, type, occurred_time, corrects, is_corrected "
    "FROM touch",
    "change": "SELECT DISTINCT contact_id, concern, touch, resource FROM change",
    "vocabulary": "SELECT kind, name, type FROM vocabulary",
}


def envelope(*touches):
    return Record(RECORDED, 0, 0, None, TouchBatch(touches=touches).SerializeToString())


async def written(conn, records):
    """What the tables hold when these records have come, one batch after the other; then they are empty again."""
    for batch in records:
        await hear(conn, batch)
    found = {table: sorted(await (await conn.execute(query)).fetchall(), key=str) for table, query in TABLES.items()}
    async with conn.transaction():
        await conn.execute("TRUNCATE touch, change, vocabulary")
    return found


def excluding(world, touch, contact):
    """Somebody takes a touch off a page."""
    name = identity.touch_name(touch.subject, touch.touch_id)
    return world.link("EXCLUSION", None, contact, touch=name)


@pytest.mark.parametrize("seed", range(6))
async def test_a_batch_writes_what_its_touches_would_write_one_by_one(segmentation, seed):
    world = World(seed)
    told = world.beginning() + [world.some_end() for _ in range(6)] + [world.some_merge() for _ in range(4)]
    touches = [world.touch() for _ in range(60)]
    holders = {subject: contact for contact, subjects in world.subjects.items() for subject in subjects}
    held = [touch for touch in touches if UUID(bytes=touch.subject) in holders]
    told += [excluding(world, touch, holders[UUID(bytes=touch.subject)]) for touch in held[:5]]
    async with segmentation.database.connection() as conn:
        await written(conn, [told])
        at_once = await written(conn, [[envelope(*touches[:20]), envelope(*touches[20:])]])
        singly = await written(conn, [[envelope(touch)] for touch in touches])
    assert at_once == singly
    owners = {row[2] for row in at_once["touch"]}
    assert UUID(int=0) in owners
    assert len(owners) > 3


async def test_only_touches_of_somebody_give_the_evaluation_work(segmentation):
    world, handler = World(7), TouchesHandler()
    touches = [world.touch() for _ in range(60)]
    holders = {subject for subjects in world.subjects.values() for subject in subjects}
    hers = next(touch for touch in touches if UUID(bytes=touch.subject) in holders)
    nobodys = next(touch for touch in touches if not touch.contact and UUID(bytes=touch.subject) not in holders)
    async with segmentation.database.connection() as conn:
        await written(conn, [world.beginning()])
        async with conn.transaction():
            assert not handler.changes(await handler.prepare(conn, [envelope(nobodys)]))
            assert handler.changes(await handler.prepare(conn, [envelope(nobodys, hers)]))


BROKEN = {
    "no ids": {"touch_id": b"", "subject": b""},
    "a short subject": {"subject": bytes(15)},
    "a long contact": {"contact": bytes(17)},
    "half a correction": {"correction_of": bytes(16)},
    "no moment": {"occurred_us": 2**62},
}


@pytest.mark.parametrize("fields", BROKEN.values(), ids=BROKEN.keys())
async def test_a_touch_that_holds_what_none_can_is_refused(segmentation, fields):
    whole = {"touch_id": bytes(16), "subject": bytes(16), "type": "email.clicked", "occurred_us": us(START)}
    async with segmentation.database.connection() as conn:
        with pytest.raises(Invalid):
            await TouchesHandler().prepare(conn, [envelope(IntakeTouch(**(whole | fields)))])
