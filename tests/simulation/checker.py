"""What must hold when a seed is over, whatever befell: tables, streams and timelines against the account."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import UUID

from chassis.bus import Partition
from chassis.bus.sequence import is_next, parse
from chassis.deadletters import once, read_letter
from chassis.streams import dead_letters
from touchline.interaction.v1.intake_pb2 import TouchBatch

from services.interaction import usecases
from services.interaction.domain.threads import Filter
from services.interaction.gateways import INTAKE
from services.interaction.store import RECORDED
from tests.simulation.ground import PEOPLE, contact
from tests.simulation.log import PARTITIONS
from tests.simulation.people import Account
from tests.simulation.world import World

Key = tuple[UUID, UUID]
TOUCHES = "SELECT subject_id, touch_id, type, partition, epoch, seq FROM touch"
ROLLUPS = """SELECT subject_id, contact_id, day, type, verdict, touches FROM touch_count
EXCEPT ALL SELECT subject_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'),
(occurred_time AT TIME ZONE 'UTC')::date, type, verdict, count(*) FROM touch WHERE correction_of IS NULL
GROUP BY 1, 2, 3, 4, 5"""
COUNTED = "SELECT coalesce(sum(touches), 0) FROM touch_count"
CONFLICTS = "SELECT subject_id, touch_id FROM touch_conflict"
READ = "SELECT partition, epoch, seq, place, subject_id, touch_id FROM simulated_reading ORDER BY id"


def check(world: World, account: Account) -> list[str]:
    """Every violation, in words that begin with its kind."""
    rows = {(row[0], row[1]): row[2:] for row in world.ground.sql.execute(TOUCHES).fetchall()}
    stream = list(_stream(world))
    found = [f"bug: {alarm}" for alarm in world.alarms]
    found += _table(account, rows)
    found += _rollups(world, rows)
    found += [touch for touch in stream if isinstance(touch, str)]
    applied = [touch for touch in stream if not isinstance(touch, str)]
    found += _recorded(applied, rows)
    found += _order(account, {key: place for place, key in applied})
    found += _readers(world, applied)
    found += _letters(world, account)
    found += world.ground.runner.run(_timelines(world, account))
    return found


def _table(account: Account, rows: dict[Key, Any]) -> Iterator[str]:
    said = {entry.key: entry for entry in account.entries}
    for entry in account.acknowledged():
        if entry.key not in rows:
            yield f"lost: e{entry.number} was acknowledged and is not in the table"
        elif rows[entry.key][0] != entry.said.type:
            yield f"lost: e{entry.number} holds what was said later, {rows[entry.key][0]}"
    for key in rows.keys() - said.keys():
        yield f"invented: {key} was never said"


def _rollups(world: World, rows: dict[Key, Any]) -> Iterator[str]:
    for row in world.ground.sql.execute(ROLLUPS).fetchall():
        yield f"rollup: {row} is not what the table holds"
    counted = world.ground.sql.execute(COUNTED).fetchone()
    if counted and counted[0] != len(rows):
        yield f"rollup: {counted[0]} touches are counted, {len(rows)} are there"


def _stream(world: World) -> Iterator[str | tuple[tuple[int, int, int, int], Key]]:
    """The recorded stream as a consumer applies it: (partition, epoch, seq, place) and whose touch it is."""
    for number in range(PARTITIONS):
        last = (0, 0)
        for record in world.log.records[Partition(RECORDED, number)]:
            sequence = parse(record.header("ce_sequence"))
            if sequence is None:
                yield f"stream: {RECORDED}/{number} offset {record.offset} has no number"
            elif is_next(last, sequence) or (last == (0, 0) and sequence[1] == 1):
                last = sequence
                for place, touch in enumerate(TouchBatch.FromString(record.value).touches):
                    yield (number, *last, place), (UUID(bytes=touch.subject), UUID(bytes=touch.touch_id))
            elif sequence > last and sequence[1] > last[1] + 1:
                yield f"stream: {RECORDED}/{number} has {sequence[1]} after {last[1]}"


def _recorded(applied: list[tuple[tuple[int, int, int, int], Key]], rows: dict[Key, Any]) -> Iterator[str]:
    times = Counter(key for _, key in applied)
    yield from (f"doubled: {key} is {count} times on the recorded stream" for key, count in times.items() if count > 1)
    yield from (f"lost: {key} is not on the recorded stream" for key in rows.keys() - times.keys())
    yield from (f"invented: {key} is on the recorded stream alone" for key in times.keys() - rows.keys())
    for place, key in applied:
        if key in rows and tuple(rows[key][1:]) != place[:3]:
            yield f"stream: {key} came with {place[:3]} and is kept with {tuple(rows[key][1:])}"


def _order(account: Account, places: dict[Key, tuple[int, int, int, int]]) -> Iterator[str]:
    """Who was acknowledged before another was said for the first time stands before it, under the same subject."""
    entries = [entry for entry in account.acknowledged() if entry.key in places]
    for first in entries:
        for second in entries:
            is_before = first.person == second.person and first.acknowledged < second.first_sent
            if is_before and places[first.key] > places[second.key]:
                yield f"disordered: e{second.number} stands before e{first.number}"


def _readers(world: World, applied: list[tuple[tuple[int, int, int, int], Key]]) -> Iterator[str]:
    read = [((row[0], row[1], row[2], row[3]), (row[4], row[5])) for row in world.ground.sql.execute(READ).fetchall()]
    for number in range(PARTITIONS):
        theirs = [one for one in read if one[0][0] == number]
        ours = [one for one in applied if one[0][0] == number]
        if theirs != ours:
            twice = [place for place, count in Counter(place for place, _ in theirs).items() if count > 1]
            missing = [place for place, _ in ours if place not in {place for place, _ in theirs}]
            kind = "doubled" if twice else "lost" if missing else "disordered"
            yield f"{kind}: a reader of {number} applied {len(theirs)} touches of {len(ours)}; {twice or missing}"


def _letters(world: World, account: Account) -> Iterator[str]:
    letters = []
    for place, records in world.log.records.items():
        if place.stream in {dead_letters(INTAKE), dead_letters(RECORDED)}:
            letters += list(once(read_letter(record) for record in records))
    if (found := len({letter.id for letter in letters})) != account.poison:
        told = [
            f"{letter.record.stream}/{letter.record.partition}/{letter.record.offset} {letter.message}"
            for letter in letters
        ]
        yield f"dead letters: {found}, of {account.poison} that were planted; {told}"
    refused = {(row[0], row[1]) for row in world.ground.sql.execute(CONFLICTS).fetchall()}
    rivals = {entry.key for entry in account.entries if entry.has_rival}
    yield from (f"lost: what contradicts {key} was not kept" for key in rivals - refused)


async def _timelines(world: World, account: Account) -> list[str]:
    """Each person's timeline as it is read, against what was said to have happened when."""
    found = []
    async with world.ground.reading.transaction() as tx:
        for number in range(PEOPLE):
            person, _ = await usecases.get_person(tx, "contacts", contact(number))
            page = await usecases.get_timeline(tx, person, Filter(), after=None, size=100)
            shown = [touch.touch for thread in page.threads for touch in thread.touches]
            mine = [entry for entry in account.acknowledged() if entry.person == number]
            mine.sort(key=lambda entry: (entry.said.occurred_time.ToDatetime(tzinfo=UTC), entry.key[1]), reverse=True)
            wanted = [entry.key[1] for entry in mine]
            if [one for one in shown if one in set(wanted)] != wanted:
                found.append(
                    f"disordered: the timeline of person {number} is not in the order in which things happened"
                )
    return found
