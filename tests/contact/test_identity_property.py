"""Drawn lives of a few people, each compared with a fold from scratch that knows nothing of the services.

A hundred in every run of the tests; `LIVES=1000 pytest tests/contact/test_identity_property.py` lives a thousand.
"""

import asyncio
import base64
import contextlib
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.config import Settings
from chassis.db import Database, Tx
from identity import EMAIL, Subjects, TouchFacts, resolve
from sqlalchemy import select
from sqlmodel import col

from services.contact import events
from services.contact.domain.contacts import Viewer
from services.contact.domain.history import Side, Standing
from services.contact.domain.identifiers import Known
from services.contact.models import Contact, ContactChange, IdentityLink
from services.contact.usecases import contacts, history, identifiers, imports, links, merges
from tests.contact.oracle import Oracle, Touched

LIVES, BATCH = int(os.environ.get("LIVES", "100")), 50
STEPS = 14
START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = bytes(32)
CRM = "crm:test"
COLUMNS = ["id", "title", "stage", "plan", "tags"]
MAPPING = {"id": CRM, "title": "title", "stage": "stage", "plan": "attributes.plan", "tags": "tags"}
FEW = ["red", "green", "blue"]
ANYBODY = Viewer(user="users/oracle", sees_all=True, client="tests")


class DoneError(Exception):
    """Ends a life, and takes everything back that it wrote."""


