"""Methods about the ledger: read it, explain it, and settle what others know."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.errors import invalid
from chassis.filters import Column, Kind, compile_filter
from chassis.lists import Paging
from chassis.masking import mask
from sqlalchemy import ColumnElement, and_, false
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.explaining import Step
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import Reason, Send, SendState
from services.campaign.models import ACTIVITY, CAMPAIGN, CONTACT, SEND
from services.campaign.models.sends import SendLine
from services.campaign.rpc.desk import Desk, sees
from services.campaign.store import people as people_store
from services.campaign.store import senders as sender_store
from services.campaign.store import sends as store
from services.campaign.usecases import sends as usecases

ANY = "-"
NO_HOLD = (None, None)
Outcome = pb.ReportDeliveryRequest.Outcome
OUTCOMES = {
    pb.ReportDeliveryRequest.OUTCOME_DELIVERED: (SendState.DELIVERED, ""),
    pb.ReportDeliveryRequest.OUTCOME_BOUNCED_HARD: (SendState.BOUNCED, Reason.HARD.value),
    pb.ReportDeliveryRequest.OUTCOME_BOUNCED_SOFT: (SendState.BOUNCED, Reason.SOFT.value),
}


def _of_contact(operator: str, value: Any) -> ColumnElement[bool]:
    try:
        contact = UUID(str(value).removeprefix("contacts/"))
    except ValueError:
        return false()
    held: Any = SendLine.contact_id
    same = people_store.same_person(contact)
    return held.in_(same) if operator == "=" else held.not_in(same)  # type: ignore[no-any-return]


COLUMNS = {
    "state": Column(Kind.ENUM, SendLine.state, values={state.value: state.value for state in SendState}),
    "reason": Column(Kind.TEXT, SendLine.reason),
    "contact": Column(Kind.TEXT, build=_of_contact, operators=("=", "!=")),
    "change_time": Column(Kind.TIME, SendLine.update_time),
}


class Sends(Desk):
    """Reads, explains and settles lines of the ledger."""

    async def GetSend(self, request: pb.GetSendRequest, context: Any = None) -> pb.Send:
        activity, contact, occurrence = send_of(request.name)
        async with self.transaction() as tx:
            send = await store.get(tx, activity, contact, occurrence)
            await self.check_send_known(tx, send)
            return (await self._messages(tx, [send]))[0]

    async def ListSends(self, request: pb.ListSendsRequest, context: Any = None) -> pb.ListSendsResponse:
        activity, campaign = parent_of(request.parent)
        asked, known = compile_filter(request.filter, COLUMNS), self.known(SendLine.contact_id)
        where = asked if known is None else known if asked is None else and_(asked, known)
        paging = Paging.of(request, "sends", request.parent, request.filter)
        async with self.transaction() as tx:
            found, token = await store.page(tx, activity, campaign, where, paging)
            messages = await self._messages(tx, found)
        return pb.ListSendsResponse(sends=messages, next_page_token=token)

    async def ExplainSend(self, request: pb.ExplainSendRequest, context: Any = None) -> pb.ExplainSendResponse:
        campaign = CAMPAIGN.parse_uuid(request.campaign, "campaign")
        contact = CONTACT.parse_uuid(request.contact, "contact")
        async with self.transaction() as tx:
            await self.check_known(tx, contact)
            found = await usecases.explain_send(tx, campaign, contact, now=self.clock.now())
            messages = iter(await self._messages(tx, [send for _, send, _ in found if send]))
        return pb.ExplainSendResponse(
            explanations=[
                pb.ExplainSendResponse.Explanation(
                    activity=activity.name,
                    send=next(messages) if send else None,
                    steps=map(step_message, steps),
                )
                for activity, send, steps in found
            ]
        )

    async def ReportDelivery(self, request: pb.ReportDeliveryRequest, context: Any = None) -> pb.Send:
        now = self.clock.now()
        state, reason = OUTCOMES[request.outcome]
        told = {"text": request.reply_text.replace("\0", ""), "time": report_time(request, now), "now": now}
        async with self.transaction() as tx:
            send = await usecases.report_delivery(tx, UUID(request.message), state, reason, **told)
            return tx.answer((await self._messages(tx, [send]))[0])

    async def SettleSend(self, request: pb.SettleSendRequest, context: Any = None) -> pb.Send:
        activity, contact, occurrence = send_of(request.name)
        is_handed_over = request.decision == pb.SettleSendRequest.DECISION_HANDED_OVER
        async with self.transaction() as tx:
            await self.check_send_known(tx, await store.get(tx, activity, contact, occurrence))
            send = await usecases.settle_send(
                tx, activity, contact, occurrence, is_handed_over=is_handed_over, now=self.clock.now()
            )
            return tx.answer((await self._messages(tx, [send]))[0])

    async def _messages(self, tx: Tx, found: Sequence[Send]) -> list[pb.Send]:
        """Lines as the caller may see them, with when the brakes that hold them end."""
        readers = await people_store.readers(tx, [send.contact for send in found])
        held = [send.contact for send in found if send.reason == Reason.BRAKE]
        holds = await sender_store.holds(tx, held, now=self.clock.now())
        return [send_message(send, readers.get(send.contact), holds.get(send.contact, NO_HOLD)[1]) for send in found]


def send_of(name: str) -> tuple[UUID, UUID, int]:
    """Activity, contact and occurrence of a send's name: its id is the contact's, with `.n` from the second time on."""
    told = SEND.match(name)
    contact, _, occurrence = told["send"].partition(".")
    try:
        return UUID(told["activity"]), UUID(contact), int(occurrence or 1)
    except ValueError:
        raise invalid("name", f"is not a name of the form {SEND.pattern}", "RESOURCE_NAME_INVALID") from None


def parent_of(name: str) -> tuple[UUID | None, UUID | None]:
    """The activity and the campaign whose ledger is asked for; None for any."""
    told = ACTIVITY.match(name, "parent")
    try:
        found = [None if told[part] == ANY else UUID(told[part]) for part in ("activity", "campaign")]
    except ValueError:
        raise invalid("parent", f"is not a name of the form {ACTIVITY.pattern}", "RESOURCE_NAME_INVALID") from None
    return found[0], found[1]


def report_time(request: pb.ReportDeliveryRequest, now: datetime) -> datetime:
    """When it happened, not later than now."""
    if not request.HasField("report_time"):
        return now
    try:
        moment: datetime = request.report_time.ToDatetime(tzinfo=UTC)
    except ValueError:
        raise invalid("report_time", "must be a valid timestamp", "TIMESTAMP_INVALID") from None
    return min(moment, now)


def send_message(send: Send, reader: Reader | None, held_until: datetime | None) -> pb.Send:
    """A line as its reader may see it: the address only of her own people."""
    suffix = f".{send.occurrence}" if send.occurrence > 1 else ""
    message = pb.Send(
        name=SEND.format(send.campaign, send.activity, f"{send.contact}{suffix}"),
        contact=CONTACT.format(send.contact),
        display_name=reader.display_name if reader else "",
        address=send.address,
        occurrence=send.occurrence,
        state=f"STATE_{send.state}",
        reason=send.reason,
        message=str(send.message) if send.message and send.state not in (SendState.PLANNED, SendState.HELD) else "",
        activity_version=send.version,
        attempts=send.attempts,
        hold_until_time=held_until,
        plan_time=send.create_time,
        change_time=send.update_time,
        hand_over_time=send.handed_over_time,
        reply_code=send.reply_code,
        reply_text=send.reply_text,
    )
    return mask(message, can_see=sees(reader.owner, reader.team) if reader else sees("", ""))


def step_message(step: Step) -> Any:
    return pb.ExplainSendResponse.Step(
        kind=f"KIND_{step.kind}",
        passed=step.passed,
        reason=step.reason,
        description=step.description,
        decide_time=step.time,
        resource=step.resource,
    )
