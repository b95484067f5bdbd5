"""What people bought, as a shop's table says it: which column says what, and its rows on their way into contact."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from chassis.money import minor_digits
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.optouts import moment, plain
from touchline_client.tables import Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROWS_AT_ONCE = 1000
CALL_TIMEOUT = 60.0
REPORT_COLUMNS = ("row", "reason")
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
class PurchaseRun:
    """One table on its way into contact. `currency` is of rows that name none, `crm` the system of a column of ids."""

    touchline: Touchline
    table: Table
    source: str
    currency: str = ""
    crm: str = ""
    on_progress: Callable[[int], None] = lambda _rows: None
    made: int = 0
    standing: int = 0
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def report_file(self) -> Path:
        return self.table.path.with_name(self.table.path.name + ".report.csv")

    async def run(self) -> None:
        """Send every row; one that cannot be read is in the report, the others are kept."""
        records = self.table.records()
        columns = self._columns(next(records, []))
        batch: list[tuple[int, Item]] = []
        for number, record in enumerate(records, 1):
            item = self._item(number, record, columns)
            batch += [(number, item)] if item is not None else []
            if len(batch) == ROWS_AT_ONCE:
                await self._send(batch)
                batch = []
            self.on_progress(number)
        if batch:
            await self._send(batch)
        self._report()

    def _columns(self, titles: list[str]) -> dict[str, int]:
        """The place of each column by what it says."""
        named = {plain(title): place for place, title in enumerate(titles)}
        found = {what: next((named[name] for name in names if name in named), -1) for what, names in COLUMNS.items()}
        missing = [what for what in NEEDED if found[what] < 0]
        if max(found["email"], found["phone"], found["crm"] if self.crm else -1) < 0:
            missing.insert(0, "email or phone")
        if found["currency"] < 0 and not self.currency:
            missing.append("currency")
        if missing:
            raise UnreadablePurchasesError(f"no column says {', '.join(missing)}")
        return found

    def _item(self, number: int, record: list[str], columns: Mapping[str, int]) -> Item | None:
        said = {what: record[place].strip() if 0 <= place < len(record) else "" for what, place in columns.items()}
        currency = (said["currency"] or self.currency).upper()
        amount, when = minor(said["amount"], currency), moment(said["time"])
        kind, value = self._buyer(said)
        for words, is_so in {
            "the row says nobody": not value,
            "the amount is no number such as 1999.50 with the digits that its currency has": amount is None,
            "the time cannot be read": when is None,
        }.items():
            if is_so:
                self.refused[number] = words
                return None
        item = Item(identifier_kind=kind, identifier_value=value, product=said["product"], amount_minor=amount)
        item.currency_code, item.source_purchase_id = currency, said["number"]
        item.purchase_time.FromDatetime(when or EPOCH)
        return item

    def _buyer(self, said: Mapping[str, str]) -> tuple[str, str]:
        """By what a row knows a person: the CRM's id before the address before the number."""
        external = said["crm"] if self.crm else ""
        ways = ((f"crm:{self.crm}", external), ("email", said["email"]), ("phone", said["phone"]))
        return next(((kind, value) for kind, value in ways if value), ("", ""))

    async def _send(self, batch: list[tuple[int, Item]]) -> None:
        request = pb.ImportPurchasesRequest(items=[item for _, item in batch], source=self.source)
        answer = await self.touchline.contact.ImportPurchases(request, timeout=CALL_TIMEOUT)
        for (number, _), result in zip(batch, answer.results, strict=True):
            if result.outcome == pb.ImportPurchasesResponse.OUTCOME_MADE:
                self.made += 1
            elif result.outcome == pb.ImportPurchasesResponse.OUTCOME_STANDING:
                self.standing += 1
            else:
                self.refused[number] = f"{result.field.partition('.')[2]} {result.description}"

    def _report(self) -> None:
        """Write the refused rows into a table of their own, in one move."""
        unfinished = self.report_file.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REPORT_COLUMNS)
            writer.writerows(sorted(self.refused.items()))
        unfinished.replace(self.report_file)


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
