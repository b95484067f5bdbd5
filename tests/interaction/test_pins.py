"""Pins: a few touches of a person's that everybody who opens them sees first."""

from uuid import uuid4

import identity
import pytest
from chassis.errors import FailedPrecondition, InvalidArgument, NotFound
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.interaction.test_activities import someone
from tests.interaction.world import World, new_link, touch


async def pinned(stub, contact) -> list[str]:
    return [one.touch.name for one in (await stub.GetPins(pb.GetPinsRequest(name=f"contacts/{contact}/pins"))).pins]


async def test_a_touch_is_pinned_once_for_everybody_until_it_is_taken_off_or_leaves_the_timeline(world: World):
    ada = await someone(world, "ada@kiln.example")
    other = await someone(world, "ben@kiln.example")
    await world.settled()
    names = await world.accept(*(touch(str(n), "email.clicked", ago=60 + n) for n in range(6)))
    (theirs,) = await world.accept(touch("b", "email.clicked", value="ben@kiln.example"))
    jana, parent = await world.caller("rep", subject="users/jana"), f"contacts/{ada}"
    for name in (names[0], names[0], names[1]):
        await jana.PinTouch(pb.PinTouchRequest(parent=parent, touch=name))
    tomas = await world.caller("rep", subject="users/tomas", team="teams/north")
    assert await pinned(tomas, ada) == [names[1], names[0]]
    for name in names[2:5]:
        await jana.PinTouch(pb.PinTouchRequest(parent=parent, touch=name))
    with pytest.raises(FailedPrecondition) as refused:
        await jana.PinTouch(pb.PinTouchRequest(parent=parent, touch=names[5]))
    assert refused.value.reason == "TOO_MANY_PINS"
    for _ in range(2):
        await jana.UnpinTouch(pb.UnpinTouchRequest(parent=parent, touch=names[4]))
    with pytest.raises(NotFound):
        await jana.PinTouch(pb.PinTouchRequest(parent=parent, touch=theirs))
    for wrong in ("touches/x", "contacts/y"):
        with pytest.raises(InvalidArgument):
            await jana.PinTouch(pb.PinTouchRequest(parent=parent, touch=wrong))
    with pytest.raises(NotFound):
        await pinned(jana, uuid4())
    world.link(new_link(identity.Kind.EXCLUSION, contact=ada, touch=names[0]))
    await world.settled()
    assert await pinned(jana, ada) == [names[3], names[2], names[1]]
    assert await pinned(jana, other) == []
