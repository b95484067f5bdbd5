"""A person's mails as sales asks for them: what is to come, and what a mail that was handed over looked like."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import tracking
from chassis.config import Settings
from chassis.db import Database, Tx

from services.campaign.domain.campaigns import State
from services.campaign.domain.errors import RenderFailedError, SendNotFoundError
from services.campaign.domain.mailings import Source
from services.campaign.domain.packing import Kept, Press
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import HANDED_OVER, Reason, Send, SendState
from services.campaign.domain.templates import compile_template, render
from services.campaign.gateways.consent import ConsentAwayError, Consents
from services.campaign.gateways.segments import Segments, SegmentsAwayError
from services.campaign.models import CONTACT, Activity, Campaign
from services.campaign.store import activities as activity_store
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import mails as mail_store
from services.campaign.store import people as people_store
from services.campaign.store import senders as sender_store
from services.campaign.store import sends as store
from services.campaign.usecases.previews import Draft, read_draft

MOST = 50


class Stage(StrEnum):
    """How far a mail that is to come is."""

    SCHEDULED = "SCHEDULED"
    PLANNED = "PLANNED"
    HELD = "HELD"


@dataclass
class Coming:
    """A mail that is to reach somebody, and why it would not as things stand."""

    campaign: Campaign
    activity: Activity
    stage: Stage
    due_time: datetime | None
    subject: str = ""
    obstacle: str = ""


@dataclass
class Outlook:
    """What is to come for one reader, the soonest first."""

    reader: Reader
    mails: list[Coming]
    is_incomplete: bool = False


async def list_coming(
    database: Database, segments: Segments, consents: Consents, contact: UUID, *, now: datetime
) -> Outlook:
    """Everything that is to reach a person as things stand now."""
    async with database.transaction() as tx:
        reader = await people_store.reader(tx, contact)
        mails = await _waiting(tx, contact)
        scheduled = await _scheduled(tx)
        is_braked = bool(await sender_store.holds(tx, [reader.direct_id], now=now))
    found = Outlook(reader, mails)
    found.mails += await _hers(found, segments, scheduled)
    found.mails = sorted(found.mails, key=lambda one: (one.due_time is not None, one.due_time or now))[:MOST]
    for one in found.mails:
        one.subject = _subject(one, reader)
        if is_braked and not one.obstacle:
            one.obstacle = Reason.BRAKE
    await _ask(consents, found)
    return found


async def _waiting(tx: Tx, contact: UUID) -> list[Coming]:
    contacts = list(await tx.scalars(people_store.same_person(contact)))
    return [await _of_line(tx, send) for send in await store.waiting_of(tx, contacts, MOST)]


async def _of_line(tx: Tx, send: Send) -> Coming:
    campaign = await campaign_store.get_campaign(tx, send.campaign)
    stage = Stage.HELD if send.state == SendState.HELD else Stage.PLANNED
    obstacle = State.PAUSED.value if campaign.state == State.PAUSED else send.reason
    return Coming(campaign, await activity_store.get_activity(tx, send.activity), stage, send.due_time, "", obstacle)


async def _scheduled(tx: Tx) -> list[Coming]:
    return [
        Coming(campaign, activity, Stage.SCHEDULED, campaign.scheduled_time)
        for campaign in await campaign_store.list_scheduled(tx, MOST)
        for activity in await activity_store.of_campaign(tx, campaign.id)
    ]


async def _hers(found: Outlook, segments: Segments, scheduled: Sequence[Coming]) -> list[Coming]:
    """Those of the scheduled mails whose audience she is in; segmentation is asked once for each segment."""
    named = {segment for one in scheduled for segment in _segments(one.activity)}
    contact = CONTACT.format(found.reader.id)
    try:
        answers = await asyncio.gather(*(segments.holds(segment, contact) for segment in sorted(named)))
    except SegmentsAwayError:
        found.is_incomplete = True
        return []
    hers = {segment for segment, holds in zip(sorted(named), answers, strict=True) if holds}
    return [one for one in scheduled if _is_meant(one.activity, hers)]


def _segments(activity: Activity) -> Iterable[str]:
    return (*activity.include_segments, *activity.exclude_segments)


def _is_meant(activity: Activity, hers: set[str]) -> bool:
    return bool(hers.intersection(activity.include_segments)) and not hers.intersection(activity.exclude_segments)


def _subject(coming: Coming, reader: Reader) -> str:
    """The subject that she would read; nothing where it cannot be written without the sender or for her."""
    variables = {**reader.variables(), "campaign": {"display_name": coming.campaign.display_name}, "view": "preview"}
    try:
        return " ".join(
            render(compile_template("subject_template", coming.activity.subject_template), variables).split()
        )
    except RenderFailedError:
        return ""


async def _ask(consents: Consents, found: Outlook) -> None:
    """Note where consent would stand in the way now; contact is asked once for each topic."""
    open_ = [one for one in found.mails if not one.obstacle]
    if not found.reader.subject:
        for one in open_:
            one.obstacle = Reason.NO_ADDRESS
        return
    try:
        for topic in {one.activity.subscription_topic for one in open_}:
            (answer,) = await consents.check([found.reader.subject], topic, with_tracking=False)
            for one in open_:
                if one.activity.subscription_topic == topic:
                    one.obstacle = answer.denial
    except ConsentAwayError:
        found.is_incomplete = True


@dataclass(frozen=True)
class Sent:
    """The line of a message that was handed over, what its mail is made of, and the mail as it went out, packed."""

    send: Send
    draft: Draft
    packed: bytes | None

    def as_it_went_out(self) -> Kept | None:
        """What its reader has; None where it is not kept, or not against these templates."""
        activity = self.draft.activity
        source = Source(activity.subject_template, activity.html_template, activity.text_template)
        return Press(source).unpack(self.packed) if self.packed is not None else None


async def read_sent(tx: Tx, message: UUID) -> Sent:
    """One mail that was handed over."""
    send = await store.of_message(tx, message, lock=False)
    if send.state not in HANDED_OVER:
        raise SendNotFoundError
    draft = await read_draft(tx, send.campaign, send.activity, send.contact)
    return Sent(send, draft, await mail_store.find(tx, message))


def write_again(draft: Draft, settings: Settings) -> Kept:
    """The mail as it would be written today; its links lead to the pages themselves."""
    urls = tracking.urls(settings.edge_url)
    mailing = draft.mailing()
    variables = draft.variables("mail", urls.unsubscribe("preview"), urls.preferences("preview"))
    links = mailing.urls(variables)
    return Kept(mailing.render(variables, links), tuple(links))
