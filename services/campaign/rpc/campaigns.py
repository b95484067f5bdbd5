"""Methods about programmes and campaigns as plans."""

from datetime import UTC, date, datetime
from typing import Any

from chassis.calls import caller
from chassis.errors import Violation
from chassis.filters import Column, Kind, compile_filter
from chassis.lists import Paging
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.type.date_pb2 import Date
from sqlalchemy import ColumnElement
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.campaigns import State
from services.campaign.domain.errors import CampaignTimesInvalidError, ProgrammeDatesInvalidError
from services.campaign.models import CAMPAIGN, PROGRAMME, Campaign, Programme
from services.campaign.rpc.desk import Desk, campaign_message, masked, programme_message
from services.campaign.usecases import campaigns as usecases
from services.campaign.usecases.changes import Values


def under_programme(operator: str, name: str) -> ColumnElement[bool]:
    """A filter's `programme = "programmes/…"`."""
    held: Any = Campaign.programme_id
    programme_id = PROGRAMME.parse_uuid(name, "filter")
    return held == programme_id if operator == "=" else held.is_distinct_from(programme_id)


PROGRAMME_COLUMNS = {
    "display_name": Column(Kind.TEXT, Programme.display_name),
    "create_time": Column(Kind.TIME, Programme.create_time),
    "update_time": Column(Kind.TIME, Programme.update_time),
}
CAMPAIGN_COLUMNS = {
    "display_name": Column(Kind.TEXT, Campaign.display_name),
    "programme": Column(Kind.TEXT, build=under_programme, operators=("=", "!=")),
    "state": Column(Kind.ENUM, Campaign.state, values={state.value: state.value for state in State}),
    "brand": Column(Kind.TEXT, Campaign.brand),
    "owner": Column(Kind.TEXT, Campaign.owner),
    "create_time": Column(Kind.TIME, Campaign.create_time),
    "update_time": Column(Kind.TIME, Campaign.update_time),
}


class Campaigns(Desk):
    """Reads and writes programmes and campaigns."""

    async def GetProgramme(self, request: pb.GetProgrammeRequest, context: Any = None) -> pb.Programme:
        programme_id = PROGRAMME.parse_uuid(request.name)
        async with self.transaction() as tx:
            return programme_message(await usecases.get_programme(tx, programme_id))

    async def ListProgrammes(self, request: pb.ListProgrammesRequest, context: Any = None) -> pb.ListProgrammesResponse:
        where = compile_filter(request.filter, PROGRAMME_COLUMNS)
        paging = Paging.of(request, "programmes", request.filter)
        async with self.transaction() as tx:
            rows, token = await usecases.list_programmes(tx, where, paging)
        return pb.ListProgrammesResponse(programmes=map(programme_message, rows), next_page_token=token)

    async def CreateProgramme(self, request: pb.CreateProgrammeRequest, context: Any = None) -> pb.Programme:
        values = programme_values(request.programme)
        async with self.transaction() as tx:
            programme = await usecases.create_programme(tx, values, now=self.clock.now())
            return tx.answer(programme_message(programme))

    async def UpdateProgramme(self, request: pb.UpdateProgrammeRequest, context: Any = None) -> pb.Programme:
        programme_id = PROGRAMME.parse_uuid(request.programme.name, "programme.name")

        def change(programme: Programme) -> Values:
            return programme_values(masked(programme_message(programme), request.programme, request.update_mask))

        async with self.transaction() as tx:
            programme = await usecases.update_programme(
                tx, programme_id, change, etag=request.programme.etag, now=self.clock.now()
            )
            return tx.answer(programme_message(programme))

    async def DeleteProgramme(self, request: pb.DeleteProgrammeRequest, context: Any = None) -> Empty:
        programme_id = PROGRAMME.parse_uuid(request.name)
        async with self.transaction() as tx:
            await usecases.delete_programme(tx, programme_id, etag=request.etag, now=self.clock.now())
        return Empty()

    async def ListCampaigns(self, request: pb.ListCampaignsRequest, context: Any = None) -> pb.ListCampaignsResponse:
        where = compile_filter(request.filter, CAMPAIGN_COLUMNS)
        paging = Paging.of(request, "campaigns", request.filter)
        async with self.transaction() as tx:
            rows, token = await usecases.list_campaigns(tx, where, paging)
        return pb.ListCampaignsResponse(campaigns=map(campaign_message, rows), next_page_token=token)

    async def CreateCampaign(self, request: pb.CreateCampaignRequest, context: Any = None) -> pb.Campaign:
        values = campaign_values(request.campaign)
        async with self.transaction() as tx:
            campaign = await usecases.create_campaign(tx, values, creator=caller().subject, now=self.clock.now())
            return tx.answer(campaign_message(campaign))

    async def UpdateCampaign(self, request: pb.UpdateCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id = CAMPAIGN.parse_uuid(request.campaign.name, "campaign.name")

        def change(campaign: Campaign) -> Values:
            return campaign_values(masked(campaign_message(campaign), request.campaign, request.update_mask))

        async with self.transaction() as tx:
            campaign = await usecases.update_campaign(
                tx, campaign_id, change, etag=request.campaign.etag, now=self.clock.now()
            )
            return tx.answer(campaign_message(campaign))

    async def DeleteCampaign(self, request: pb.DeleteCampaignRequest, context: Any = None) -> Empty:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        async with self.transaction() as tx:
            await usecases.delete_campaign(tx, campaign_id, etag=request.etag, now=self.clock.now())
        return Empty()


def programme_values(programme: pb.Programme) -> Values:
    """What a caller may say of a programme."""
    return {
        "display_name": programme.display_name,
        "description": programme.description,
        "start_date": day(programme.start_date, "programme.start_date"),
        "end_date": day(programme.end_date, "programme.end_date"),
    }


def campaign_values(campaign: pb.Campaign) -> Values:
    """What a caller may say of a campaign."""
    under = campaign.programme
    return {
        "display_name": campaign.display_name,
        "description": campaign.description,
        "brand": campaign.brand,
        "owner": campaign.owner,
        "programme_id": PROGRAMME.parse_uuid(under, "campaign.programme") if under else None,
        "planned_start_time": moment(campaign, "planned_start_time"),
        "planned_end_time": moment(campaign, "planned_end_time"),
        "goal": goal(campaign),
    }


def goal(campaign: pb.Campaign) -> dict[str, Any]:
    """A goal as it is kept: the fields of its proto that are set."""
    if not campaign.HasField("goal"):
        return {}
    day(campaign.goal.due_date, "campaign.goal.due_date")
    told: dict[str, Any] = MessageToDict(campaign.goal, preserving_proto_field_name=True)
    return told | ({"target": campaign.goal.target} if campaign.goal.target else {})


def day(value: Date, field: str) -> date | None:
    """A whole date; one without year, month or day is refused."""
    if value == Date():
        return None
    try:
        return date(value.year, value.month, value.day)
    except ValueError:
        rule = Violation(field, "must be a day of the calendar", "PROGRAMME_DATES_INVALID")
        raise ProgrammeDatesInvalidError(violations=[rule]) from None


def moment(campaign: pb.Campaign, field: str) -> datetime | None:
    """A point in time, to the microsecond; the door has checked its years, not its nanoseconds."""
    if not campaign.HasField(field):
        return None
    try:
        return getattr(campaign, field).ToDatetime(tzinfo=UTC)
    except ValueError:
        rule = Violation(f"campaign.{field}", "must be a valid timestamp", "CAMPAIGN_TIMES_INVALID")
        raise CampaignTimesInvalidError(violations=[rule]) from None
