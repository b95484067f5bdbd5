"""Opt-outs of an old system: which of its columns say what, and its rows on their way into the contact service.

They go in first, before any contact: whatever is imported later, an address that is kept here is not written to until
somebody lifts that by hand.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.tables import Table

ROWS_AT_ONCE = 1000
CALL_TIMEOUT = 60.0
REPORT_COLUMNS = ("row", "reason")
Item = pb.ImportSuppressionsRequest.Item
BOUNCE, COMPLAINT = pb.Suppression.REASON_BOUNCE, pb.Suppression.REASON_COMPLAINT
UNSUBSCRIBED, MANUAL = pb.Suppression.REASON_UNSUBSCRIBED, pb.Suppression.REASON_MANUAL
# What the systems call them, in lower case without spaces and signs.
REASONS = {
    "1": UNSUBSCRIBED, "2": BOUNCE, "3": MANUAL,  # Mautic's do-not-contact
    "unsubscribed": UNSUBSCRIBED, "unsubscribe": UNSUBSCRIBED, "optout": UNSUBSCRIBED, "optedout": UNSUBSCRIBED,
    "bounce": BOUNCE, "bounced": BOUNCE, "bounces": BOUNCE, "hardbounce": BOUNCE,
    "complaint": COMPLAINT, "complaints": COMPLAINT, "spam": COMPLAINT, "spamcomplaint": COMPLAINT,
    "spamreport": COMPLAINT, "spamreports": COMPLAINT,
    "manual": MANUAL, "manualsuppression": MANUAL, "blocked": MANUAL, "blocklisted": MANUAL,
}  # fmt: skip
CHANNELS = {
    "": pb.CHANNEL_UNSPECIFIED, "all": pb.CHANNEL_UNSPECIFIED, "email": pb.CHANNEL_EMAIL, "mail": pb.CHANNEL_EMAIL,
    "sms": pb.CHANNEL_SMS, "text": pb.CHANNEL_SMS, "phone": pb.CHANNEL_PHONE, "call": pb.CHANNEL_PHONE,
}  # fmt: skip
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%a, %d %b %Y %H:%M:%S %Z", "%d.%m.%Y", "%m/%d/%Y")


@dataclass(frozen=True)
class Form:
    """What one system's export looks like: its columns by what they say, each under the names that it has had."""

    address: tuple[str, ...]
    reason: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    usual: int = 0  # the channel of rows that name none


FORMS = {
    "mautic": Form(("email", "contactemail", "mobile"), ("reason",), ("dateadded",), ("channel",), pb.CHANNEL_EMAIL),
    "sendgrid": Form(("email",), (), ("created", "createdat"), (), pb.CHANNEL_EMAIL),
    "mailgun": Form(("address", "recipient"), (), ("createdat",), (), pb.CHANNEL_EMAIL),
    "postmark": Form(("emailaddress",), ("suppressionreason",), ("createdat",), (), pb.CHANNEL_EMAIL),
    "ses": Form(("emailaddress",), ("reason",), ("lastupdatetime",), (), pb.CHANNEL_EMAIL),
    "csv": Form(("email", "emailaddress", "address", "phone"), ("reason",), ("date", "time", "created"), ("channel",)),
}


class UnreadableOptOutsError(Exception):
    """The table is not what the system exports, or does not say why."""


@dataclass
class OptOutRun:
    """One table of an old system on its way into the contact service. `reason` is of rows that name none."""

    touchline: Touchline
    table: Table
    system: str
    reason: str = ""
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
        form, named = FORMS[self.system], {plain(title): place for place, title in enumerate(titles)}
        found = {
            what: next((named[name] for name in getattr(form, what) if name in named), -1)
            for what in ("address", "reason", "time", "channel")
        }
        if found["address"] < 0:
            raise UnreadableOptOutsError(f"no column holds an address: one of {', '.join(form.address)} is needed")
        if found["reason"] < 0 and plain(self.reason) not in REASONS:
            known = "unsubscribed, bounce, complaint, manual"
            raise UnreadableOptOutsError(f"no column says why: give the reason of all rows, one of {known}")
        return found

    def _item(self, number: int, record: list[str], columns: Mapping[str, int]) -> Item | None:
        said = {what: record[place].strip() if 0 <= place < len(record) else "" for what, place in columns.items()}
        reason = REASONS.get(plain(said["reason"])) or REASONS.get(plain(self.reason))
        channel = CHANNELS.get(plain(said["channel"])) if said["channel"] else FORMS[self.system].usual
        when = moment(said["time"])
        trouble = {
            "the row has no address": not said["address"],
            "the address is longer than 320 characters": len(said["address"]) > 320,
            f"{said['reason'][:40]!r} is no reason that we know": reason is None,
            f"{said['channel'][:40]!r} is no channel that we know": channel is None,
            "the date cannot be read": bool(said["time"]) and when is None,
        }
        for words, is_so in trouble.items():
            if is_so:
                self.refused[number] = words
                return None
        item = Item(address=said["address"], channel=channel, reason=reason)
        if when is not None:
            item.said_time.FromDatetime(when)
        return item

    async def _send(self, batch: list[tuple[int, Item]]) -> None:
        request = pb.ImportSuppressionsRequest(items=[item for _, item in batch], source=self.system)
        answer = await self.touchline.contact.ImportSuppressions(request, timeout=CALL_TIMEOUT)
        for (number, _), result in zip(batch, answer.results, strict=True):
            if result.outcome == pb.ImportSuppressionsResponse.OUTCOME_MADE:
                self.made += 1
            elif result.outcome == pb.ImportSuppressionsResponse.OUTCOME_STANDING:
                self.standing += 1
            else:
                self.refused[number] = result.description

    def _report(self) -> None:
        """Write the refused rows into a table of their own, in one move."""
        unfinished = self.report_file.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REPORT_COLUMNS)
            writer.writerows(sorted(self.refused.items()))
        unfinished.replace(self.report_file)


def plain(text: str) -> str:
    """A title or word without case, spaces and signs."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def moment(text: str) -> datetime | None:
    """A date as the systems write them: Unix seconds, ISO 8601 or one of the usual forms; UTC where none is said."""
    if text.isascii() and text.isdecimal() and 9 <= len(text) <= 10:
        return datetime.fromtimestamp(int(text), UTC)
    for read in _readers():
        try:
            found = read(text)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _readers() -> Iterator[Callable[[str], datetime]]:
    yield datetime.fromisoformat
    for form in MOMENTS:
        yield lambda text, form=form: datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put on by moment()
