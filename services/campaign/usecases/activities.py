"""What people do with the activities of a draft: write them, read them, drop them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.errors import Violation
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from sqlalchemy import ColumnElement
from tracking import freeze_url

from services.campaign.domain import activities as rules
from services.campaign.domain import campaigns, facts, mailings, templates
from services.campaign.domain.errors import TemplateInvalidError
from services.campaign.models import Activity, Campaign
from services.campaign.store import activities as store
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import senders as sender_store
from services.campaign.usecases.changes import Values, about, revise


async def get_activity(tx: Tx, campaign: UUID, activity_id: UUID) -> Activity:
    """Read one activity."""
    return await store.get_activity(tx, activity_id, campaign=campaign)


async def list_activities(
    tx: Tx, campaign: UUID | None, where: ColumnElement[bool] | None, paging: Paging
) -> tuple[list[Activity], str]:
    """Read one page of a campaign's activities, or of all, newest first."""
    if campaign is not None:
        await campaign_store.get_campaign(tx, campaign)
    return await store.list_activities(tx, campaign, where, paging)


async def create_activity(tx: Tx, campaign_id: UUID, values: Values, *, now: datetime) -> Activity:
    """Add a mailing to a draft."""
    await _draft(tx, campaign_id)
    links = await _check(tx, values)
    activity = Activity(id=uuid7(now), campaign_id=campaign_id, create_time=now, update_time=now, links=links, **values)
    tx.add(activity)
    tx.emit(facts.ActivityCreated(activity=activity.facts(), **about(activity, now)))
    return activity


async def update_activity(
    tx: Tx, campaign_id: UUID, activity_id: UUID, change: Callable[[Activity], Values], *, etag: str, now: datetime
) -> Activity:
    """Change a mailing of a draft as `change` says once it is ours."""
    await _draft(tx, campaign_id)
    activity = await store.get_activity(tx, activity_id, campaign=campaign_id, lock=True)
    check_etag(activity, etag)
    values = dict(change(activity))
    before = {name: getattr(activity, name) for name in rules.READ}
    values["links"] = await _check(tx, values)
    values["version"] = activity.version + rules.is_new_version(before, values)
    revise(activity, values, now)
    tx.emit(facts.ActivityUpdated(activity=activity.facts(), **about(activity, now)))
    return activity


async def delete_activity(tx: Tx, campaign_id: UUID, activity_id: UUID, *, etag: str, now: datetime) -> None:
    """Drop a mailing of a draft."""
    await _draft(tx, campaign_id)
    activity = await store.get_activity(tx, activity_id, campaign=campaign_id, lock=True)
    check_etag(activity, etag)
    await tx.delete(activity)
    activity.revision += 1
    tx.emit(facts.ActivityDeleted(activity=activity.name, delete_time=now, **about(activity, now)))


def source_of(values: Values) -> mailings.Source:
    """The templates of an activity."""
    return mailings.Source(values["subject_template"], values["html_template"], values["text_template"])


async def _draft(tx: Tx, campaign_id: UUID) -> Campaign:
    campaign = await campaign_store.lock_campaign(tx, campaign_id)
    campaigns.check_draft(campaigns.State(campaign.state))
    return campaign


async def _check(tx: Tx, values: Values) -> list[str]:
    """Refuse templates that cannot be used and a sender that is not there; gives the links."""
    if values["sender_id"] is not None:
        await sender_store.get_sender(tx, values["sender_id"])
    source = source_of(values)
    templates.refuse(mailings.problems(source))
    links = mailings.links_of(source.html)
    _check_urls([link for link in links if "{" not in link])
    return links


def _check_urls(links: Sequence[str]) -> None:
    """Links that are the same for everybody can be signed; the others are looked at for each person."""
    wrong = []
    for link in links:
        try:
            freeze_url(link)
        except ValueError as error:
            wrong.append(Violation("activity.html_template", f"a link cannot be used: {error}", "URL_INVALID"))
    if wrong:
        raise TemplateInvalidError(violations=wrong)
