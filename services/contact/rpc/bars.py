"""Methods that bar what is otherwise done with a person, and lift the bar."""

from typing import Any, Protocol

from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import CONTACT
from services.contact.rpc import answers
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import bars, contacts


class Told(Protocol):
    """What each of the four requests says."""

    name: str
    reason: str
    etag: str


class Bars(Desk):
    """Restricts and holds contacts."""

    async def RestrictContact(self, request: pb.RestrictContactRequest, context: Context) -> pb.Contact:
        return await self._bar(bars.lay, bars.RESTRICTION, request)

    async def LiftRestriction(self, request: pb.LiftRestrictionRequest, context: Context) -> pb.Contact:
        return await self._bar(bars.lift, bars.RESTRICTION, request, subjects=self.subjects)

    async def HoldContact(self, request: pb.HoldContactRequest, context: Context) -> pb.Contact:
        return await self._bar(bars.lay, bars.HOLD, request)

    async def ReleaseContact(self, request: pb.ReleaseContactRequest, context: Context) -> pb.Contact:
        return await self._bar(bars.lift, bars.HOLD, request, subjects=self.subjects)

    async def _bar(self, change: Any, bar: bars.Bar, request: Told, **more: Any) -> pb.Contact:
        who, now = self.viewer(), self.clock.now()
        contact_id = CONTACT.parse_uuid(request.name)
        async with self.transaction() as tx:
            contact = await change(
                tx, bar, contact_id, reason=request.reason, etag=request.etag, viewer=who, now=now, **more
            )
            view = await contacts.show(tx, contact, viewer=who, now=now)
            return await self.changed(tx, answers.contact_message(view))
