"""Queries of programmes and campaigns."""

from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, exists, select

from services.campaign.domain.campaigns import State
from services.campaign.domain.errors import CampaignNotFoundError, ProgrammeNotFoundError
from services.campaign.models import CAMPAIGN, PROGRAMME, Campaign, Programme

# Keeps a programme from being deleted while a campaign is put under it, and lets others change its fields.
KEY_SHARE = {"read": True, "key_share": True}


async def get_programme(tx: Tx, programme_id: UUID, *, lock: bool | dict[str, bool] = False) -> Programme:
    programme = await tx.session.get(Programme, programme_id, with_for_update=lock or None)
    if programme is None:
        raise ProgrammeNotFoundError(programme=PROGRAMME.format(programme_id))
    return programme


async def lock_programme(tx: Tx, programme_id: UUID) -> Programme:
    return await get_programme(tx, programme_id, lock=True)


async def hold_programme(tx: Tx, programme_id: UUID) -> Programme:
    """The programme, which stays until this transaction ends."""
    return await get_programme(tx, programme_id, lock=KEY_SHARE)


async def list_programmes(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Programme], str]:
    """Newest first: ids are UUIDv7, so the primary key is the order."""
    statement = select(Programme) if where is None else select(Programme).where(where)
    return await keyset_page(tx, statement, [Programme.id], paging, is_descending=True)


async def has_campaigns(tx: Tx, programme_id: UUID) -> bool:
    return bool((await tx.execute(select(exists().where(Campaign.programme_id == programme_id)))).scalar())


async def get_campaign(tx: Tx, campaign_id: UUID, *, lock: bool = False) -> Campaign:
    campaign = await tx.session.get(Campaign, campaign_id, with_for_update=lock or None)
    if campaign is None:
        raise CampaignNotFoundError(campaign=CAMPAIGN.format(campaign_id))
    return campaign


async def lock_campaign(tx: Tx, campaign_id: UUID) -> Campaign:
    return await get_campaign(tx, campaign_id, lock=True)


async def list_campaigns(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Campaign], str]:
    """Newest first: ids are UUIDv7, so the primary key is the order."""
    statement = select(Campaign) if where is None else select(Campaign).where(where)
    return await keyset_page(tx, statement, [Campaign.id], paging, is_descending=True)


async def list_scheduled(tx: Tx, limit: int) -> list[Campaign]:
    """Campaigns that wait for their moment, the soonest first."""
    statement = select(Campaign).where(Campaign.state == State.SCHEDULED)
    rows = await tx.execute(statement.order_by(Campaign.scheduled_time, Campaign.id).limit(limit))
    return list(rows.scalars())
