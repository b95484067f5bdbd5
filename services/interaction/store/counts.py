"""Counts of a timeline from the rollups; the day on which a link starts or ends is counted from rows."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections import Counter
from collections.abc import Sequence
from typing import Any

from chassis.db import Tx

from services.interaction.domain.ids import NOBODY
from services.interaction.domain.threads import Days, days_of, union
from services.interaction.domain.timeline import Person
from services.interaction.store.reading import Clause, branches, run

Counts = Counter[tuple[str, int]]
Query = tuple[str, list[Any]]


async def count_touches(tx: Tx, person: Person) -> Counts:
    """How many touches a timeline has, by (type, verdict)."""
    if person.account is not None:
        return sum([await _by_rows(tx, branch) for branch in branches(person)], Counter())
    whole = [days_of(span) for span in union(person.spans)]
    named, contactless, excluded = await tx.fetch(_named(person), _contactless(whole), _excluded(person))
    counts = _counter(named) + _counter(contactless)
    for days in whole:
        for first, last in days.edges:
            edge = Clause().add("subject_id = %s AND contact_id IS NULL", days.subject)
            counts += await _by_rows(tx, edge.add("occurred_time >= %s AND occurred_time < %s", first, last))
    return counts - _counter(excluded)


def _named(person: Person) -> Query:
    query = """SELECT type, verdict, sum(touches) FROM touch_count
    WHERE subject_id = ANY (%s::uuid[]) AND contact_id = ANY (%s::uuid[]) GROUP BY type, verdict"""
    return query, [list(person.subjects), list(person.members)]


def _contactless(whole: Sequence[Days]) -> Query:
    query = """SELECT type, verdict, sum(touches) FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS k (s, first, last)
    JOIN touch_count c ON c.subject_id = k.s AND c.contact_id = %s
    AND (k.first IS NULL OR c.day >= k.first) AND (k.last IS NULL OR c.day <= k.last) GROUP BY type, verdict"""
    columns = [[days.subject for days in whole], [days.first for days in whole], [days.last for days in whole]]
    return query, [*columns, NOBODY]


def _excluded(person: Person) -> Query:
    """Touches that would be the person's, and are on the wrong one, as one of its contacts says.

    It may be said of any touch: of one that is no longer the person's, nothing was counted.
    """
    query = """SELECT t.type, t.verdict, count(*) FROM
    (SELECT DISTINCT touch_subject_id, touch_id FROM link
     WHERE kind = 'exclusion' AND retracted_time IS NULL AND contact_id = ANY (%s::uuid[])) AS l
    JOIN touch t ON t.subject_id = l.touch_subject_id AND t.touch_id = l.touch_id
    WHERE t.correction_of IS NULL AND t.subject_id = ANY (%s::uuid[])
    AND (t.contact_id = ANY (%s::uuid[]) OR t.contact_id IS NULL AND EXISTS (
        SELECT FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS k (s, first, behind)
        WHERE k.s = t.subject_id AND (k.first IS NULL OR k.first <= t.occurred_time)
        AND (k.behind IS NULL OR t.occurred_time < k.behind)
    )) GROUP BY t.type, t.verdict"""
    members, spans = list(person.members), person.spans
    held = [[s.subject for s in spans], [s.from_time for s in spans], [s.to_time for s in spans]]
    return query, [members, list(person.subjects), members, *held]


async def _by_rows(tx: Tx, where: Clause) -> Counts:
    query = (
        f"SELECT type, verdict, count(*) FROM touch WHERE {where.text()} AND correction_of IS NULL "
        "GROUP BY type, verdict"
    )
    return _counter(await run(tx, query, where.values))


def _counter(rows: Any) -> Counts:
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})
