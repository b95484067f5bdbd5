"""Reading timelines: one backward scan of the index per subject, joined by UNION ALL; never `= ANY (subjects)`."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction.domain import searching
from services.interaction.domain.threads import SHOWN_TOUCHES, Filter, Found, Place
from services.interaction.domain.timeline import Person, Span

COLUMNS = (
    "subject_id, touch_id, thread, thread_time, occurred_time, rank, verdict, contact_id, account_id, campaign_id, "
    "correction_of, recorded_time, type, payload, partition, epoch, seq"
)
BACKWARD = "thread_time DESC, thread DESC, occurred_time DESC, rank DESC, touch_id DESC"
FORWARD = "thread_time, thread, occurred_time, rank, touch_id"
MACHINE = 2
DESK = "(channel IN (4, 5, 12) OR type = 'email.sent')"  # as the index touch_desk has it
Key = tuple[datetime, UUID, datetime, int, UUID]
Behind = Place | Key | None


@dataclass
class Clause:
    """SQL with its parameters, put together from constant texts only."""

    sql: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> "Clause":
        self.sql.append(sql)
        self.values.extend(values)
        return self

    def text(self, joint: str = " AND ") -> str:
        return joint.join(self.sql)


def branches(person: Person) -> list[Clause]:
    """One clause per held subject (and one for an account's own touches): which rows there may be the person's."""
    members = list(person.members)
    found = []
    if person.account is not None:
        found.append(Clause().add("account_id = %s", person.account))
    for subject in sorted({span.subject for span in person.spans}):
        clause = Clause().add("subject_id = %s", subject)
        whose = _times([span for span in person.spans if span.subject == subject])
        if members:
            whose.add("contact_id = ANY (%s::uuid[])", members)
        clause.add(f"({whose.text(' OR ')})", *whose.values)
        if person.account is not None:
            clause.add("account_id IS DISTINCT FROM %s", person.account)
        found.append(clause)
    return found


def _times(spans: Sequence[Span]) -> Clause:
    clause = Clause()
    for span in spans:
        when = Clause().add("contact_id IS NULL")
        if span.from_time is not None:
            when.add("occurred_time >= %s", span.from_time)
        if span.to_time is not None:
            when.add("occurred_time < %s", span.to_time)
        clause.add(f"({when.text()})", *when.values)
    return clause


def shown(wanted: Filter) -> Clause:
    """Which touches may be shown at all."""
    clause = Clause()
    if wanted.people_only:
        clause.add("verdict <> 2 AND actor <> 3")
    if wanted.hidden_types:
        clause.add("type <> ALL (%s::text[])", list(wanted.hidden_types))
    return clause


def by_machines(wanted: Filter) -> Clause:
    """Which touches people-only hides of those that may be shown."""
    clause = Clause().add("(verdict = 2 OR actor = 3)")
    if wanted.hidden_types:
        clause.add("type <> ALL (%s::text[])", list(wanted.hidden_types))
    return clause


def matching(wanted: Filter) -> Clause:
    """Which touches pick their thread."""
    clause = Clause()
    _add_types(clause, wanted.types)
    for column, kind, values in (
        ("touch_class", "smallint", wanted.classes),
        ("channel", "smallint", wanted.channels),
        ("campaign_id", "uuid", wanted.campaigns),
        ("account_id", "uuid", wanted.accounts),
        ("deal_id", "uuid", wanted.deals),
        ("actor", "smallint", wanted.actors),
    ):
        if values:
            clause.add(f"{column} = ANY (%s::{kind}[])", list(values))
    if wanted.from_time is not None:
        clause.add("occurred_time >= %s", wanted.from_time)
    if wanted.to_time is not None:
        clause.add("occurred_time < %s", wanted.to_time)
    if wanted.text:
        _add_text(clause, wanted)
    return clause


def _add_types(clause: Clause, types: Sequence[str]) -> None:
    if types:
        exact = [name for name in types if not name.endswith(".*")]
        prefixes = [_like(name[:-1]) + "%" for name in types if name.endswith(".*")]
        clause.add("(type = ANY (%s::text[]) OR type LIKE ANY (%s::text[]))", exact, prefixes)


def _add_text(clause: Clause, wanted: Filter) -> None:
    """Search what the touch says; what is personal only for who sees it, so that nobody finds a hidden value."""
    document = "attributes" if wanted.sees_personal else "(attributes - 'personal') #- '{names,message}'"
    # Whatever says it holds it written as JSON, too: that is cheap to ask and leaves few rows to walk through.
    clause.add(
        "(strpos(searched, %s) > 0 OR searched IS NULL AND attributes::text ILIKE %s)",
        searching.term(wanted.text),
        f"%{_like(searching.quoted(wanted.text))}%",
    )
    clause.add(
        f"EXISTS (SELECT 1 FROM jsonb_path_query({document}, 'strict $.**') AS said "
        "WHERE jsonb_typeof(said) IN ('string', 'number') AND said #>> '{}' ILIKE %s)",
        f"%{_like(wanted.text)}%",
    )


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def scan(tx: Tx, person: Person, conditions: Iterable[Clause], *, after: Behind, limit: int) -> list[Found]:
    """The next touches of a timeline, newest thread first, from behind a thread or a touch."""
    asked = _asked(person, [*conditions, _behind(after)], order=BACKWARD, limit=limit)
    return await _first(tx, asked, BACKWARD, limit)


def _asked(person: Person, conditions: Sequence[Clause], *, order: str, limit: int, columns: str = COLUMNS) -> Clause:
    """The first rows under each of the person's subjects.

    Those that only name the person may be any number: they share one plan, which reads them one after the other.
    """
    asked = Clause()
    for branch in branches(person):
        where = _joined([branch, *conditions])
        asked.add(f"(SELECT {columns} FROM touch WHERE {where.text()} ORDER BY {order} LIMIT %s)", *where.values, limit)
    if person.named_only:
        named = Clause().add("subject_id = named.subject AND contact_id = ANY (%s::uuid[])", list(person.members))
        where = _joined([named, *conditions])
        asked.add(
            f"(SELECT t.* FROM unnest(%s::uuid[]) AS named (subject) CROSS JOIN LATERAL "
            f"(SELECT {columns} FROM touch WHERE {where.text()} ORDER BY {order} LIMIT %s) AS t)",
            *[sorted(person.named_only), *where.values, limit],
        )
    return asked


async def _first(tx: Tx, asked: Clause, order: str, limit: int) -> list[Found]:
    if not asked.sql:
        return []
    query = f"SELECT * FROM ({asked.text(' UNION ALL ')}) AS t ORDER BY {order} LIMIT %s"
    return await fetch(tx, query, [*asked.values, limit])


def _behind(after: Behind) -> Clause:
    if after is None:
        return Clause()
    if len(after) == 2:
        return Clause().add("(thread_time, thread) < (%s, %s)", *after)
    return Clause().add("(thread_time, thread, occurred_time, rank, touch_id) < (%s, %s, %s, %s, %s)", *after)


async def list_threads(tx: Tx, person: Person, places: Sequence[Place], condition: Clause) -> list[Found]:
    """The first touches of whole threads, one more than is shown of each, so that a caller sees that there are more."""
    here = Clause().add("thread_time = k.k_time AND thread = k.k_thread")
    asked = _asked(person, [here, condition], order=FORWARD, limit=SHOWN_TOUCHES + 1)
    if not asked.sql or not places:
        return []
    query = (
        f"SELECT t.* FROM unnest(%s::timestamptz[], %s::uuid[]) AS k (k_time, k_thread) CROSS JOIN LATERAL "
        f"({asked.text(' UNION ALL ')}) AS t"
    )
    times, threads = [place.thread_time for place in places], [place.thread for place in places]
    return await fetch(tx, query, [times, threads, *asked.values])


async def list_thread(
    tx: Tx, person: Person, place: Place, condition: Clause, *, after: tuple[datetime, int, UUID] | None, limit: int
) -> list[Found]:
    """Touches of one thread in their order, from behind one of them."""
    behind = Clause().add("(occurred_time, rank, touch_id) > (%s, %s, %s)", *after) if after else Clause()
    here = Clause().add("thread_time = %s AND thread = %s", *place)
    return await _first(tx, _asked(person, [here, condition, behind], order=FORWARD, limit=limit), FORWARD, limit)


async def newest(tx: Tx, person: Person, conditions: Sequence[tuple[Clause, int]]) -> list[list[Found]]:
    """For each condition, which an index of its own answers, so many touches that occurred last."""
    asked = Clause()
    for number, (condition, limit) in enumerate(conditions):
        columns = f"{number} AS asked, {COLUMNS}"
        one = _asked(person, [condition], order="occurred_time DESC", limit=limit, columns=columns)
        asked.sql += one.sql
        asked.values += one.values
    found: list[list[Found]] = [[] for _ in conditions]
    if asked.sql:
        for row in await run(tx, asked.text(" UNION ALL "), asked.values):
            found[row[0]].append(Found(*row[1:]))
    return [
        sorted(each, key=lambda one: one.occurred_time, reverse=True)[:limit]
        for each, (_, limit) in zip(found, conditions, strict=True)
    ]


async def list_touches(tx: Tx, keys: Sequence[tuple[UUID, UUID]]) -> list[Found]:
    """Touches by subject and id, as far as there are any, in no order."""
    query = (
        f"SELECT {COLUMNS} FROM unnest(%s::uuid[], %s::uuid[]) AS k (s, i) "
        f"CROSS JOIN LATERAL (SELECT {COLUMNS} FROM touch WHERE subject_id = k.s AND touch_id = k.i) AS t"
    )
    return await fetch(tx, query, [[key[0] for key in keys], [key[1] for key in keys]])


async def list_evidence(tx: Tx, keys: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID, datetime, bytes]]:
    """What is kept apart of touches, by subject and id, with when each was accepted; as far as there is any."""
    query = """SELECT r.subject_id, r.touch_id, r.accepted_time, r.evidence
        FROM unnest(%s::uuid[], %s::uuid[]) AS k (s, i) JOIN touch_raw r ON r.subject_id = k.s AND r.touch_id = k.i"""
    rows = await run(tx, query, [[key[0] for key in keys], [key[1] for key in keys]])
    return [(subject, touch, time, bytes(evidence)) for subject, touch, time, evidence in rows]


async def read_history(tx: Tx, after: tuple[UUID, UUID], limit: int) -> list[Found]:
    """Every touch by subject and id, from behind one of them."""
    query = (
        f"SELECT {COLUMNS} FROM touch WHERE (subject_id, touch_id) > (%s, %s) ORDER BY subject_id, touch_id LIMIT %s"
    )
    return await fetch(tx, query, [*after, limit])


async def fetch(tx: Tx, query: str, values: Sequence[Any]) -> list[Found]:
    """Touches that a query with COLUMNS finds."""
    return [Found(*row) for row in await run(tx, query, values)]


async def run(tx: Tx, query: str, values: Sequence[Any]) -> Sequence[Any]:
    """Rows of a query in psycopg's own form."""
    (rows,) = await tx.fetch((query, values))
    return rows


def _joined(clauses: Iterable[Clause]) -> Clause:
    joined = Clause()
    for clause in clauses:
        if clause.sql:
            joined.add(clause.text(), *clause.values)
    return joined
