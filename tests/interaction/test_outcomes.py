"""What touches say became of an activity's mails, and whether that is all that was accepted."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import InvalidArgument
from chassis.ids import uuid7
from chassis.rpc import build_server, channel
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import (
    InteractionServiceStub,
    add_InteractionServiceServicer_to_server,
)

from services.interaction.gateways import INTAKE
from services.interaction.rpc import API, InteractionServicer, Streams
from tests.interaction.world import NOW, World, touch
from tests.patience import PATIENT

MAIL = f"campaigns/{uuid4()}/activities/{uuid4()}"


class Ends:
    """Where the broker of the tests says that intake ends; `more` records are still to come."""

    def __init__(self, world: World) -> None:
        self._world, self.more = world, 0

    async def read(self) -> Mapping[int, int]:
        logs = self._world.broker.records.items()
        return {at.number: len(log) + self.more for at, log in logs if at.stream == INTAKE}


@contextlib.asynccontextmanager
async def asking(world: World, ends: Ends | None) -> AsyncIterator[Any]:
    """A stub of a service, at a door that knows these ends."""
    streams = Streams(world.intake, world.hub, world.subjects, world.consents, ends=ends)
    added = [(add_InteractionServiceServicer_to_server, InteractionServicer(world.database, streams), API)]
    server = build_server(world.settings, added, port=0)
    await server.start()
    opened = channel(f"{world.settings.host}:{server.port}", token=world.token("service"), timeout=PATIENT)
    try:
        async with opened as inner:
            yield InteractionServiceStub(inner)
    finally:
        await server.stop(0)


def asked(world: World, *addresses: str, parent: str = MAIL) -> pb.BatchGetMailOutcomesRequest:
    subjects = [world.subjects.subject("email", address) for address in addresses]
    return pb.BatchGetMailOutcomesRequest(parent=parent, subjects=subjects)


async def test_an_address_has_what_became_of_its_mail_as_it_happened(world: World) -> None:
    ada, ben, message = "ada@kiln.example", "ben@kiln.example", str(uuid7(NOW))
    said = {"activity": MAIL, "campaign": MAIL.partition("/activities/")[0]}
    await world.accept(
        touch("1", "email.delivered", ago=60, message=message, **said),
        touch("2", "email.handed_over", ago=90, message=message, **said),
        touch("3", "email.opened", ago=30, message=message, **said),
        touch(
            "4", "email.handed_over", ago=90, message=str(uuid7(NOW)), activity=f"{MAIL[:-1]}{int(MAIL[-1], 16) ^ 1:x}"
        ),
        touch("5", "email.suppressed", value=ben, ago=90, contact=f"contacts/{uuid4()}", **said),
    )
    async with asking(world, Ends(world)) as stub:
        answer = await stub.BatchGetMailOutcomes(asked(world, ada, ben, "cleo@kiln.example"))
    assert answer.complete
    told = {(one.type, one.message, bool(one.contact)) for one in answer.outcomes}
    assert told == {
        ("email.handed_over", message, False),
        ("email.delivered", message, False),
        ("email.suppressed", "", True),
    }
    hers = [one.type for one in answer.outcomes if one.message]
    assert hers == ["email.handed_over", "email.delivered"]


async def test_an_answer_is_complete_only_when_everything_accepted_is_written(world: World) -> None:
    await world.accept(touch("1"))
    ends = Ends(world)
    async with asking(world, ends) as stub:
        assert (await stub.BatchGetMailOutcomes(asked(world, "ada@kiln.example"))).complete
        ends.more = 1
        assert not (await stub.BatchGetMailOutcomes(asked(world, "ada@kiln.example"))).complete
    async with asking(world, None) as stub:
        assert not (await stub.BatchGetMailOutcomes(asked(world, "ada@kiln.example"))).complete


async def test_a_wrong_question_names_its_field(world: World) -> None:
    async with asking(world, None) as stub:
        for wrong in (
            pb.BatchGetMailOutcomesRequest(parent=MAIL, subjects=[b"short"]),
            pb.BatchGetMailOutcomesRequest(parent=MAIL, subjects=[bytes(16)] * 501),
            asked(world, "ada@kiln.example", parent="activities/x"),
        ):
            with pytest.raises(InvalidArgument):
                await stub.BatchGetMailOutcomes(wrong)
