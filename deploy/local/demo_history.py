"""Ninety days of the demo company's history as touches: mails and what became of them, calls, visits, forms, deals.

Every person has random numbers of their own, so the same day and id come out however often it is told: recording it
again changes nothing.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from touchline.interaction.v1 import interaction_pb2 as pb

from deploy.local import demo_company as demo
from deploy.local.demo_company import Campaign, Company, Mailing, Person

MAIL, CALLS, CRM, SITE, BROWSER = "demo-mail", "demo-calls", "demo-crm", "demo-site", "demo-browser"
SOURCES = {MAIL: "email", CALLS: "phone", CRM: "crm:demo", SITE: "email", BROWSER: "cookie"}
STRANGERS = 60
PAGES = ("/pricing", "/retrofit", "/spare-parts", "/references/foundry", "/calculator", "/contact")
CALL_NOTES = ("Two lines, board decides in December", "Asked for the calculator", "Wants a site visit",
                     "No budget before spring", "Sent the reference list", "Wrong moment, call again")  # fmt: skip
STAGES = ("Qualified", "Site visit", "Quote sent", "Negotiation")


@dataclass(frozen=True)
class World:
    """What the services answered when the demo company was created: the names that touches refer to."""

    start: datetime
    contacts: dict[int, str]
    accounts: dict[str, str]
    campaigns: dict[str, str]


def history(company: Company, world: World) -> list[pb.Touch]:
    """Every touch of the ninety days, oldest first."""
    told = [touch for person in company.people for touch in Story(person, world).touches()]
    told += strangers(world)
    return sorted(told, key=lambda touch: (touch.occurred_time.ToMicroseconds(), touch.source_event_id))


class Story:
    """What happened with one person."""

    def __init__(self, person: Person, world: World) -> None:
        self.person, self.world = person, world
        self.rng = random.Random(f"{demo.SEED}/{person.number}")
        self.warmth = 1.0 if person.number == 0 else self.rng.random() ** 1.6

    def touches(self) -> Iterator[pb.Touch]:
        """All of it, mails first."""
        for campaign in demo.CAMPAIGNS:
            for mailing in campaign.mailings:
                if self.person.number == 0 or self.rng.random() < mailing.share:
                    yield from self.mail(campaign, mailing)
        for part, chance in ((self.talks, 1.0), (self.visits, 0.8), (self.deal, 0.18)):
            if self.rng.random() < self.warmth * chance:
                yield from part()

    def mail(self, campaign: Campaign, mailing: Mailing) -> Iterator[pb.Touch]:
        """One message and what became of it."""
        sent = demo.moment_of(self.world.start, mailing) + timedelta(seconds=self.rng.uniform(0, 1800))
        message = Message(self, campaign, mailing, sent)
        if not self.person.is_subscribed:
            yield message.touch("email.suppressed", 0.0, reason="No consent to marketing")
            return
        yield message.touch("email.handed_over", 0.4 + self.rng.random())
        if self.rng.random() < 0.015:
            yield message.touch("email.bounced", 3.0, reason="550 5.1.1 no such mailbox")
            return
        yield message.touch("email.delivered", 2.0 + 8 * self.rng.random())
        yield from message.reactions()

    def talks(self) -> Iterator[pb.Touch]:
        """Calls, and sometimes a meeting, by the owner of the account."""
        for number in range(1 + int(3 * self.warmth * self.rng.random())):
            touch = self.touch(CALLS, "call.logged", some_day(self.rng, self.world), f"call-{number}")
            self._by_owner(touch)
            touch.attributes.update({"duration_minutes": self.rng.randint(1, 25), "note": self.rng.choice(CALL_NOTES)})
            yield touch
        if self.rng.random() < self.warmth * 0.4:
            touch = self.touch(CRM, "meeting.held", some_day(self.rng, self.world), "meeting")
            self._by_owner(touch)
            touch.attributes.update({"subject": "on site", "note": f"At {self.person.account.display_name}"})
            yield touch

    def visits(self) -> Iterator[pb.Touch]:
        """Pages seen in one sitting, and sometimes a form at its end."""
        moment = some_day(self.rng, self.world)
        for number in range(1 + int(4 * self.warmth * self.rng.random())):
            moment += timedelta(seconds=self.rng.uniform(5, 200))
            touch = self.touch(SITE, "web.visited", moment, f"visit-{number}")
            touch.attributes.update({"page": self.rng.choice(PAGES), "seconds": self.rng.randint(4, 200)})
            yield touch
        if self.rng.random() < self.warmth * 0.35:
            touch = self.touch(SITE, "form.submitted", moment + timedelta(minutes=2), "form")
            touch.attributes.update({"form": self.rng.choice(("Request a visit", "Calculator", "Call me back"))})
            yield touch

    def deal(self) -> Iterator[pb.Touch]:
        """An opportunity from its creation on, as far as it came."""
        moment = self.world.start + timedelta(days=self.rng.uniform(2, 50))
        amount = self.rng.randint(8, 240) * 1_000
        for number, (type_, stage) in enumerate(self._steps()):
            moment += timedelta(days=self.rng.uniform(1, 9))
            touch = self.touch(CRM, type_, moment, f"deal-{number}")
            touch.deal = deal_name(self.person, self.world)
            touch.names.deal = f"Retrofit {self.person.account.display_name}"
            touch.value.currency_code, touch.value.units = "EUR", amount
            touch.attributes.update({"stage": stage})
            yield touch

    def touch(self, source: str, type_: str, moment: datetime, event: str) -> pb.Touch:
        """A touch of this person as one of the demo's sources tells it."""
        person, kind = self.person, SOURCES[source]
        value = {"email": person.email, "phone": person.phone}.get(kind, person.crm_id)
        told = pb.Touch(type=type_, source=f"sources/{source}", source_event_id=f"{person.number}/{event}")
        told.identifier.kind, told.identifier.value = kind, value
        told.contact = self.world.contacts.get(person.number, "")
        told.account = self.world.accounts.get(person.account.key, "")
        told.names.contact, told.names.account = person.display_name, person.account.display_name
        told.occurred_time.FromDatetime(moment)
        return told

    def _by_owner(self, touch: pb.Touch) -> None:
        touch.actor.kind = pb.ACTOR_KIND_PERSON
        touch.actor.display_name = demo.OWNER_NAMES[self.person.account.owner]

    def _steps(self) -> list[tuple[str, str]]:
        steps = [("deal.created", STAGES[0])]
        steps += [("deal.stage_changed", stage) for stage in STAGES[1 : 1 + self.rng.randint(0, 3)]]
        if len(steps) == len(STAGES):
            steps.append((("deal.won", "Won"), ("deal.lost", "Lost"))[self.rng.random() < 0.4])
        return steps


