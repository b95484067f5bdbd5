"""Counts folded anew from the touches: damaged ones are corrected, live ones are not disturbed."""

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from chassis.errors import FailedPrecondition
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.usecases import Comparison, Rebuild
from tests.interaction.world import World, touch

VALUES = [f"p{n}@kiln.example" for n in range(40)]
TYPES = ["email.opened", "email.clicked", "web.visited"]
COUNTS = "SELECT subject_id, contact_id, day, type, verdict, touches FROM touch_count ORDER BY 1, 2, 3, 4, 5"
FOLDED = """SELECT subject_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'),
(occurred_time AT TIME ZONE 'UTC')::date, type, verdict, count(*) FROM touch WHERE correction_of IS NULL
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"""
DAMAGE = (
    "UPDATE touch_count SET touches = touches + 7 WHERE type = 'email.opened'",
    "DELETE FROM touch_count WHERE type = 'email.clicked'",
    "INSERT INTO touch_count SELECT gen_random_uuid(), gen_random_uuid(), '2020-01-01', 'web.visited', 0, 3",
    "DELETE FROM contact_subject",
)


def ask(world: World, *statements: str) -> list[Any]:
    with psycopg.connect(world.settings.database_dsn(), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def acted(first: int, count: int) -> list[pb.Touch]:
    """Touches of everybody on several days, some naming a contact that holds nothing."""
    named = {"contact": f"contacts/{uuid4()}"}
    return [
        touch(f"e{n}", TYPES[n % 3], value=VALUES[n % 40], ago=n % 9 * 86_400 + 60, **named if n % 10 == 0 else {})
        for n in range(first, first + count)
    ]


async def rebuilt(world: World, part_bytes: int = 16_384) -> Comparison:
    return await Rebuild(world.database, part_bytes=part_bytes).run(lambda _found: True)


async def test_damaged_counts_are_corrected_to_what_the_touches_say(world: World):
    written = acted(0, 600)
    names = await world.accept(*written)
    again = touch("again", value=written[0].identifier.value, correction_of=names[0])
    await world.accept(again)
    noted = ask(world, "SELECT * FROM contact_subject ORDER BY 1, 2")
    before = ask(world, COUNTS)
    assert before == ask(world, FOLDED)
    sound = await rebuilt(world)
    assert (sound.equal, sound.different, sound.named) == (len(before), 0, 0)
    ask(world, *DAMAGE)
    found = await rebuilt(world)
    assert (found.equal, found.named) == (sum(row[3] == "web.visited" for row in before), len(noted))
    assert found.different == 1 + sum(row[3] != "web.visited" for row in before)
    assert {example.type for example in found.examples} <= set(TYPES)
    assert ask(world, COUNTS) == before
    assert ask(world, "SELECT * FROM contact_subject ORDER BY 1, 2") == noted
    assert (await rebuilt(world)).is_equal


async def test_nothing_is_lost_or_doubled_while_touches_are_recorded(world: World):
    await world.accept(*acted(0, 400))
    ask(world, *DAMAGE)
    count, is_over = 400, asyncio.Event()

    async def live() -> None:
        nonlocal count
        while not is_over.is_set():
            results = await world.record(*acted(count, 10))
            assert all(result.status.code == 0 for result in results)
            count += 10

    living = asyncio.create_task(live())
    for _ in range(3):
        await rebuilt(world, 200_000)
        ask(world, DAMAGE[0])
    await rebuilt(world, 200_000)
    is_over.set()
    await living
    await world.settled()
    assert count > 410
    assert ask(world, COUNTS) == ask(world, FOLDED)
    assert ask(world, "SELECT sum(touches) FROM touch_count") == [(count,)]


class Killed(Exception):
    """As a killed process ends."""


async def test_a_rebuild_that_was_killed_leaves_the_live_counts_and_the_next_one_begins_anew(world: World):
    await world.accept(*acted(0, 400))
    ask(world, *DAMAGE)
    before = ask(world, COUNTS)

    def die(_found: Any) -> bool:
        raise Killed

    with pytest.raises(Killed):
        await Rebuild(world.database, part_bytes=16_384).run(die)
    assert ask(world, COUNTS) == before
    assert ask(world, "SELECT count(*) > 0 FROM touch_count_difference") == [(True,)]
    assert not (await Rebuild(world.database).run(lambda _found: False)).is_equal
    assert ask(world, COUNTS) == before
    await rebuilt(world)
    assert ask(world, COUNTS) == ask(world, FOLDED)


async def test_days_before_a_history_begins_stay_as_they_are(world: World):
    await world.accept(*acted(0, 300))
    before = ask(world, "SELECT sum(touches) FROM touch_count")
    begin = "INSERT INTO touch_retention VALUES ('web.visited', 3, current_date - 3, now())"
    ask(world, begin, "DELETE FROM touch WHERE type = 'web.visited' AND occurred_time < current_date - 3")
    assert ask(world, "SELECT count(*) FROM touch") != before
    assert (await rebuilt(world)).is_equal
    assert ask(world, "SELECT sum(touches) FROM touch_count") == before


async def test_two_rebuilds_do_not_meet(world: World):
    await world.accept(*acted(0, 40))
    ask(world, *DAMAGE)
    async with world.database.connection() as held:
        await held.execute("SELECT pg_advisory_lock(hashtextextended('rebuild', 7))")
        with pytest.raises(FailedPrecondition):
            await rebuilt(world)
    assert not (await rebuilt(world)).is_equal
