"""Methods about what people bought."""

from chassis.errors import InvalidArgument
from chassis.lists import Paging
from chassis.masking import mask
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.purchases import Bought, check_bought
from services.contact.models import CONTACT, Purchase
from services.contact.rpc import requests
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import purchases

Outcome = pb.ImportPurchasesResponse


class Purchases(Desk):
    """Takes purchases of other systems, and lists them."""

    async def ImportPurchases(self, request: pb.ImportPurchasesRequest, context: Context) -> pb.ImportPurchasesResponse:
        now, read = self.clock.now(), dict[int, Bought]()
        results = [Outcome.Result() for _ in request.items]
        for place, item in enumerate(request.items):
            try:
                bought = requests.bought(item, place, self.subjects)
                check_bought(bought, now)
                read[place] = bought
            except InvalidArgument as refused:
                results[place] = refused_purchase(refused, place)
        async with self.transaction() as tx:
            written = await purchases.import_purchases(
                tx, list(read.values()), request.source, viewer=self.viewer(), now=now
            )
        for place, found in zip(read, written, strict=True):
            if isinstance(found, InvalidArgument):
                results[place] = refused_purchase(found, place)
            else:
                outcome = Outcome.OUTCOME_MADE if found.is_new else Outcome.OUTCOME_STANDING
                results[place] = Outcome.Result(outcome=outcome, purchase=found.purchase.name)
        return Outcome(results=results)

    async def ListPurchases(self, request: pb.ListPurchasesRequest, context: Context) -> pb.ListPurchasesResponse:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "purchases", request.parent)
        async with self.database.transaction() as tx:
            rows, token, sees = await purchases.list_purchases(tx, contact_id, paging, viewer=self.viewer())
        told = [mask(purchase_message(row), sees) for row in rows]
        return pb.ListPurchasesResponse(purchases=told, next_page_token=token)


def purchase_message(row: Purchase) -> pb.Purchase:
    """Something that was bought."""
    return pb.Purchase(
        name=row.name,
        contact=CONTACT.format(row.contact_id),
        product=row.product,
        amount_minor=row.amount_minor,
        currency_code=row.currency,
        purchase_time=row.purchase_time,
        source=row.source,
        source_purchase_id=row.source_purchase_id,
        create_time=row.create_time,
    )


def refused_purchase(refused: InvalidArgument, place: int) -> pb.ImportPurchasesResponse.Result:
    """Why a purchase was not kept."""
    first = refused.violations[0] if refused.violations else None
    return Outcome.Result(
        outcome=Outcome.OUTCOME_REFUSED,
        field=first.field if first else f"items[{place}]",
        description=first.description if first else refused.message,
    )
