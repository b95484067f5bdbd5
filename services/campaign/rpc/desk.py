"""What every method of campaign's door shares: whom it can ask, how resources look outside, who may see addresses."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.calls import caller
from chassis.clock import Clock
from chassis.config import Settings
from chassis.db import Database, Tx
from chassis.errors import Violation
from chassis.masking import mask
from chassis.resources import apply_mask
from chassis.rpc import Servicer
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from sqlalchemy import ColumnElement
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.errors import (
    BrakeTimeInvalidError,
    PersonNotFoundError,
    ScheduleInvalidError,
    SendNotFoundError,
)
from services.campaign.domain.sends import Counts, Send, counted
from services.campaign.gateways.consent import Consents
from services.campaign.gateways.letters import Letters
from services.campaign.gateways.segments import Segments
from services.campaign.models import CONTACT, Activity, Brake, Campaign, Programme, Sender
from services.campaign.models.sends import SendLine
from services.campaign.store import people as people_store
from services.campaign.store import sends

SEEING_ALL = frozenset(("service", "admin"))
COUNTING_ALL = SEEING_ALL | {"marketer", "approver"}  # whoever plans mailings: a mailing goes to everybody


@dataclass(frozen=True)
class Outside:
    """Whom the door can ask: segmentation, contact, the mail server."""

    settings: Settings
    segments: Segments
    consents: Consents
    letters: Letters


class Desk(Servicer):
    """The servicer that campaign's methods share."""

    def __init__(self, database: Database, outside: Outside, clock: Clock | None = None) -> None:
        super().__init__(database, clock)
        self.outside = outside

    def may_know(self, owner: str, team: str) -> bool:
        """Whether somebody with this owner and team is there for the caller at all."""
        return not self.outside.settings.hides_teams or sees(owner, team)

    def known(self, contact: Any) -> ColumnElement[bool] | None:
        """The condition that the contact of a column is there for the caller; None where everybody is."""
        if self.outside.settings.hides_teams and not caller().roles & SEEING_ALL:
            return people_store.is_owned(contact, *_mine())
        return None

    def counts_all(self) -> bool:
        """Whether the caller's counts count everybody; where teams are hidden, others count whom they know."""
        return not self.outside.settings.hides_teams or bool(caller().roles & COUNTING_ALL)

    async def counts(self, tx: Tx, activities: Sequence[UUID]) -> dict[UUID, Counts]:
        """The ledgers of activities as the caller counts."""
        known = None if self.counts_all() else self.known(SendLine.contact_id)
        return await sends.counts(tx, activities, now=self.clock.now(), known=known)

    def activity_told(self, activity: Activity, counts: Counts) -> pb.Activity:
        """An activity with its ledger; how far planning is says how many people there are."""
        message = activity_message(activity, counts)
        if message.HasField("planning") and not self.counts_all():
            message.planning.ClearField("members_read")
            message.planning.ClearField("people_planned")
        return message

    async def check_known(self, tx: Tx, contact: UUID) -> None:
        """Where teams are hidden from each other, another's person is not there, as one whom nobody knows."""
        reader = await people_store.reader(tx, contact)
        if not self.may_know(reader.owner, reader.team):
            raise PersonNotFoundError(contact=CONTACT.format(contact))

    async def check_send_known(self, tx: Tx, send: Send) -> None:
        """So is her mail."""
        reader = (await people_store.readers(tx, [send.contact])).get(send.contact)
        if not (self.may_know(reader.owner, reader.team) if reader else self.may_know("", "")):
            raise SendNotFoundError


def sees(owner: str, team: str) -> bool:
    """Whether the caller sees the addresses of somebody with this owner and team."""
    user, mine = _mine()
    return bool(caller().roles & SEEING_ALL) or owner == user or (bool(mine) and team == mine)


def _mine() -> tuple[str, str]:
    """The caller and their team as contacts name them."""
    found = caller()
    team = found.team.removeprefix("teams/")
    return f"users/{found.subject.removeprefix('users/')}", f"teams/{team}" if team else ""


def masked_address(address: str) -> str:
    """An address as whoever may not see it reads it."""
    return mask(pb.Send(address=address), can_see=False).address or "•••"


def programme_message(programme: Programme) -> pb.Programme:
    return pb.Programme(**programme.facts())


def campaign_message(campaign: Campaign, counts: Mapping[UUID, Counts] | None = None) -> pb.Campaign:
    """A campaign; with the ledger of all its activities added up where it was read."""
    message = pb.Campaign(**campaign.facts())
    if counts is not None and campaign.launch_time is not None:
        message.counts.CopyFrom(counts_message(added(counts.values())))
    return message


def activity_message(activity: Activity, counts: Counts | None = None) -> pb.Activity:
    """An activity; with its ledger where it was read and there is one."""
    message = pb.Activity(**activity.facts())
    if counts is not None and message.HasField("planning"):
        message.counts.CopyFrom(counts_message(counts))
    return message


def sender_message(sender: Sender) -> pb.Sender:
    return pb.Sender(**sender.facts())


def brake_message(brake: Brake, now: datetime) -> pb.Brake:
    return pb.Brake(**brake.facts(now))


def counts_message(counts: Counts) -> pb.SendCounts:
    """The ledger in figures; lines sorted by state and reason."""
    fields = ("planned", "handed_over", "delivered", "bounced", "failed", "suppressed", "held", "cancelled")
    message = pb.SendCounts(
        **{name: getattr(counts, name) for name in (*fields, "unknown", "in_flight", "rate_per_second")},
        lines=[
            pb.SendCounts.Line(state=f"STATE_{state}", reason=reason, count=number)
            for (state, reason), number in sorted(counts.reasons.items())
        ],
    )
    if counts.remaining is not None:
        message.eta.FromTimedelta(counts.remaining)
    return message


def added(found: Iterable[Counts]) -> Counts:
    """The ledgers of several activities as one."""
    every, reasons = list(found), Counter[tuple[str, str]]()
    for counts in every:
        reasons.update(counts.reasons)
    return counted(reasons, rate=sum(counts.rate_per_second for counts in every))


def masked(current: Any, patch: Message, fields: FieldMask) -> Any:
    """The resource as the update wants it."""
    apply_mask(current, patch, fields)
    return current


def scheduled_of(request: Any) -> datetime | None:
    """When a launch is to begin; None for now."""
    if not request.HasField("scheduled_time"):
        return None
    try:
        moment: datetime = request.scheduled_time.ToDatetime(tzinfo=UTC)
    except ValueError:
        rule = Violation("scheduled_time", "must be a valid timestamp", "SCHEDULE_INVALID")
        raise ScheduleInvalidError(violations=[rule]) from None
    return moment


def expiry_of(brake: pb.Brake) -> datetime:
    """When a brake ends by itself."""
    try:
        moment: datetime = brake.expire_time.ToDatetime(tzinfo=UTC)
    except ValueError:
        rule = Violation("brake.expire_time", "must be a valid timestamp", "BRAKE_TIME_INVALID")
        raise BrakeTimeInvalidError(violations=[rule]) from None
    return moment
