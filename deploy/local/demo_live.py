"""What happens to the demo company while you watch: one touch of somebody's now and then."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from touchline.interaction.v1 import interaction_pb2 as pb

from deploy.local import demo_company as demo
from deploy.local.demo_company import Company
from deploy.local.demo_history import CALL_NOTES, CALLS, PAGES, SITE, Message, Story, World

Record = Callable[[list[pb.Touch]], Awaitable[None]]
FAVOURITES = 40


async def run_live(record: Record, company: Company, world: World, every: float) -> None:
    """Let something happen about every so many seconds, for ever; a few people more often than the others."""
    rng = random.Random()
    while True:
        await record(something(rng, company, world))
        await asyncio.sleep(rng.uniform(0.5, 1.5) * every)


def something(rng: random.Random, company: Company, world: World) -> list[pb.Touch]:
    """What happens now; with a reaction to a mail comes that mail, of some minutes ago."""
    people = company.people[:FAVOURITES] if rng.random() < 0.5 else company.people
    story = Story(rng.choice(people), world)
    now = datetime.now(UTC)
    event = f"live/{uuid.uuid4()}"
    chance = rng.random()
    if chance < 0.45:
        return [_visit(rng, story, now, event)]
    if chance < 0.6:
        touch = story.touch(CALLS, "call.logged", now, event)
        touch.actor.kind, touch.actor.display_name = pb.ACTOR_KIND_PERSON, demo.OWNER_NAMES[story.person.account.owner]
        touch.attributes.update({"duration_minutes": rng.randint(1, 20), "note": rng.choice(CALL_NOTES)})
        return [touch]
    return _reaction(rng, story, now, event)


def _visit(rng: random.Random, story: Story, now: datetime, event: str) -> pb.Touch:
    touch = story.touch(SITE, "web.visited", now, event)
    touch.attributes.update({"page": rng.choice(PAGES)})
    return touch


def _reaction(rng: random.Random, story: Story, now: datetime, event: str) -> list[pb.Touch]:
    """A mail that went out minutes ago, and its open or click; who wants no mail visits the site instead."""
    if not story.person.is_subscribed:
        return [_visit(rng, story, now, event)]
    campaign = rng.choice(demo.CAMPAIGNS)
    mailing = rng.choice(campaign.mailings)
    message = Message(story, campaign, mailing, now - timedelta(minutes=rng.randint(2, 50)))
    message.id = str(demo.uuid7(message.sent, rng))
    type_ = rng.choice(("email.opened", "email.opened", "email.clicked"))
    touch = message.touch(type_, 0.0)
    touch.source_event_id = event
    touch.occurred_time.FromDatetime(now)
    if type_ == "email.clicked":
        touch.attributes.update({"link": mailing.link.capitalize()})
    return [message.touch("email.handed_over", 0.5), touch]
