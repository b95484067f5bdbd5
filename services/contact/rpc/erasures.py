"""Methods about erasing people: asking for it, how far it is, the receipt, what services acknowledge."""

from datetime import UTC, datetime

from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain import erasures as rules
from services.contact.domain.erasures import ErasedStore
from services.contact.domain.errors import ErasureNotFoundError
from services.contact.models import CONTACT, ERASURE
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import erasures
from services.contact.usecases.erasures import Standing

RECEIPT = "/receipt"


class Erasures(Desk):
    """Erases people, and says how far that is."""

    async def RequestErasure(self, request: pb.RequestErasureRequest, context: Context) -> pb.Erasure:
        contact_id, now, viewer = CONTACT.parse_uuid(request.name), self.clock.now(), self.viewer()
        async with self.transaction() as tx:
            erasure = await erasures.request_erasure(
                tx,
                contact_id,
                verification=request.verification,
                etag=request.etag,
                subjects=self.subjects,
                viewer=viewer,
                now=now,
            )
            standing = await erasures.read_standing(tx, erasure.id, viewer=viewer)
            return await self.changed(tx, erasure_message(standing, now))

    async def GetErasure(self, request: pb.GetErasureRequest, context: Context | None) -> pb.Erasure:
        erasure_id = ERASURE.parse_uuid(request.name)
        async with self.database.transaction() as tx:
            standing = await erasures.read_standing(tx, erasure_id, viewer=self.viewer())
        return erasure_message(standing, self.clock.now())

    async def ListErasures(self, request: pb.ListErasuresRequest, context: Context) -> pb.ListErasuresResponse:
        paging = Paging.of(request, "erasures")
        async with self.database.transaction() as tx:
            found, token = await erasures.list_standings(tx, paging, viewer=self.viewer())
        now = self.clock.now()
        return pb.ListErasuresResponse(erasures=[erasure_message(each, now) for each in found], next_page_token=token)

    async def GetErasureReceipt(self, request: pb.GetErasureReceiptRequest, context: Context) -> pb.ErasureReceipt:
        name, is_receipt, _ = request.name.partition(RECEIPT)
        erasure_id = ERASURE.parse_uuid(name)
        if not is_receipt:
            raise ErasureNotFoundError(erasure=name)
        async with self.database.transaction() as tx:
            standing = await erasures.read_standing(tx, erasure_id, viewer=self.viewer())
        text, signature = erasures.make_receipt(standing, self.signer)
        return pb.ErasureReceipt(name=name + RECEIPT, text=text, signature=signature, public_key=self.signer.public_key)

    async def AcknowledgeErasure(self, request: pb.AcknowledgeErasureRequest, context: Context) -> pb.Erasure:
        erasure_id, now = ERASURE.parse_uuid(request.name), self.clock.now()
        rules.check_service(request.service)
        stores = [
            ErasedStore(each.store, each.rows, each.forget_time.ToDatetime(tzinfo=UTC)) for each in request.stores
        ]
        async with self.transaction() as tx:
            await erasures.acknowledge_erasure(tx, erasure_id, request.service, stores, now=now)
            standing = await erasures.read_standing(tx, erasure_id, viewer=self.viewer())
            return await self.changed(tx, erasure_message(standing, now))


def erasure_message(standing: Standing, now: datetime) -> pb.Erasure:
    """An erasure as everybody sees it: nothing of it is personal."""
    erasure = standing.erasure
    return pb.Erasure(
        name=erasure.name,
        contact=CONTACT.format(erasure.contact_id),
        contacts=map(CONTACT.format, erasure.contacts),
        state=f"STATE_{erasure.state}",
        requester=erasure.requester,
        request_time=erasure.request_time,
        deadline_time=erasure.deadline_time,
        erase_time=erasure.erase_time,
        forget_time=erasure.forget_time,
        delete_time=erasure.delete_time,
        acknowledgements=[
            pb.Erasure.Acknowledgement(
                service=one.service,
                stores=[_store(erasures.stored(each)) for each in one.stores],
                acknowledge_time=one.acknowledge_time,
            )
            for one in standing.acknowledgements
        ],
        waiting_services=standing.waiting if erasure.erase_time else [],
        overdue=standing.is_overdue(now),
        etag=erasure.etag,
    )


def _store(one: ErasedStore) -> pb.ErasedStore:
    return pb.ErasedStore(store=one.store, rows=one.rows, forget_time=one.forget_time)
