"""One rule, three answers that are the same: SQL over all, Python over one, and what is kept as changes come in."""

import itertools
import random
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from chassis.clock import FixedClock
from chassis.db import Database
from chassis.ids import uuid7
from sqlalchemy import select, text
from touchline.contact.v1 import contact_events_pb2 as contact_events
from touchline.segmentation.v1.segmentation_events_pb2 import SegmentationEvent, SegmentMembershipChanged

from services.segmentation import events
from services.segmentation.domain import Kind, rules
from services.segmentation.domain.evaluate import evaluate, is_member
from services.segmentation.domain.rules import Operator
from services.segmentation.jobs import Evaluator
from services.segmentation.models import PERSON, Membership, Segment, SegmentRule
from services.segmentation.store import compiled, facts
from services.segmentation.store.evaluation import list_versions, prepare
from services.segmentation.usecases.evaluating import ordered
from tests.segmentation.world import HOUR, START, TYPES, World, hear, stamp, touch_record, us

HISTORIES = 20
RULES = 25


@asynccontextmanager
async def opened(settings):
    database = Database(settings, encode=events.encode)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def people(tx):
    return list(await tx.scalars(select(PERSON.c.contact_id)))


async def by_sql(tx, rule, now):
    return set(await tx.scalars(compiled.members(rule, now)))


EVERYTHING = rules.Touches(TYPES)


async def known(tx):
    """What is known of everybody now."""
    return {contact: await facts.get_facts(tx, contact, EVERYTHING) for contact in await people(tx)}


def by_python(found, rule, now):
    inside = {contact for contact, each in found.items() if is_member(rule, each, now)}
    due = {contact: evaluate(rule, each, now)[0].next_change for contact, each in found.items() if each.is_active}
    return inside, {contact: at for contact, at in due.items() if at is not None}


async def test_sql_and_python_agree_on_500_rules_histories_and_moments(make_database):
    settled = 0
    async with opened(make_database("segmentation")) as database:
        for seed in range(HISTORIES):
            world = World(seed)
            async with database.connection() as conn:
                await conn.execute("TRUNCATE person, account, link, consent, suppression, purchase, touch, change")
                await hear(conn, world.beginning() + [world.happening() for _ in range(60)])
            async with database.transaction() as tx:
                found = await known(tx)
                for _ in range(RULES):
                    rule, now = world.rule(), world.grid(-96, 96)
                    assert rules.load(rules.dump(rule)) == rule
                    inside, due = by_python(found, rule, now)
                    assert await by_sql(tx, rule, now) == inside, (seed, rule, now)
                    rows = (await tx.execute(compiled.answers(rule, now))).all()
                    assert {row[0] for row in rows if row[1]} == inside, (seed, rule, now)
                    assert {row[0]: row[2] for row in rows if row[2] is not None} == due, (seed, rule, now)
                    settled += 0 < len(inside) < len(world.contacts)
    assert settled > HISTORIES * RULES / 4


DAY, LONG = timedelta(days=1), timedelta(days=1096)
INSTANT = timedelta(microseconds=1)
MOMENTS = [*(rules.BEGINNING + each for each in (DAY * 0, INSTANT, DAY)), START]
MOMENTS += [rules.END - each for each in (LONG, DAY, DAY - INSTANT, INSTANT, DAY * 0)]
WINDOWS = [
    rule
    for within in (DAY, LONG)
    for rule in (
        rules.Attribute("attributes.renewal", Operator.WITHIN_LAST, (), within),
        rules.Attribute("attributes.renewal", Operator.WITHIN_NEXT, (), within),
        rules.Touches(TYPES, 1, None, within),
        rules.Touches(TYPES, None, 0, within),
        rules.Purchases(within=within),
        rules.Purchases(max_count=0, within=within),
        rules.Purchases(min_amount=1, currency="EUR", within=within),
    )
]
RENEW = """
UPDATE person
SET state = 'ACTIVE', attributes = jsonb_build_object('attributes.renewal', jsonb_build_object('time', %s))
WHERE contact_id = %s
"""


