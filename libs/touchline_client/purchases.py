"""What people bought, as a shop's table says it: which column says what, and its rows on their way into contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chassis.money import minor_digits
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.rowruns import CALL_TIMEOUT, RowRun, first, moment, places

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Item = pb.ImportPurchasesRequest.Item
# Each column under the titles that shops give it, in lower case without spaces and signs.
COLUMNS = {
    "email": ("email", "emailaddress", "customeremail", "billingemail"),
    "phone": ("phone", "phonenumber", "mobile"),
    "crm": ("crmid", "contactid", "recordid", "externalid"),
    "product": ("product", "productname", "item", "lineitemname", "name"),
    "amount": ("amount", "total", "price", "lineitemprice"),
    "currency": ("currency", "currencycode"),
    "time": ("time", "date", "purchasetime", "purchasedat", "createdat", "orderdate", "paidat"),
    "number": ("number", "id", "orderid", "ordernumber", "sourcepurchaseid"),
}
NEEDED = ("product", "amount", "time", "number")


class UnreadablePurchasesError(Exception):
    """The table lacks a column that is needed."""


@dataclass
class PurchaseRun(RowRun[Item]):
    """One table of a shop. `currency` is of rows that name none, `crm` the system of a column of ids."""

    response = pb.ImportPurchasesResponse
    source: str
    currency: str = ""
    crm: str = ""

    def columns(self, titles: list[str]) -> dict[str, int]:
        found = places(titles, COLUMNS)
        missing = [what for what in NEEDED if found[what] < 0]
        if max(found["email"], found["phone"], found["crm"] if self.crm else -1) < 0:
            missing.insert(0, "email or phone")
        if found["currency"] < 0 and not self.currency:
            missing.append("currency")
        if missing:
            raise UnreadablePurchasesError(f"no column says {', '.join(missing)}")
        return found

    def item(self, said: Mapping[str, str]) -> Item | str:
        currency = (said["currency"] or self.currency).upper()
        amount, when = minor(said["amount"], currency), moment(said["time"])
        kind, value = self._buyer(said)
        trouble = first({
            "the row says nobody": not value,
            "the amount is no number such as 1999.50 with the digits that its currency has": amount is None,
            "the time cannot be read": when is None,
        })  # fmt: skip
        if trouble:
            return trouble
        item = Item(identifier_kind=kind, identifier_value=value, product=said["product"], amount_minor=amount)
        item.currency_code, item.source_purchase_id = currency, said["number"]
        item.purchase_time.FromDatetime(when or EPOCH)
        return item

    async def call(self, items: Sequence[Item]) -> Sequence[Any]:
        request = pb.ImportPurchasesRequest(items=items, source=self.source)
        results: Sequence[Any] = (await self.touchline.contact.ImportPurchases(request, timeout=CALL_TIMEOUT)).results
        return results

    def why(self, result: Any) -> str:
        return f"{result.field.partition('.')[2]} {result.description}"

    def _buyer(self, said: Mapping[str, str]) -> tuple[str, str]:
        """By what a row knows a person: the CRM's id before the address before the number."""
        external = said["crm"] if self.crm else ""
        ways = ((f"crm:{self.crm}", external), ("email", said["email"]), ("phone", said["phone"]))
        return next(((kind, value) for kind, value in ways if value), ("", ""))


def minor(text: str, currency: str) -> int | None:
    """An amount such as `1999.50` in the currency's smallest unit; None for no number, or one with more digits."""
    digits = minor_digits(currency)
    try:
        found = Decimal(text).scaleb(digits)
    except InvalidOperation:
        return None
    if not found.is_finite() or found != found.to_integral_value() or abs(found) >= 1 << 63:
        return None
    return int(found)
