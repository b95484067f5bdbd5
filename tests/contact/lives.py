"""Drawn lives of a few people each, many side by side in one transaction: told to the services and to an oracle."""

import base64
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from chassis.db import Tx
from identity import EMAIL, Subjects
from sqlalchemy import select
from sqlmodel import col

from services.contact.domain.consent import Status
from services.contact.domain.contacts import Viewer
from services.contact.domain.history import Side, Standing
from services.contact.domain.identifiers import Known
from services.contact.models import Contact, ContactChange, IdentityLink
from services.contact.usecases import consents, contacts, erasures, history, identifiers, imports, links, merges
from tests.contact.oracle import LATEST_PAST, Held, Oracle, Touched, below, latest_end

START = datetime(2026, 1, 1, tzinfo=UTC)
CRM = "crm:test"
COLUMNS = ["id", "mail", "name", "title", "stage", "plan", "tags"]
MAPPING = {"id": CRM, "mail": "email", "name": "display_name", "title": "title", "stage": "stage",
           "plan": "attributes.plan", "tags": "tags"}  # fmt: skip
FEW = ["red", "green", "blue"]
TEAMS = list(product(["", "red"], ["", "blue"]))  # an owner and a team for each table
ANYBODY = Viewer(user="users/oracle", sees_all=True, client="tests")
Row = list[str]


class Town:
    """Where the lives are lived: their transaction, clock and tables; rows of a round are written together."""

    def __init__(self, tx: Tx, seeds: Sequence[int], kind: "type[Life] | None" = None) -> None:
        self.tx, self.now, self.subjects = tx, START, Subjects(bytes(32), "DE")
        self.lives = [(kind or Life)(self, seed) for seed in seeds]
        self.tables: dict[UUID, int] = {}  # with how many rows are written of each

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def live(self) -> None:
        """Everybody is born, then one step of each life after the other."""
        self.tables = {await self._table(owner, team): 0 for owner, team in TEAMS}
        born: dict[UUID, list[Row]] = {table: [] for table in self.tables}
        for life in self.lives:
            for who in "abcde"[: life.draw.randint(3, 5)]:
                place = life.draw.randrange(len(TEAMS))
                born[list(born)[place]].append(life.born(who, *TEAMS[place]))
        for table, rows in born.items():
            await self.write(rows, table)
        await self._meet()
        await self.hear()
        for number in range(max(life.steps for life in self.lives)):
            await self.write([row for life in self.lives if number < life.steps for row in await life.step()])
            await self.hear()

    async def hear(self) -> None:
        """What others hear of a round, before the next one."""

    async def _table(self, owner: str, team: str) -> UUID:
        values = {"columns": COLUMNS, "mapping": MAPPING, "region": "", "owner": owner, "team": team}
        return (await imports.create_import(self.tx, None, values, now=self.tick())).id

    async def write(self, rows: list[Row], table: UUID | None = None) -> None:
        """The next rows of a table."""
        where = table or next(iter(self.tables))
        told: dict[str, Any] = {"subjects": self.subjects, "actor": "users/oracle", "now": self.tick()}
        await imports.append_import_rows(self.tx, where, self.tables[where] + 1, rows, last=False, **told)
        self.tables[where] += len(rows)

    async def _meet(self) -> None:
        """Learn which contact each of those who were born is."""
        held = await self.tx.scalars(select(IdentityLink).where(col(IdentityLink.identifier_kind) == CRM))
        found = {link.value: link.contact_id for link in held}
        for life in self.lives:
            for who in life.oracle.roots():
                life.meet(who, found[life.crm(who)])


