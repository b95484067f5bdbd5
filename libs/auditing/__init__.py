"""The audit of consents over a period: grants on no ground, grants that ran out, mails that went out without one.

Contact knows the grants and campaign the mails; whoever has both, the command line or the console, asks here.
"""

import csv
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, TextIO

from chassis.enums import constant
from chassis.moments import rfc3339
from chassis.spreadsheets import as_text
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2 as pb

Finding = pb.ListConsentFindingsRequest.Finding
Answer = pb.CheckConsentResponse
COLUMNS = ("finding", "time", "address", "purpose", "channel", "topic", "source", "why", "name")
FINDINGS = ("WITHOUT_BASIS", "EXPIRED", "SENT_WITHOUT")
PAGE = 500
SENT = ("HANDED_OVER", "DELIVERED", "BOUNCED")


class Services(Protocol):
    """The two services that are asked, as stubs of their gRPC services."""

    contact: Any
    campaign: Any


class Row(NamedTuple):
    """One finding, as a line of the table."""

    finding: str
    time: str
    address: str
    purpose: str
    channel: str
    topic: str
    source: str
    why: str
    name: str


async def audit(touchline: Services, begin: datetime, end: datetime) -> AsyncIterator[Row]:
    """Every finding of a period, its end not in it; one kind after the other."""
    for finding in FINDINGS:
        async for row in found(touchline, finding, begin, end):
            yield row


def found(touchline: Services, finding: str, begin: datetime, end: datetime) -> AsyncIterator[Row]:
    """The findings of one kind, oldest grant first; mails as campaign lists them."""
    if finding == "SENT_WITHOUT":
        return _sent_without(touchline, begin, end)
    return _grants(touchline, Finding.Value(f"FINDING_{finding}"), begin, end)


def write(rows: Iterable[Row], file: TextIO) -> None:
    """The findings as a table that no spreadsheet executes."""
    table = csv.writer(file)
    table.writerow(COLUMNS)
    table.writerows([as_text(cell) for cell in row] for row in rows)


async def _grants(touchline: Services, kind: Any, begin: datetime, end: datetime) -> AsyncIterator[Row]:
    request = pb.ListConsentFindingsRequest(finding=kind, page_size=PAGE)
    request.from_time.FromDatetime(begin)
    request.to_time.FromDatetime(end)
    finding = Finding.Name(kind).removeprefix("FINDING_")
    while True:
        page = await touchline.contact.ListConsentFindings(request)
        for event in page.consent_events:
            moment = event.effective_to_time if kind == Finding.FINDING_EXPIRED else event.capture_time
            yield Row(
                finding, _text(moment), event.address.value, _word(pb.Purpose, event.purpose, "PURPOSE_"),
                _word(pb.Channel, event.channel, "CHANNEL_") if event.channel else "", event.topic,
                event.source, "", event.name,
            )  # fmt: skip
        request.page_token = page.next_page_token
        if not request.page_token:
            return


async def _sent_without(touchline: Services, begin: datetime, end: datetime) -> AsyncIterator[Row]:
    """Mails of the period that the mail server took although the address did not allow them at that moment."""
    topics: dict[str, str] = {}
    states = " OR ".join(f"state = {state}" for state in SENT)
    within = f'change_time >= "{rfc3339(begin)}" AND ({states})'
    request = campaign_pb2.ListSendsRequest(parent="campaigns/-/activities/-", filter=within, page_size=PAGE)
    while True:
        page = await touchline.campaign.ListSends(request)
        sends = [one for one in page.sends if begin <= one.hand_over_time.ToDatetime(tzinfo=UTC) < end]
        for activity in {_activity(one) for one in sends} - topics.keys():
            found = await touchline.campaign.GetActivity(campaign_pb2.GetActivityRequest(name=activity))
            topics[activity] = found.subscription_topic
        async for row in _denied(touchline, sends, topics):
            yield row
        request.page_token = page.next_page_token
        if not request.page_token:
            return


async def _denied(touchline: Services, sends: list[Any], topics: dict[str, str]) -> AsyncIterator[Row]:
    if not sends:
        return
    request = pb.CheckConsentRequest()
    for send in sends:
        query = request.queries.add(contact=send.contact, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL)
        query.topic = topics[_activity(send)]
        query.at_time.CopyFrom(send.hand_over_time)
    answers = (await touchline.contact.CheckConsent(request)).answers
    for send, answer in zip(sends, answers, strict=True):
        if answer.reason not in {Answer.REASON_GRANTED, Answer.REASON_STALE}:
            why = _word(Answer.Reason, answer.reason, "REASON_")
            yield Row(
                "SENT_WITHOUT", _text(send.hand_over_time), send.address, "MARKETING", "EMAIL",
                topics[_activity(send)], "", why, send.name,
            )  # fmt: skip


def _word(enum: Any, number: int, prefix: str) -> str:
    """The name of a number of an enum, its digits where only a newer service knows it."""
    return constant(enum.DESCRIPTOR, number).removeprefix(prefix) or str(number)


def _activity(send: Any) -> str:
    return str(send.name).rpartition("/sends/")[0]


def _text(stamp: Any) -> str:
    return rfc3339(stamp.ToDatetime(tzinfo=UTC))
