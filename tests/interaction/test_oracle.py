"""Every timeline equals what the test itself folds from everything that it caused, page by page, both ways."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import identity
import pytest
from identity import Kind
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids
from tests.interaction.world import NOW, World, new_link, touch

TYPES = ["email.opened", "email.clicked", "web.visited", "call.logged", "email.suppressed", "note.logged", "deal.won"]


class History:
    """A small town: people with addresses, some shared, handed on, merged or un-merged, and what they did."""

    def __init__(self, seed: int, world: World) -> None:
        self.chance = random.Random(seed)
        self.world = world
        self.people = [uuid4() for _ in range(8)]
        self.values = [f"p{n}.{seed}@kiln.example" for n in range(12)]
        self.links: dict[UUID, identity.Link] = {}
        self.touches: list[pb.Touch] = []
        self.accounts = [uuid4(), uuid4()]

    def subject(self, value: str) -> bytes:
        return self.world.subjects.of("email", value)

    def keep(self, link: identity.Link) -> None:
        self.links[link.id] = link
        self.world.link(link)

    def change(self, link: identity.Link, **fields: object) -> None:
        self.keep(replace(link, revision=link.revision + 1, **fields))

    def live(self) -> None:
        """Links of every kind, some changed afterwards."""
        for contact in self.people:
            self.world.contact(contact)
        for account in self.accounts:
            self.world.say(account_changed={"account": f"accounts/{account}", "revision": 1, "active": True})
        for value, contact in zip(self.values, self.people, strict=False):
            self.keep(new_link(Kind.HOLDS, contact=contact, subject=self.subject(value)))
        self._hand_over(self.values[0], self.people[0], self.people[1])
        self._share(self.values[8], self.people[2:4])
        self.keep(new_link(Kind.ROLE, account=self.accounts[0], subject=self.subject(self.values[9])))
        merged = new_link(Kind.MERGE, contact=self.people[4], survivor=self.people[5])
        unmerged = new_link(Kind.MERGE, contact=self.people[6], survivor=self.people[7])
        self.keep(merged)
        self.keep(unmerged)
        self.change(unmerged, retracted_time=datetime.now(UTC))
        never = new_link(Kind.HOLDS, contact=self.people[3], subject=self.subject(self.values[10]))
        self.keep(never)
        self.change(never, retracted_time=datetime.now(UTC))

    def _hand_over(self, value: str, first: UUID, second: UUID) -> None:
        at = NOW - timedelta(days=3, hours=5)
        held = next(link for link in self.links.values() if link.contact == first)
        self.change(held, to_time=at)
        self.keep(new_link(Kind.HOLDS, contact=second, subject=self.subject(value), from_time=at))

    def _share(self, value: str, contacts: list[UUID]) -> None:
        for contact in contacts:
            self.keep(new_link(Kind.SHARED, contact=contact, subject=self.subject(value)))

    def act(self, count: int) -> None:
        """Touches of all kinds: some twice, some late, some of a message, some that name a contact."""
        for number in range(count):
            self.touches.append(self._touch(number))

    def _touch(self, number: int) -> pb.Touch:
        chance = self.chance
        fields: dict[str, object] = {}
        ago = chance.uniform(60, 8 * 86400)
        if chance.random() < 0.4:
            message = chance.randrange(20)
            sent = NOW - timedelta(days=message % 7, hours=8)
            fields |= {"message": f"m{message}", "message_time": sent}
            ago = (NOW - sent).total_seconds() - chance.uniform(-60, 40 * 3600)
        if chance.random() < 0.2:
            fields["contact"] = f"contacts/{chance.choice(self.people)}"
        if chance.random() < 0.1:
            fields["account"] = f"accounts/{chance.choice(self.accounts)}"
        value = chance.choice(self.values)
        return touch(f"e{number}", chance.choice(TYPES), value=value, ago=max(1.0, ago), **fields)

    def exclude(self, names: list[str]) -> None:
        """One touch of each of two people was somebody else's."""
        resolver = self.resolver()
        for name, said in list(zip(names, self.touches, strict=True))[:10]:
            owner = resolver.owner_of(self.facts(name, said))
            for contact in owner.contacts:
                self.keep(new_link(Kind.EXCLUSION, contact=contact, touch=name))

    def resolver(self) -> identity.Resolver:
        return identity.resolve(self.links.values())

    def facts(self, name: str, said: pb.Touch) -> identity.TouchFacts:
        """The facts as they are to be written: with the direct holder where the survivor was named."""
        subject = self.subject(said.identifier.value)
        occurred = said.occurred_time.ToDatetime(tzinfo=UTC)
        contact = UUID(said.contact.removeprefix("contacts/")) if said.contact else None
        if contact:
            contact = self.resolver().direct_holder(contact, subject, occurred)
        return identity.TouchFacts(subject, occurred, contact, name)

    def expected(self, names: list[str]) -> dict[str, list[list[str]]]:
        """Each person's, each account's and nobody's threads, folded here from what was caused."""
        threads: dict[str, dict[tuple[int, bytes], list[tuple[tuple[int, int, bytes], str]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        resolver = self.resolver()
        for name, said in dict(zip(names, self.touches, strict=True)).items():
            _, touch_id = ids.parse_touch_name(name)
            occurred = said.occurred_time.ToMicroseconds()
            thread, time = touch_id.bytes, occurred
            if said.message:
                sent = said.message_time.ToMicroseconds()
                if occurred <= sent + 86_400_000_000:
                    thread, time = ids.message_thread("mail", said.message, sent)
            owner = resolver.owner_of(self.facts(name, said))
            places = {f"contacts/{contact}" for contact in owner.contacts}
            if said.account:
                places.add(said.account)
            if owner.account:
                places.add(f"accounts/{owner.account}")
            if not owner.contacts and not owner.account:
                places.add("nobody")
            rank = {"email.opened": 30, "email.clicked": 40, "web.visited": 20, "email.suppressed": 5}
            for place in places:
                key = (occurred, rank.get(said.type, 50), touch_id.bytes)
                threads[place][time, thread].append((key, name))
        return {
            place: [[name for _, name in sorted(found[key])] for key in sorted(found, reverse=True)]
            for place, found in threads.items()
        }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_timeline_is_what_was_caused(world: World, seed: int):
    history = History(seed, world)
    history.live()
    await world.settled()
    history.act(400)
    order = list(range(len(history.touches)))
    history.chance.shuffle(order)
    recorded: dict[int, str] = {}
    for at in range(0, len(order), 37):
        part = order[at : at + 37]
        recorded |= dict(zip(part, await world.accept(*(history.touches[n] for n in part)), strict=True))
    await world.accept(*history.touches[:50])
    names = [recorded[n] for n in range(len(order))]
    history.exclude(names)
    await world.settled()
    expected = history.expected(names)
    resolver = history.resolver()
    for contact in history.people:
        await check(world, f"contacts/{contact}", expected.get(f"contacts/{resolver.person(contact)}", []))
    for account in history.accounts:
        await check(world, f"accounts/{account}", expected.get(f"accounts/{account}", []))
    admin = await world.caller("admin")
    unlinked = await admin.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=1000))
    strays = {name for thread in expected.get("nobody", []) for name in thread}
    assert {one.name for one in unlinked.touches} == strays
    assert unlinked.total_size == len(strays)


async def check(world: World, parent: str, expected: list[list[str]]) -> None:
    """A timeline and its counts, on pages of three sizes."""
    for size in (3, 50, 1000):
        threads = await world.timeline(parent, size=size)
        assert [[one.name for one in thread.touches] for thread in threads] == expected, parent
    first = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent))
    assert first.counts.total == sum(map(len, expected)), parent
    for kind in ("call.logged", "email.clicked"):
        found = await world.timeline(parent, size=4, filter=pb.TimelineFilter(types=[kind]))
        picked = [
            [one.name for one in thread.touches]
            for thread in await world.timeline(parent, size=1000)
            if any(one.type == kind for one in thread.touches)
        ]
        assert [[one.name for one in thread.touches] for thread in found] == picked
