"""What people do with programmes and campaigns: one function per verb, each inside the transaction of its caller."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from sqlalchemy import ColumnElement

from services.campaign.domain import campaigns as rules
from services.campaign.domain import facts
from services.campaign.domain.errors import ProgrammeNotEmptyError
from services.campaign.models import Campaign, Programme
from services.campaign.store import campaigns as store
from services.campaign.usecases.changes import Values, about, revise


async def get_programme(tx: Tx, programme_id: UUID) -> Programme:
    """Read one programme."""
    return await store.get_programme(tx, programme_id)


async def list_programmes(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Programme], str]:
    """Read one page of programmes, newest first."""
    return await store.list_programmes(tx, where, paging)


async def create_programme(tx: Tx, values: Values, *, now: datetime) -> Programme:
    """Begin a year's theme."""
    rules.check_dates(values["start_date"], values["end_date"])
    programme = Programme(id=uuid7(now), create_time=now, update_time=now, **values)
    tx.add(programme)
    tx.emit(facts.ProgrammeCreated(programme=programme.facts(), **about(programme, now)))
    return programme


async def update_programme(
    tx: Tx, programme_id: UUID, change: Callable[[Programme], Values], *, etag: str, now: datetime
) -> Programme:
    """Change a programme as `change` says once it is ours."""
    programme = await store.lock_programme(tx, programme_id)
    check_etag(programme, etag)
    values = change(programme)
    rules.check_dates(values["start_date"], values["end_date"])
    revise(programme, values, now)
    tx.emit(facts.ProgrammeUpdated(programme=programme.facts(), **about(programme, now)))
    return programme


async def delete_programme(tx: Tx, programme_id: UUID, *, etag: str, now: datetime) -> None:
    """End a theme under which nothing is planned."""
    programme = await store.lock_programme(tx, programme_id)
    check_etag(programme, etag)
    if await store.has_campaigns(tx, programme_id):
        raise ProgrammeNotEmptyError(programme=programme.name)
    await tx.session.delete(programme)
    programme.revision += 1
    tx.emit(facts.ProgrammeDeleted(programme=programme.name, delete_time=now, **about(programme, now)))


async def get_campaign(tx: Tx, campaign_id: UUID) -> Campaign:
    """Read one campaign."""
    return await store.get_campaign(tx, campaign_id)


async def list_campaigns(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Campaign], str]:
    """Read one page of campaigns, newest first."""
    return await store.list_campaigns(tx, where, paging)


async def create_campaign(tx: Tx, values: Values, *, creator: str, now: datetime) -> Campaign:
    """Begin planning a campaign; who creates it answers for it unless someone else is named."""
    await check_plan(tx, values)
    campaign = Campaign(id=uuid7(now), create_time=now, update_time=now, **values)
    campaign.owner = campaign.owner or creator
    tx.add(campaign)
    tx.emit(facts.CampaignCreated(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def update_campaign(
    tx: Tx, campaign_id: UUID, change: Callable[[Campaign], Values], *, etag: str, now: datetime
) -> Campaign:
    """Change the plan of a campaign that is not over, as `change` says once it is ours."""
    campaign = await store.lock_campaign(tx, campaign_id)
    check_etag(campaign, etag)
    rules.check_editable(rules.State(campaign.state))
    values = change(campaign)
    await check_plan(tx, values)
    revise(campaign, values, now)
    tx.emit(facts.CampaignUpdated(campaign=campaign.facts(), **about(campaign, now)))
    return campaign


async def delete_campaign(tx: Tx, campaign_id: UUID, *, etag: str, now: datetime) -> None:
    """Drop a draft."""
    campaign = await store.lock_campaign(tx, campaign_id)
    check_etag(campaign, etag)
    rules.check_deletable(rules.State(campaign.state))
    await tx.session.delete(campaign)
    campaign.revision += 1
    tx.emit(facts.CampaignDeleted(campaign=campaign.name, delete_time=now, **about(campaign, now)))


async def check_plan(tx: Tx, values: Values) -> None:
    """A campaign's times are in order, and its programme is there to stay."""
    rules.check_times(values["planned_start_time"], values["planned_end_time"])
    if values["programme_id"] is not None:
        await store.hold_programme(tx, values["programme_id"])
