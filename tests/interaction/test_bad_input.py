"""What callers and streams should not bring: too much, too large, unknown, cancelled. Nobody else is harmed by it."""

import asyncio
import random
from uuid import uuid4

import pytest
from chassis.errors import InvalidArgument, ResourceExhausted
from chassis.rpc.status import from_status
from chassis.streams import dead_letters
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction.domain.touch import MAX_TOUCH_BYTES
from services.interaction.gateways import INTAKE
from tests.chassis.ground import until
from tests.interaction.world import World, intake_records, names, touch

DEAD = dead_letters(INTAKE)
ADA = "ada@kiln.example"


def ada(world: World) -> str:
    """A contact who holds the address that touches are about."""
    contact = uuid4()
    world.contact(contact)
    world.holds(contact, world.subjects.of("email", ADA))
    return f"contacts/{contact}"


async def shown(world: World, parent: str) -> list[str]:
    return [name for thread in names(await world.timeline(parent)) for name in thread]


async def test_a_batch_of_ten_thousand_is_refused_whole_and_the_next_call_is_taken(world: World):
    parent = ada(world)
    with pytest.raises(InvalidArgument) as refused:
        await world.record(*(touch(str(number)) for number in range(10_000)))
    assert refused.value.metadata["limit"] == "1000"
    assert await world.accept(touch("1")) == await shown(world, parent)


async def test_a_touch_of_exactly_32_kilobytes_is_kept_whole_and_one_more_byte_is_too_large(world: World):
    parent = ada(world)
    largest = touch("large", attributes={"text": "x" * 30_000})
    more = MAX_TOUCH_BYTES - largest.ByteSize()
    largest = touch("large", attributes={"text": "x" * (30_000 + more)})
    over = touch("other", attributes={"text": "x" * (30_001 + more)})
    assert [largest.ByteSize(), over.ByteSize()] == [MAX_TOUCH_BYTES, MAX_TOUCH_BYTES + 1]
    (result,) = await world.record(over)
    assert from_status(result.status).reason == "TOUCH_TOO_LARGE"
    assert await world.accept(largest) == await shown(world, parent)
    (thread,) = await world.timeline(parent)
    assert thread.touches[0].attributes["text"] == "x" * (30_000 + more)


async def straight_into_intake(world: World, **changes: object) -> None:
    """A record that no door would write, on the partition of the touches before it."""
    record = intake_records(world.broker)[0]
    said = IntakeTouch.FromString(TouchBatch.FromString(record.value).touches[0].SerializeToString())
    said.touch_id = uuid4().bytes
    for name, value in changes.items():
        setattr(said, name, value)
    value = TouchBatch(subjects=said.subject, touches=[said]).SerializeToString()
    world.broker.append(INTAKE, record.partition, None, value, [])
    await world.settled()


async def test_a_touch_that_no_envelope_holds_is_put_aside_alone(world: World):
    parent = ada(world)
    kept = await world.accept(touch("1"))
    await straight_into_intake(world, payload=pb.Touch(source_event_id="x" * 900_000).SerializeToString())
    kept += await world.accept(touch("2", ago=1))
    assert sorted(await shown(world, parent)) == sorted(kept)
    assert len([one for place, log in world.broker.records.items() if place.stream == DEAD for one in log]) == 1


async def test_a_page_shows_a_touch_whose_type_nobody_knows(world: World):
    parent = ada(world)
    kept = await world.accept(touch("1"))
    unknown = pb.Touch(type="email.unheard_of", source="sources/mail", source_event_id="2")
    unknown.occurred_time.GetCurrentTime()
    await straight_into_intake(world, type="email.unheard_of", payload=unknown.SerializeToString())
    found = [one for thread in await world.timeline(parent) for one in thread.touches]
    assert len(found) == 2
    assert {one.type for one in found if one.name not in kept} == {"email.unheard_of"}


async def test_a_caller_who_cancels_one_call_in_twenty_harms_nobody(world: World):
    parent, rng = ada(world), random.Random(7)

    async def call(number: int) -> str:
        running = asyncio.create_task(world.record(touch(str(number), ago=number)))
        if number % 20 == 0:
            await asyncio.sleep(rng.uniform(0, 0.02))
            running.cancel()
        (result,) = (await asyncio.gather(running, return_exceptions=True))[0:1]
        return "" if isinstance(result, BaseException) else result[0].name

    told = [await asyncio.gather(*(call(number) for number in range(at, at + 40))) for at in range(0, 400, 40)]
    acknowledged = {name for part in told for name in part if name}
    assert len(acknowledged) >= 380
    await world.settled()
    found = await shown(world, parent)
    assert len(found) == len(set(found))
    assert acknowledged <= set(found)
    assert world.intake.waiting() == 0


async def test_callers_beyond_capacity_are_told_when_to_come_again_and_everybody_else_is_served(world: World):
    """The buffer holds a few calls of the greedy; who is refused comes again, and loses and doubles nothing."""
    parent = ada(world)
    (small,) = await world.accept(touch("small"))
    world.intake._bound = 100_000
    refusals = []

    async def greedy(caller: int) -> list[str]:
        batch = [touch(f"{caller}/{number}", ago=number, attributes={"t": "x" * 200}) for number in range(100)]
        while True:
            try:
                return [result.name for result in await world.record(*batch)]
            except ResourceExhausted as refused:
                refusals.append(refused.retry_after.total_seconds())
                assert await shown(world, parent)
                await asyncio.sleep(0.05)

    world.broker.is_frozen = True
    running = [asyncio.create_task(greedy(caller)) for caller in range(20)]
    await until(lambda: len(refusals) >= 20)
    world.broker.recover()
    told = await asyncio.gather(*running)
    await world.settled()
    assert min(refusals) > 0
    found = await shown(world, parent)
    assert sorted(found) == sorted([small, *(name for part in told for name in part)])
