"""Every filter of a timeline against plain SQL, with pages of any size; and pages while old mails wake up."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.builtin import BUILTIN
from tests.interaction.world import NOW, World, touch

FILTERS = 200
TOUCHES = 400
DAY = 86_400
TYPES = ["email.opened", "email.clicked", "web.visited", "call.logged", "email.suppressed", "note.logged", "deal.won"]
WORDS = ["Pricing", "kiln", 'a "quote"', "back\\slash", "100 %", "under_score", "ŽLUŤOUČKÝ", "two\nlines", "42"]
MATCHES = """SELECT thread_time, thread FROM touch WHERE subject_id = ANY (%(subjects)s) AND {where}
GROUP BY thread_time, thread ORDER BY thread_time DESC, thread DESC"""
SAYS = """EXISTS (SELECT 1 FROM jsonb_path_query(attributes, 'strict $.**') said
WHERE jsonb_typeof(said) IN ('string', 'number') AND strpos(lower(said #>> '{{}}'), lower(%(text)s)) > 0)"""


class Life:
    """One person under three addresses, and everything that can be filtered by."""

    def __init__(self, seed: int, world: World) -> None:
        self.chance, self.world, self.contact = random.Random(seed), world, uuid4()
        self.values = [f"{n}.{seed}@kiln.example" for n in range(3)]
        self.campaigns, self.accounts, self.deals = ([uuid4() for _ in range(3)] for _ in range(3))

    @property
    def subjects(self) -> list[UUID]:
        return [UUID(bytes=self.world.subjects.of("email", value)) for value in self.values]

    def begin(self) -> None:
        self.world.contact(self.contact)
        for subject in self.subjects:
            self.world.holds(self.contact, subject.bytes)

    def touch(self, number: int) -> pb.Touch:
        chance, fields = self.chance, dict[str, Any]()
        ago = chance.uniform(60, 90 * DAY)
        if chance.random() < 0.5:
            message = chance.randrange(60)
            sent = NOW - timedelta(days=message + 1)
            fields |= {"message": f"m{message}", "message_time": sent}
            ago = (NOW - sent).total_seconds() - chance.uniform(0, 30 * 3600)
        for name, ids in (("campaign", self.campaigns), ("account", self.accounts), ("deal", self.deals)):
            if chance.random() < 0.4:
                fields[name] = f"{name}s/{chance.choice(ids)}"
        if chance.random() < 0.3:
            fields["actor"] = pb.Actor(kind=chance.choice([1, 2, 3]))
        if chance.random() < 0.5:
            fields["attributes"] = {"note" if chance.random() < 0.5 else "page": f"see {chance.choice(WORDS)} here"}
        if chance.random() < 0.2:
            fields["names"] = pb.Names(campaign=chance.choice(WORDS))
        kind, value = chance.choice(TYPES), chance.choice(self.values)
        return touch(f"{self.contact}/{number}", kind, value=value, ago=max(1.0, ago), **fields)

    def filter(self) -> tuple[pb.TimelineFilter, str, dict[str, Any]]:
        """A filter made of chance, and the same as SQL."""
        chance, wanted, parts = self.chance, pb.TimelineFilter(), ["true"]
        told: dict[str, Any] = {"subjects": self.subjects}
        for field, column, choices in (
            ("types", "type", [*TYPES, "email.*", "no.*"]),
            ("classes", "touch_class", [1, 2, 3, 4]),
            ("channels", "channel", [1, 3, 5, 6, 11]),
            ("campaigns", "campaign_id", self.campaigns),
            ("accounts", "account_id", self.accounts),
            ("deals", "deal_id", self.deals),
            ("actors", "actor", [1, 2, 3]),
        ):
            if chance.random() < 0.25:
                some = chance.sample(choices, chance.randint(1, 2))
                getattr(wanted, field).extend(f"{field}/{one}" if isinstance(one, UUID) else one for one in some)
                parts.append(" OR ".join(_equals(column, one) for one in some).join("()"))
        for field, comparison in (("from_time", ">="), ("to_time", "<")):
            if chance.random() < 0.25:
                told[field] = NOW - timedelta(days=chance.uniform(0, 90))
                getattr(wanted, field).FromDatetime(told[field])
                parts.append(f"occurred_time {comparison} %({field})s")
        if chance.random() < 0.3:
            told["text"] = wanted.text = chance.choice([*WORDS, "SEE", "nowhere", "note"])
            parts.append(SAYS)
        if chance.random() < 0.4:
            wanted.people_only = True
            parts.append("actor <> 3 AND verdict <> 2")
        return wanted, " AND ".join(parts), told


def _equals(column: str, one: Any) -> str:
    if isinstance(one, str) and one.endswith(".*"):
        return f"starts_with({column}, '{one[:-1]}')"
    return f"{column} = '{one}'"


async def test_each_of_two_hundred_random_filters_finds_what_sql_finds(world: World):
    life = Life(7, world)
    life.begin()
    await world.settled()
    await world.accept(*(life.touch(number) for number in range(TOUCHES)))
    hits = 0
    for number in range(FILTERS):
        wanted, where, told = life.filter()
        async with world.database.connection() as conn:
            rows = await (await conn.execute(MATCHES.format(where=where), told)).fetchall()
        size = life.chance.choice([23, 1_000, 1_000])
        threads = await world.timeline(f"contacts/{life.contact}", size=size, filter=wanted)
        found = [one.thread_time.ToMicroseconds() for one in threads]
        assert found == [round(row[0].timestamp() * 1e6) for row in rows], (number, wanted)
        assert len({one.name for one in threads}) == len(rows), (number, wanted)
        hits += bool(rows) and bool(wanted.ByteSize())
    assert hits > FILTERS / 3, "most filters found nothing: they prove little"


def test_the_types_of_the_filters_are_ours():
    assert set(TYPES) <= BUILTIN.keys()


async def test_an_old_mail_clicked_now_is_first_on_page_one_and_older_pages_neither_repeat_nor_miss(world: World):
    life = Life(8, world)
    life.begin()
    await world.settled()
    sent = {n: NOW - timedelta(days=40, minutes=n) for n in range(30)}
    mails = {n: {"message": f"old{n}", "message_time": at} for n, at in sent.items()}
    ago = {n: (NOW - at).total_seconds() - 1 for n, at in sent.items()}
    value = life.values[0]
    await world.accept(
        *(touch(f"sent{n}", "email.handed_over", value=value, ago=ago[n], **mails[n]) for n in range(30)),
        *(touch(f"visit{n}", "web.visited", value=value, ago=3_600 + n) for n in range(10)),
    )
    parent, shown, token = f"contacts/{life.contact}", [], ""
    before = [thread.name for thread in await world.timeline(parent)]
    for number in range(30):
        request = pb.GetTimelineRequest(parent=parent, page_size=5, page_token=token)
        page = await world.stub.GetTimeline(request)
        shown += [thread.name for thread in page.threads]
        token = page.next_page_token
        if not token:
            break
        woken = touch(f"click{number}", "email.clicked", value=value, ago=30 - number, **mails[number])
        (name,) = await world.accept(woken)
        first = await world.stub.GetTimeline(pb.GetTimelineRequest(parent=parent, page_size=1))
        assert [one.name for one in first.threads[0].touches] == [name], "a click of now stands on top"
    assert shown == before, "each row of before once, in its order, and nothing that came since"