class Life:
    """One drawn life, lived in the services and told to the oracle."""

    def __init__(self, tx: Tx, seed: int) -> None:
        self.tx, self.draw, self.oracle = tx, random.Random(seed), Oracle()
        self.subjects = Subjects(KEY, "DE")
        self.now, self.number = START, 0
        self.ids: dict[str, UUID] = {}
        self.names: dict[UUID, str] = {}
        self.rows = 0
        self.touches: list[Touched] = []
        self.seed = seed

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def fresh(self) -> str:
        self.number += 1
        return f"v{self.number}"

    def known(self, kind: str, value: str) -> Known:
        return Known(kind, value, self.subjects.subject(kind, value))

    def at(self, day: int) -> datetime:
        return START - timedelta(days=1_000 - day)

    async def begin(self) -> None:
        values = {"columns": COLUMNS, "mapping": MAPPING, "region": "", "owner": "", "team": ""}
        self.table = await imports.create_import(self.tx, None, values, now=self.tick())
        for who in "abcde"[: self.draw.randint(3, 5)]:
            await self.create(who)

    async def create(self, who: str) -> None:
        told: dict[str, Any] = {"display_name": f"Person {who}"}
        for name in ("title", "stage", "owner", "team"):
            if self.draw.random() < 0.5:
                told[name] = self.draw.choice(FEW)
        if self.draw.random() < 0.5:
            told["tags"] = self.draw.sample(FEW, self.draw.randint(1, 2))
        plain = dict(told)
        if self.draw.random() < 0.5:
            plain["attributes"], told["attributes.plan"] = {"plan": "one"}, "one"
        held = [self.known(CRM, who), self.known(EMAIL, f"{who}@life.example")]
        made = await contacts.create_contact(self.tx, None, plain, held, viewer=ANYBODY, now=self.tick())
        self.ids[who], self.names[made.id] = made.id, who
        self.oracle.do("create", who=who, told=told)
        self.oracle.do("hold", who=who, subject=who)

    async def step(self) -> None:
        acts: dict[Callable[[], Any], int] = {
            self.merge: 5, self.unmerge: 4, self.edit: 3, self.row: 4, self.place: 1,
            self.hand_over: 1, self.exclude: 1, self.include: 1, self.touch: 2,
        }  # fmt: skip
        await self.draw.choices(list(acts), list(acts.values()))[0]()

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
            evidence="", etag="", duplicate_etag="", viewer=ANYBODY, now=self.tick(),
        )  # fmt: skip
        self.oracle.do("merge", who=who, other=other, sides=sides)

    async def unmerge(self) -> None:
        merged = sorted(self.oracle.above())
        if merged:
            who = self.draw.choice(merged)
            await merges.unmerge_contact(self.tx, self.ids[who], etag="", viewer=ANYBODY, now=self.tick())
            self.oracle.do("unmerge", who=who)

    async def edit(self) -> None:
        who = self.draw.choice(self.oracle.roots())
        told: dict[str, Any] = {self.draw.choice(["title", "stage", "country"]): self.draw.choice(["", self.fresh()])}
        if self.draw.random() < 0.3:
            told["tags"] = [self.fresh()]

        def change(contact: Contact) -> dict[str, Any]:
            return {name: value for name, value in told.items() if getattr(contact, name) != value}

        values, _ = self.oracle.fold()
        told = {name: value for name, value in told.items() if (values[who].get(name) or "") != value}
        await contacts.update_contact(self.tx, self.ids[who], change, etag="", viewer=ANYBODY, now=self.tick())
        if told:
            self.oracle.do("edit", who=who, told=told)

    async def row(self) -> None:
        """A table says something under one person's own id, often what the record says already."""
        who = self.draw.choice(sorted(self.ids))
        cells = [self.draw.choice(["", *FEW]), self.draw.choice(["", *FEW]), self.draw.choice(["", "one", "two"])]
        tags = self.draw.choice(["", *FEW])
        self.rows += 1
        await imports.append_import_rows(
            self.tx, self.table.id, self.rows, [[who, *cells, tags]], last=False, subjects=self.subjects,
            actor="users/oracle", now=self.tick(),
        )  # fmt: skip
        names = ("title", "stage", "attributes.plan")
        told: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
        self.oracle.do("row", who=who, told=told | ({"+tags": [tags]} if tags else {}))

    async def place(self) -> None:
        waiting = await self.aside()
        if waiting:
            change, who = self.draw.choice(waiting), self.draw.choice(self.oracle.roots())
            await history.place_contact_change(self.tx, change.number, self.ids[who], viewer=ANYBODY, now=self.tick())
            self.oracle.do("edit", who=who, told=dict(change.told))

    async def hand_over(self) -> None:
        """An address changes hands: the first holder's ends, the next one's begins."""
        subject, who = self.draw.choice(sorted(self.ids)), self.draw.choice(self.oracle.roots())
        value, day = self.known(EMAIL, f"{subject}@life.example"), self.draw.randint(100, 900)
        held = [each for each in self.oracle.done if each.subject == subject]
        if len(held) > 1:
            return
        root = next(root for root in self.oracle.roots() if subject in self.below(root))
        if root == who:
            return
        told: dict[str, Any] = {"etag": "", "viewer": ANYBODY}
        await identifiers.end_identifier(self.tx, self.ids[root], value, end=self.at(day), now=self.tick(), **told)
        await identifiers.add_identifier(
            self.tx, self.ids[who], value, from_time=None, evidence="", now=self.tick(), **told
        )
        self.oracle.do("end", who=subject, subject=subject, at=day)
        self.oracle.do("hold", who=who, subject=subject, at=day)

    async def touch(self) -> None:
        """Something happened, perhaps long ago, perhaps naming whom it was meant for."""
        subject = self.draw.choice(sorted(self.ids))
        named = self.draw.choice(["", "", *sorted(self.ids)])
        self.touches.append(Touched(len(self.touches), subject, self.draw.randint(1, 999), named))

    async def exclude(self) -> None:
        if self.touches:
            touch, who = self.draw.choice(self.touches), self.draw.choice(self.oracle.roots())
            told = {"evidence": "", "viewer": ANYBODY, "now": self.tick()}
            await links.exclude_touch(self.tx, self.ids[who], touch_name(touch.number), **told)
            self.oracle.do("exclude", who=who, touch=touch.number)

    async def include(self) -> None:
        open_ = [each for each in self.oracle._excluded() if each.who in self.oracle.roots()]
        if open_:
            one = self.draw.choice(open_)
            told = {"viewer": ANYBODY, "now": self.tick()}
            await links.include_touch(self.tx, self.ids[one.who], touch_name(one.touch), **told)
            self.oracle.do("include", who=one.who, touch=one.touch)

    def below(self, root: str) -> set[str]:
        merged, found = self.oracle.above(), {root}
        while more := {who for who, into in merged.items() if into in found} - found:
            found |= more
        return found

    async def aside(self) -> list[ContactChange]:
        await self.tx.flush()
        mine = select(ContactChange).where(col(ContactChange.standing) == Standing.SET_ASIDE.value)
        mine = mine.where(col(ContactChange.contact_id).in_(self.ids.values()))
        return list(await self.tx.scalars(mine.order_by(col(ContactChange.number))))

    async def compare(self) -> None:
        """Everything that the services say against everything that the oracle says."""
        await self.tx.flush()
        about = f"seed {self.seed}: {self.oracle.done}"
        values, _ = self.oracle.fold()
        merged = self.oracle.above()
        for who, known in self.ids.items():
            found = await self.tx.get(Contact, known, populate_existing=True)
            assert found is not None
            assert found.values() == values[who], f"{who} in {about}"
            into = self.names[found.merged_into] if found.merged_into else None
            assert into == merged.get(who), f"{who} in {about}"
        stored = await self.tx.scalars(select(IdentityLink).where(col(IdentityLink.contact_id).in_(self.ids.values())))
        told = [link.link() for link in stored]
        self.draw.shuffle(told)
        people = resolve([*told, *told])  # in any order, some of them twice
        for touch in self.touches:
            facts = TouchFacts(
                self.subjects.subject(EMAIL, f"{touch.subject}@life.example"), self.at(touch.at),
                self.ids.get(touch.contact), touch_name(touch.number),
            )  # fmt: skip
            owners = {self.names[each] for each in people.owner_of(facts).contacts}
            assert owners == self.oracle.owners(touch), f"{touch} in {about}"
        _, aside = self.oracle.fold()
        settled = await self.tx.scalars(
            select(ContactChange).where(
                col(ContactChange.contact_id).in_(self.ids.values()),
                col(ContactChange.standing).in_(["SET_ASIDE", "PLACED"]),
            )
        )
        expected = [plain(self.oracle.done[each].told) for each in aside]
        assert sorted(plain(each.told) for each in settled) == sorted(expected), about


def plain(told: dict[str, Any]) -> str:
    """What was told, the same text for the same; nothing is nothing, however it is written."""
    return str(sorted((name, value or None) for name, value in told.items()))


def touch_name(number: int) -> str:
    return "touches/" + base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


async def live(database: Database, seed: int) -> None:
    with contextlib.suppress(DoneError):
        async with database.transaction(patience=60) as tx:
            life = Life(tx, seed)
            await life.begin()
            for _ in range(STEPS):
                await life.step()
            await life.compare()
            raise DoneError


@pytest.mark.parametrize("first", range(1, LIVES + 1, BATCH))
async def test_any_life_equals_a_fold_from_scratch(make_database: Callable[..., Settings], first: int) -> None:
    database = Database(make_database("contact"), encode=events.encode)
    await database.open()
    try:
        for seed in range(first, first + BATCH):
            await live(database, seed)
            await asyncio.sleep(0)
    finally:
        await database.close()