async def test_sql_and_python_agree_at_both_ends_of_the_calendar(make_database):
    world, counted = World(1), 0
    async with opened(make_database("segmentation")) as database, database.connection() as conn:
        await hear(conn, world.beginning())
        for contact, moment in zip(world.contacts, MOMENTS, strict=False):
            await conn.execute(RENEW, (us(moment), contact))
            bought = world.purchase(contact, "Mill", 5, "EUR", moment)
            await hear(conn, [touch_record(world, contact, TYPES[0], moment), bought])
        async with database.transaction() as tx:
            found = await known(tx)
            for rule, now in itertools.product(WINDOWS, MOMENTS):
                inside, due = by_python(found, rule, now)
                assert await by_sql(tx, rule, now) == inside, (rule, now)
                rows = (await tx.execute(compiled.answers(rule, now))).all()
                assert {row[0] for row in rows if row[1]} == inside, (rule, now)
                assert {row[0]: row[2] for row in rows if row[2] is not None} == due, (rule, now)
                counted += len(inside)
    assert counted > len(WINDOWS) * len(MOMENTS)


async def test_a_moment_whose_window_ends_beyond_the_calendar_stops_no_evaluation(make_database):
    world, clock = World(1), FixedClock(rules.END)
    async with opened(make_database("segmentation")) as database, database.connection() as conn:
        await hear(conn, world.beginning())
        await conn.execute(RENEW, (us(rules.END), world.contacts[0]))
        segment = await a_rule(database, world, 0, WINDOWS[0])
        evaluator = Evaluator(database, clock)
        await evaluator.settle()
        assert (await evaluator.step()).next_due is None
        async with database.transaction() as tx:
            assert await kept(tx, segment) == {world.contacts[0]}


async def a_rule(database, world, number, rule):
    async with database.transaction() as tx:
        segment = Segment(
            id=uuid7(START + number * HOUR),
            display_name=f"Segment {number}",
            kind=Kind.RULE,
            create_time=START,
            update_time=START,
            rule_version=1,
        )
        tx.add(segment)
        await tx.flush()
        tx.add(SegmentRule(segment_id=segment.id, version=1, tree=rules.dump(rule), create_time=START))
    return segment.id


async def another_rule(database, segment, rule, now):
    async with database.transaction() as tx:
        row = await tx.get(Segment, segment)
        row.rule_version += 1
        tx.add(SegmentRule(segment_id=segment, version=row.rule_version, tree=rules.dump(rule), create_time=now))


async def kept(tx, segment):
    return set(await tx.scalars(select(Membership.contact_id).where(Membership.segment_id == segment)))


async def told(database):
    """Who is in what, by nothing but the events; each must flip."""
    inside = {}
    async with database.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM outbox ORDER BY partition, seq")).fetchall()
    for (data,) in rows:
        event = SegmentationEvent.FromString(data)
        if event.WhichOneof("event") != "segment_membership_changed":
            continue
        said = event.segment_membership_changed
        members = inside.setdefault(said.segment, set())
        is_in = said.change == SegmentMembershipChanged.CHANGE_ENTERED
        assert (said.contact in members) != is_in, "a membership was told that did not flip"
        members.symmetric_difference_update({said.contact})
        assert said.cause.kind
    return inside


async def check(database, now):
    """What is kept is what a full recompute and the evaluator say, and what the events add up to."""
    by_events = await told(database)
    async with database.transaction() as tx:
        await prepare(tx)
        found = await known(tx)
        for version in ordered(await list_versions(tx)):
            assert version.is_active
            inside = await kept(tx, version.segment)
            assert inside == await by_sql(tx, version.rule, now), version
            assert inside == by_python(found, version.rule, now)[0], version
            assert {f"contacts/{each}" for each in inside} == by_events.get(f"segments/{version.segment}", set())
            segment = await tx.get(Segment, version.segment)
            assert segment.member_count == len(inside)


