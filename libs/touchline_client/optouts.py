"""Opt-outs of an old system: which of its columns say what, and its rows on their way into the contact service.

They go in first, before any contact: whatever is imported later, an address that is kept here is not written to until
somebody lifts that by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.rowruns import CALL_TIMEOUT, RowRun, first, moment, places, plain

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
class OptOutRun(RowRun[Item]):
    """One table of an old system. `reason` is of rows that name none."""

    response = pb.ImportSuppressionsResponse
    system: str
    reason: str = ""

    def columns(self, titles: list[str]) -> dict[str, int]:
        form = FORMS[self.system]
        found = places(titles, {what: getattr(form, what) for what in ("address", "reason", "time", "channel")})
        if found["address"] < 0:
            raise UnreadableOptOutsError(f"no column holds an address: one of {', '.join(form.address)} is needed")
        if found["reason"] < 0 and plain(self.reason) not in REASONS:
            known = "unsubscribed, bounce, complaint, manual"
            raise UnreadableOptOutsError(f"no column says why: give the reason of all rows, one of {known}")
        return found

    def item(self, said: Mapping[str, str]) -> Item | str:
        reason = REASONS.get(plain(said["reason"])) or REASONS.get(plain(self.reason))
        channel = CHANNELS.get(plain(said["channel"])) if said["channel"] else FORMS[self.system].usual
        when = moment(said["time"])
        trouble = first({
            "the row has no address": not said["address"],
            "the address is longer than 320 characters": len(said["address"]) > 320,
            f"{said['reason'][:40]!r} is no reason that we know": reason is None,
            f"{said['channel'][:40]!r} is no channel that we know": channel is None,
            "the date cannot be read": bool(said["time"]) and when is None,
        })  # fmt: skip
        if trouble:
            return trouble
        item = Item(address=said["address"], channel=channel, reason=reason)
        if when is not None:
            item.said_time.FromDatetime(when)
        return item

    async def call(self, items: Sequence[Item]) -> Sequence[Any]:
        request = pb.ImportSuppressionsRequest(items=items, source=self.system)
        results: Sequence[Any] = (
            await self.touchline.contact.ImportSuppressions(request, timeout=CALL_TIMEOUT)
        ).results
        return results
