"""Pins by gRPC."""

from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Tx
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from services.interaction.domain.errors import bad_argument
from services.interaction.rpc import messages
from services.interaction.rpc.timeline import Timelines, View
from services.interaction.usecases import list_pins, pin_touch, unpin_touch

SUFFIX = "/pins"


class PinDesk:
    """Answers what is asked about pins."""

    def __init__(self, timelines: Timelines, clock: Clock) -> None:
        self._timelines, self._clock = timelines, clock

    async def get(self, tx: Tx, name: str) -> pb.Pins:
        """What is pinned for a contact."""
        if not name.endswith(SUFFIX):
            raise bad_argument("name", "is a name of the form contacts/{contact}/pins")
        return await self._message(tx, await self._view(tx, name.removesuffix(SUFFIX)))

    async def pin(self, tx: Tx, request: pb.PinTouchRequest) -> pb.Pins:
        """Pin a touch."""
        key, view = ids.parse_touch_name(request.touch, "touch"), await self._view(tx, request.parent)
        await pin_touch(tx, view.person, key, request.touch, user=caller().subject, now=self._clock.now())
        return await self._message(tx, view)

    async def unpin(self, tx: Tx, request: pb.UnpinTouchRequest) -> pb.Pins:
        """Take a pin off."""
        key, view = ids.parse_touch_name(request.touch, "touch"), await self._view(tx, request.parent)
        await unpin_touch(tx, view.person, key)
        return await self._message(tx, view)

    async def _view(self, tx: Tx, contact: str) -> View:
        if not contact.startswith("contacts/"):
            raise bad_argument("parent", "is a name of the form contacts/{contact}")
        return await self._timelines.view(tx, contact)

    async def _message(self, tx: Tx, view: View) -> pb.Pins:
        message = pb.Pins(name=f"{view.parent}{SUFFIX}")
        for pin in await list_pins(tx, view.person):
            if pin.found.type not in view.hidden:
                told = message.pins.add(touch=view.show(pin.found), user=pin.user)
                told.create_time.CopyFrom(messages.stamp(pin.create_time))
        return message