@pytest.mark.parametrize("seed", range(4))
async def test_after_an_hour_of_changes_what_is_kept_is_what_a_full_recompute_says(make_database, seed):
    world, clock = World(seed), FixedClock(START)
    pick = random.Random(seed)
    async with opened(make_database("segmentation")) as database, database.connection() as conn:
        evaluator, segments = Evaluator(database, clock), []
        await hear(conn, world.beginning() + [world.happening() for _ in range(40)])
        for number in range(10):
            segments.append(await a_rule(database, world, number, world.rule(segments=segments)))
        await evaluator.settle()
        await check(database, clock.now())
        for _ in range(20):
            records = [world.happening() for _ in range(pick.randint(1, 8))]
            pick.shuffle(records)
            await hear(conn, records)
            clock.set(clock.now() + timedelta(minutes=3) * pick.choice((0, 1, 2)))
            if pick.random() < 0.5:
                await evaluator.settle()
            if pick.random() < 0.2:
                again = pick.randrange(len(segments))
                await another_rule(database, segments[again], world.rule(segments=segments[:again]), clock.now())
        await evaluator.settle()
        await check(database, clock.now())
        clock.set(clock.now() + timedelta(days=pick.randint(1, 12)))
        await evaluator.settle()
        await check(database, clock.now())


@pytest.mark.parametrize("seed", range(2))
async def test_the_order_in_which_facts_arrive_does_not_matter(make_database, seed):
    found = []
    for order in range(2):
        world, clock = World(seed), FixedClock(START)
        records = world.beginning() + [world.happening() for _ in range(60)]
        tree = [world.rule() for _ in range(8)]
        if order:
            random.Random(seed).shuffle(records)
        async with opened(make_database("segmentation")) as database, database.connection() as conn:
            evaluator = Evaluator(database, clock)
            segments = [await a_rule(database, world, number, rule) for number, rule in enumerate(tree)]
            for at in range(0, len(records), 7):
                await hear(conn, records[at : at + 7])
                await evaluator.settle()
            await check(database, clock.now())
            async with database.transaction() as tx:
                found.append([await kept(tx, segment) for segment in segments])
    assert found[0] == found[1]
    assert any(found[0])


async def test_time_alone_ends_a_membership_and_nothing_is_done_in_between(make_database):
    world, clock = World(1), FixedClock(START)
    async with opened(make_database("segmentation")) as database, database.connection() as conn:
        evaluator = Evaluator(database, clock)
        await hear(conn, world.beginning())
        segment = await a_rule(database, world, 0, rules.Touches(("email.clicked",), within=timedelta(days=1)))
        await evaluator.settle()
        await hear(conn, [touch_record(world, world.contacts[3], "email.clicked", START)])
        await evaluator.settle()
        outcome = await evaluator.step()
        assert (outcome.is_busy, outcome.next_due) == (False, START + timedelta(days=1))
        async with database.transaction() as tx:
            assert await kept(tx, segment) == {world.contacts[3]}
            assert await tx.scalar(text("SELECT count(*) FROM change")) == 0
        clock.set(START + timedelta(days=1))
        await evaluator.settle()
        await check(database, clock.now())
        async with database.transaction() as tx:
            assert await kept(tx, segment) == set()


async def test_what_somebody_refused_is_read_before_what_ran_out_later(make_database):
    world = World(1)
    contact = world.contacts[0]

    def said(hours, status, topic):
        return world.record(
            consent_changed=contact_events.ConsentChanged(
                consent_event=f"consentEvents/{world.id()}", subject=world.subjects[contact][0].bytes,
                purpose="PURPOSE_MARKETING", channel="CHANNEL_EMAIL", topic=topic, status=f"STATUS_{status}",
                capture_time=stamp(START + hours * HOUR),
            )
        )  # fmt: skip

    async with opened(make_database("segmentation")) as database:
        async with database.connection() as conn:
            await conn.execute("TRUNCATE person, account, link, consent, suppression, purchase, touch, change")
            await hear(conn, [*world.beginning(), said(-9, "WITHDRAWN", "news"), said(-8, "EXPIRED", "")])
        async with database.transaction() as tx:
            found = await known(tx)
            for state, holds in ((rules.Reading.WITHDRAWN, True), (rules.Reading.EXPIRED, False)):
                rule = rules.Consent(purpose="MARKETING", channel="EMAIL", topic="news", states=(state,))
                inside, _ = by_python(found, rule, START)
                assert (contact in inside, await by_sql(tx, rule, START)) == (holds, inside)