class Life:
    """One drawn life: what is done next is drawn from what the oracle says of it."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.tx, self.seed = town, town.tx, seed
        self.draw, self.oracle = random.Random(seed), Oracle()
        self.steps = self.draw.randint(3, 12)
        self.number = 0
        self.ids: dict[str, UUID] = {}
        self.names: dict[UUID, str] = {}
        self.touches: list[Touched] = []
        self.moving: list[str] = []  # addresses that changed hands: what happened there tells most
        self.row: list[Row] = []

    def fresh(self) -> str:
        self.number += 1
        return f"v{self.number}"

    def crm(self, who: str) -> str:
        return f"{who}-{self.seed}"

    def mail(self, subject: str) -> str:
        return f"{subject}@life{self.seed}.example"

    def known(self, subject: str) -> Known:
        return Known(EMAIL, self.mail(subject), self.town.subjects.subject(EMAIL, self.mail(subject)))

    def at(self, day: int) -> datetime:
        return START - timedelta(days=LATEST_PAST + 1 - day)

    def today(self) -> int:
        """The day of what happens now: behind everything that is done."""
        return LATEST_PAST + 2

    def touch_name(self, number: int) -> str:
        name = (self.seed << 32 | number).to_bytes(32, "big")
        return "touches/" + base64.urlsafe_b64encode(name).decode().rstrip("=")

    def subjects(self) -> set[bytes]:
        """Every address of this life."""
        return {self.known(subject).subject for subject in self.ids}

    def born(self, who: str, owner: str, team: str) -> Row:
        """Somebody is in the first table."""
        told: dict[str, Any] = {"display_name": f"Person {who}", "owner": owner, "team": team}
        for name in ("title", "stage"):
            told[name] = self.draw.choice(["", *FEW])
        told["attributes.plan"] = self.draw.choice(["", "one"])
        tags = self.draw.sample(FEW, self.draw.randint(0, 2))
        cells = [told["title"], told["stage"], told["attributes.plan"], ";".join(tags)]
        told = {name: value for name, value in told.items() if value} | ({"tags": tags} if tags else {})
        self.oracle.do("create", who=who, told=told)
        self.oracle.do("hold", who=who, subject=who)
        return [self.crm(who), self.mail(who), f"Person {who}", *cells]

    def meet(self, who: str, contact: UUID) -> None:
        self.ids[who], self.names[contact] = contact, who

    async def step(self) -> list[Row]:
        """Do the next thing; the row of a table is written with those of all lives of this round."""
        acts: dict[Callable[[], Awaitable[None]], float] = {
            self.merge: 5, self.unmerge: 4, self.edit: 3, self.say: 4, self.place: 1, self.consent: 3, self.share: 1,
            self.hand_over: 2, self.retract: 1, self.exclude: 1, self.include: 1, self.touch: 3, self.erase: 1.2,
            self.come_back: 1,
        }  # fmt: skip
        self.row = []
        await self.draw.choices(list(acts), list(acts.values()))[0]()
        return self.row

    async def merge(self) -> None:
        roots = self.oracle.roots()
        if len(roots) < 2:
            return
        who, other = self.draw.sample(roots, 2)
        values, _ = self.oracle.fold()
        fields = sorted({*values[who], *values[other]})
        chosen = {name: self.draw.choice(["CONTACT", "DUPLICATE"]) for name in fields if self.draw.random() < 0.3}
        sides = self.oracle.sides(who, other, chosen)
        await merges.merge_contacts(
            self.tx, self.ids[who], self.ids[other], choices=[(name, Side(side)) for name, side in chosen.items()],
            evidence="", etag="", duplicate_etag="", viewer=ANYBODY, now=self.town.tick(),
        )  # fmt: skip
        self.oracle.do("merge", who=who, other=other, sides=sides)

    async def unmerge(self) -> None:
        merged = sorted(self.oracle.above())
        if merged:
            who = self.draw.choice(merged)
            await merges.unmerge_contact(self.tx, self.ids[who], etag="", viewer=ANYBODY, now=self.town.tick())
            self.oracle.do("unmerge", who=who)

    async def edit(self) -> None:
        for who in self.anybody():
            told: dict[str, Any] = {
                self.draw.choice(["title", "stage", "country"]): self.draw.choice(["", self.fresh()])
            }
            if self.draw.random() < 0.3:
                told["tags"] = [self.fresh()]

            def change(contact: Contact, told: dict[str, Any] = told) -> dict[str, Any]:
                return {name: value for name, value in told.items() if getattr(contact, name) != value}

            values, _ = self.oracle.fold()
            told = {name: value for name, value in told.items() if (values[who].get(name) or "") != value}
            now = self.town.tick()
            await contacts.update_contact(self.tx, self.ids[who], change, etag="", viewer=ANYBODY, now=now)
            if told:
                self.oracle.do("edit", who=who, told=told)

    async def say(self) -> None:
        """A table says something under one person's own id, often what the record says already."""
        who = self.draw.choice(sorted(self.ids))
        cells = [self.draw.choice(["", *FEW]), self.draw.choice(["", *FEW]), self.draw.choice(["", "one", "two"])]
        tags = self.draw.choice(["", *FEW])
        self.row = [[self.crm(who), "", "", *cells, tags]]
        if who not in self.oracle.erased():  # a table brings nobody back
            names = ("title", "stage", "attributes.plan")
            told: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
            self.oracle.do("row", who=who, told=told | ({"+tags": [tags]} if tags else {}))

    async def place(self) -> None:
        """Somebody says whose it is what an un-merge set aside."""
        if not self.oracle.fold()[1]:
            return
        aside = select(ContactChange).where(col(ContactChange.standing) == Standing.SET_ASIDE.value)
        aside = aside.where(col(ContactChange.contact_id).in_(self.ids.values()))
        waiting = list(await self.tx.scalars(aside.order_by(col(ContactChange.number))))
        for who in self.anybody() if waiting else ():
            change, now = self.draw.choice(waiting), self.town.tick()
            await history.place_contact_change(self.tx, change.number, self.ids[who], viewer=ANYBODY, now=now)
            self.oracle.do("edit", who=who, told=dict(change.told))

    async def consent(self) -> None:
        """An address says what it allows, whoever holds it."""
        subject, status = self.draw.choice(sorted(self.ids)), self.draw.choice([Status.GRANTED, Status.WITHDRAWN])
        if (said := self.oracle.said()) and self.draw.random() < 0.6:  # what is said again is what tells most
            subject = self.draw.choice(sorted(said))
        values = {"purpose": "MARKETING", "channel": "EMAIL", "status": status, "lawful_basis": "CONSENT"}
        now = self.town.tick()
        await consents.record_consent(self.tx, self.known(subject), values, viewer=ANYBODY, now=now)
        self.oracle.do("consent", subject=subject, told={"status": status.value})

    async def share(self) -> None:
        """An address is somebody's as well."""
        for who in self.anybody():
            subject = self.draw.choice(sorted(self.ids))
            if not any(each.subject == subject and each.until is None for each in self.held_by(who)):
                await identifiers.share_identifier(
                    self.tx, self.ids[who], self.known(subject), from_time=None, evidence="", **self.told()
                )
                self.oracle.do("hold", who=who, subject=subject)

    async def hand_over(self) -> None:
        """An address changes hands: the first holder's ends, and perhaps the next one's begins."""
        subject = self.draw.choice(sorted(self.ids))
        held = [each for each in self.oracle.held() if each.subject == subject]
        open_ = [each for each in held if each.until is None]
        first = max(latest_end(held) or 99, *(each.since or 99 for each in open_), 99) + 1
        if len(open_) != 1 or first > LATEST_PAST:
            return
        day, root = self.draw.randint(first, LATEST_PAST), self.oracle.root(open_[0].who)
        await identifiers.end_identifier(self.tx, self.ids[root], self.known(subject), end=self.at(day), **self.told())
        self.oracle.do("end", who=root, subject=subject, at=day)
        self.moving.append(subject)
        others = [who for who in self.oracle.roots() if who != root]
        if others and self.draw.random() < 0.7:
            who = self.draw.choice(others)
            await identifiers.add_identifier(
                self.tx, self.ids[who], self.known(subject), from_time=None, evidence="", **self.told()
            )
            self.oracle.do("hold", who=who, subject=subject, at=day)

    async def retract(self) -> None:
        """An address never was somebody's."""
        for who in self.anybody():
            subjects = sorted(self.subjects_of(who))
            if subjects:
                subject = self.draw.choice(subjects)
                await identifiers.retract_identifier(self.tx, self.ids[who], self.known(subject), **self.told())
                self.oracle.do("retract", who=who, subject=subject)

    async def touch(self) -> None:
        """Something happened, perhaps long ago, perhaps naming whom it was meant for."""
        subject, named = self.draw.choice(sorted(self.ids)), self.draw.choice(["", "", *sorted(self.ids)])
        if self.moving and self.draw.random() < 0.7:
            subject, named = self.draw.choice(self.moving), ""
        day = self.draw.randint(1, LATEST_PAST) if self.draw.random() < 0.8 else self.today()
        self.touches.append(Touched(len(self.touches), subject, day, named, len(self.oracle.done)))
        self.oracle.do("touch")

    async def exclude(self) -> None:
        for who in self.anybody() if self.touches else ():
            touch, told = self.draw.choice(self.touches), {"evidence": "", "viewer": ANYBODY, "now": self.town.tick()}
            await links.exclude_touch(self.tx, self.ids[who], self.touch_name(touch.number), **told)
            self.oracle.do("exclude", who=who, touch=touch.number)

    async def include(self) -> None:
        open_ = [each for each in self.oracle.excluded() if each.who in self.oracle.roots()]
        if open_:
            one, told = self.draw.choice(open_), {"viewer": ANYBODY, "now": self.town.tick()}
            await links.include_touch(self.tx, self.ids[one.who], self.touch_name(one.touch), **told)
            self.oracle.do("include", who=one.who, touch=one.touch)

    async def erase(self) -> None:
        for who in self.leaving():
            await erasures.request_erasure(
                self.tx, self.ids[who], verification="", subjects=self.town.subjects, **self.told()
            )
            self.oracle.do("erase", who=who, at=self.erased_at())

    def leaving(self) -> list[str]:
        """Who is erased next."""
        return self.anybody()

    def erased_at(self) -> int:
        """The day by which is judged what an erasure forgets; none is the first behind everything that is done."""
        return 0

    async def come_back(self) -> None:
        """Somebody new writes from an address that nobody holds any more, perhaps an erased person's."""
        held = self.oracle.held()
        free = sorted(self.ids.keys() - {each.subject for each in held if each.until is None})
        who = "fghij"[len(self.ids) - 3]
        if free and who not in self.ids:
            subject, name = self.draw.choice(free), f"Person {who}"
            crm = Known(CRM, self.crm(who), self.town.subjects.subject(CRM, self.crm(who)))
            told = {"viewer": ANYBODY, "now": self.town.tick()}
            made = await contacts.create_contact(
                self.tx, None, {"display_name": name}, [crm, self.known(subject)], **told
            )
            self.meet(who, made.id)
            self.oracle.do("create", who=who, told={"display_name": name})
            since = latest_end(each for each in held if each.subject == subject)
            self.oracle.do("hold", who=who, subject=subject, at=since or 0)

    def anybody(self) -> list[str]:
        """Somebody who is there, or nobody when all are gone."""
        roots = self.oracle.roots()
        return [self.draw.choice(roots)] if roots else []

    def subjects_of(self, who: str) -> set[str]:
        """What somebody holds or held."""
        return {each.subject for each in self.held_by(who)}

    def held_by(self, who: str) -> list[Held]:
        hers = below(who, self.oracle.above())
        return [each for each in self.oracle.held() if each.who in hers]

    def told(self) -> dict[str, Any]:
        return {"etag": "", "viewer": ANYBODY, "now": self.town.tick()}
