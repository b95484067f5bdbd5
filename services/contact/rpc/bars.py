"""Methods that bar what is otherwise done with a person, and lift the bar."""

from collections.abc import Awaitable
from uuid import UUID

from chassis.db import Tx
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import CONTACT, Contact
from services.contact.rpc import answers
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import bars, contacts


class Bars(Desk):
    """Restricts and holds contacts."""

    async def RestrictContact(self, request: pb.RestrictContactRequest, context: Context) -> pb.Contact:
        contact_id, told = CONTACT.parse_uuid(request.name), {"reason": request.reason, "etag": request.etag}
        async with self.transaction() as tx:
            change = bars.restrict_contact(tx, contact_id, viewer=self.viewer(), now=self.clock.now(), **told)
            return await self._barred(tx, change)

    async def LiftRestriction(self, request: pb.LiftRestrictionRequest, context: Context) -> pb.Contact:
        contact_id: UUID = CONTACT.parse_uuid(request.name)
        async with self.transaction() as tx:
            change = bars.lift_restriction(
                tx, contact_id, etag=request.etag, viewer=self.viewer(), now=self.clock.now()
            )
            return await self._barred(tx, change)

    async def HoldContact(self, request: pb.HoldContactRequest, context: Context) -> pb.Contact:
        contact_id, told = CONTACT.parse_uuid(request.name), {"reason": request.reason, "etag": request.etag}
        async with self.transaction() as tx:
            change = bars.hold_contact(tx, contact_id, viewer=self.viewer(), now=self.clock.now(), **told)
            return await self._barred(tx, change)

    async def ReleaseContact(self, request: pb.ReleaseContactRequest, context: Context) -> pb.Contact:
        contact_id: UUID = CONTACT.parse_uuid(request.name)
        async with self.transaction() as tx:
            change = bars.release_contact(
                tx,
                contact_id,
                etag=request.etag,
                subjects=self.subjects,
                viewer=self.viewer(),
                now=self.clock.now(),
            )
            return await self._barred(tx, change)

    async def _barred(self, tx: Tx, change: Awaitable[Contact]) -> pb.Contact:
        view = await contacts.show(tx, await change, viewer=self.viewer(), now=self.clock.now())
        return await self.changed(tx, answers.contact_message(view))