class Message:
    """One mailing's message to one person."""

    def __init__(self, story: Story, campaign: Campaign, mailing: Mailing, sent: datetime) -> None:
        self.story, self.campaign, self.mailing, self.sent = story, campaign, mailing, sent
        self.id = str(demo.uuid7(sent, story.rng))

    def touch(self, type_: str, after: float, **attributes: str | float) -> pb.Touch:
        """A touch about this message, so many seconds after it was made."""
        told = self.story.touch(MAIL, type_, self.sent + timedelta(seconds=after), f"{self.id}/{type_}/{after:.0f}")
        told.campaign = self.story.world.campaigns.get(self.campaign.display_name, "")
        told.activity = f"activities/{demo.stable_id('activity', self.mailing.name)}"
        told.message = self.id
        told.names.campaign, told.names.activity = self.campaign.display_name, self.mailing.name
        told.names.message = self.mailing.subject
        told.attributes.update(attributes)
        return told

    def reactions(self) -> Iterator[pb.Touch]:
        """Opens by people and machines, clicks, and now and then a farewell."""
        rng, warmth = self.story.rng, self.story.warmth
        if rng.random() < 0.22:
            scan = self.touch("email.opened", 12.0 + rng.random())
            scan.actor.kind, scan.actor.display_name = pb.ACTOR_KIND_MACHINE, "Mail privacy proxy"
            yield scan
        read = rng.uniform(120, 70_000)
        if rng.random() < 0.25 + 0.5 * warmth:
            yield self.touch("email.opened", read)
            if rng.random() < 0.1 + 0.35 * warmth:
                url = f"https://www.touchline-demo.example/{self.mailing.link}"
                link = self.mailing.link.capitalize()
                yield self.touch("email.clicked", read + rng.uniform(4, 60), url=url, link=link)
        elif rng.random() < 0.012:
            yield self.touch("email.unsubscribed", read)


def deal_name(person: Person, world: World) -> str:
    """The name of the deal in which a person takes part."""
    return f"deals/{demo.uuid7(world.start, random.Random(f'{demo.SEED}/deal/{person.number}'))}"


def strangers(world: World) -> Iterator[pb.Touch]:
    """Visits of browsers that nobody is known to hold yet."""
    rng = random.Random(f"{demo.SEED}/strangers")
    for number in range(STRANGERS):
        touch = pb.Touch(type="web.visited", source=f"sources/{BROWSER}", source_event_id=f"stranger-{number}")
        touch.identifier.kind, touch.identifier.value = "cookie", f"demo-browser-{number:04d}"
        touch.occurred_time.FromDatetime(some_day(rng, world))
        touch.attributes.update({"page": rng.choice(PAGES), "seconds": rng.randint(4, 200)})
        yield touch


def some_day(rng: random.Random, world: World) -> datetime:
    """A working hour of the ninety days."""
    return world.start + timedelta(days=rng.randrange(demo.DAYS - 1), seconds=rng.uniform(7 * 3600, 16 * 3600))
