"""Deleting what is kept of an erased person: her touches with what belongs to them, her links, her alerts."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.db import Tx
from chassis.erasures import Erased
from sqlalchemy import text

from services.interaction.domain.ids import NOBODY
from services.interaction.store.reading import run

ERASED = 4  # touchline.contact.v1.Contact.STATE_ERASED
NAMED = "SELECT subject_id FROM contact_subject WHERE contact_id = ANY (%s::uuid[])"
DOUBTFUL = """SELECT subject_id, touch_id, contact_id, occurred_time FROM touch
WHERE subject_id = ANY (%s::uuid[]) AND (contact_id IS NULL OR contact_id = ANY (%s::uuid[]))
AND least(occurred_time, thread_time) < %s"""
ALONE = """SELECT subject_id, touch_id FROM touch WHERE subject_id = ANY (%s::uuid[])
AND (contact_id IS NULL OR contact_id = ANY (%s::uuid[])) AND least(occurred_time, thread_time) < %s"""
# What is deleted with each touch; the counts lose what was counted of it, and no row of them stays that counts nothing.
TOUCH = """WITH gone AS (
    DELETE FROM touch t USING unnest(%s::uuid[], %s::uuid[]) AS k (s, i) WHERE t.subject_id = k.s AND t.touch_id = k.i
    RETURNING t.subject_id, t.contact_id, t.occurred_time, t.type, t.verdict, t.correction_of
), folded AS (
    SELECT subject_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000') AS contact_id,
           (occurred_time AT TIME ZONE 'UTC')::date AS day, type, verdict, count(*) AS touches
    FROM gone WHERE correction_of IS NULL GROUP BY 1, 2, 3, 4, 5
), counted AS (
    UPDATE touch_count c SET touches = c.touches - f.touches FROM folded f
    WHERE c.subject_id = f.subject_id AND c.contact_id = f.contact_id AND c.day = f.day AND c.type = f.type
    AND c.verdict = f.verdict
) SELECT count(*) FROM gone"""
OF_TOUCHES = {
    table: f"DELETE FROM {table} r USING unnest(%s::uuid[], %s::uuid[]) AS k (s, i) "
    "WHERE r.subject_id = k.s AND r.touch_id = k.i"
    for table in ("touch_raw", "touch_conflict", "alert")
}
STEPS = {
    "touch_count": """DELETE FROM touch_count WHERE contact_id = ANY (:contacts) OR subject_id = ANY (:hers)
        AND contact_id = :nobody AND (touches <= 0 OR day < (CAST(:time AS timestamptz) AT TIME ZONE 'UTC')::date)""",
    "touch_count_difference": """DELETE FROM touch_count_difference
        WHERE contact_id = ANY (:contacts) OR subject_id = ANY (:hers)""",
    "contact_subject": "DELETE FROM contact_subject WHERE contact_id = ANY (:contacts)",
    "contact_subject_missing": "DELETE FROM contact_subject_missing WHERE contact_id = ANY (:contacts)",
    "alert": "DELETE FROM alert WHERE contact_id = ANY (:contacts)",
    "pin": "DELETE FROM pin WHERE contact_id = ANY (:contacts)",
    "link": "DELETE FROM link WHERE contact_id = ANY (:contacts) OR survivor_id = ANY (:contacts)",
}
CONTACT = """INSERT INTO contact AS kept (contact_id, display_name, owner, team, account_id, state, epoch, revision)
VALUES (:contact, '', '', '', NULL, :state, :epoch, :revision) ON CONFLICT (contact_id) DO UPDATE
SET display_name = '', account_id = NULL, state = EXCLUDED.state, epoch = EXCLUDED.epoch, revision = EXCLUDED.revision
WHERE (EXCLUDED.epoch, EXCLUDED.revision) >= (kept.epoch, kept.revision)"""
TOMBSTONE = """INSERT INTO tombstone AS kept (subject_id, contact_id, time, is_closed)
SELECT s, c, %s, o FROM unnest(%s::uuid[], %s::uuid[], %s::boolean[]) AS told (s, c, o)
ON CONFLICT (subject_id, contact_id) DO UPDATE
SET time = greatest(kept.time, EXCLUDED.time), is_closed = kept.is_closed OR EXCLUDED.is_closed"""
IS_ERASED = text("SELECT EXISTS (SELECT FROM erasure WHERE contacts && CAST(:contacts AS uuid[]))")
Key = tuple[UUID, UUID]


class Doubtful(NamedTuple):
    """A touch under a subject that others held too: whose it is, the links say."""

    subject: UUID
    touch: UUID
    contact: UUID | None
    occurred_time: datetime


async def list_named(tx: Tx, contacts: Sequence[UUID]) -> set[UUID]:
    """The subjects with touches that name one of these contacts without being linked to it."""
    return {row[0] for row in await run(tx, NAMED, [list(contacts)])}


async def list_alone(tx: Tx, erased: Erased) -> list[Key]:
    """The touches under subjects that were hers alone."""
    return [(row[0], row[1]) for row in await run(tx, ALONE, [erased.hers, erased.ids, erased.time])]


async def list_doubtful(tx: Tx, subjects: Collection[UUID], erased: Erased) -> list[Doubtful]:
    """The touches under subjects of several people that may be hers."""
    return [Doubtful(*row) for row in await run(tx, DOUBTFUL, [list(subjects), erased.ids, erased.time])]


async def delete(tx: Tx, erased: Erased, touches: Sequence[Key]) -> dict[str, int]:
    """Delete these touches and everything else of hers; gives how many rows of each table."""
    keys: list[Any] = [[subject for subject, _ in touches], [touch for _, touch in touches]]
    counts: dict[str, int] = {"touch": (await run(tx, TOUCH, keys))[0][0]}
    connection = await tx.session.connection()
    for table, statement in OF_TOUCHES.items():
        counts[table] = (await connection.exec_driver_sql(statement, tuple(keys))).rowcount
    told = {"contacts": erased.ids, "hers": erased.hers, "nobody": NOBODY, "time": erased.time}
    for table, statement in STEPS.items():
        names = {name: told[name] for name in told if f":{name}" in statement}
        found = await tx.execute(text(statement), names)
        counts[table] = counts.get(table, 0) + found.rowcount  # type: ignore[attr-defined]
    return counts


async def bury(tx: Tx, erased: Erased) -> None:
    """Keep what may not come back: subjects that were hers, her part in those she shared, and her contacts."""
    for contact, revision in erased.contacts.items():
        told = {"contact": contact, "state": ERASED, "epoch": erased.epoch, "revision": revision}
        await tx.execute(text(CONTACT), told)
    own = {UUID(bytes=subject) for subject in erased.own}
    rows = [(subject, NOBODY, subject in own) for subject in erased.hers]
    rows += [(subject, contact, False) for subject in erased.others for contact in erased.ids]
    rows += [(NOBODY, contact, False) for contact in erased.ids]
    connection = await tx.session.connection()
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.exec_driver_sql(TOMBSTONE, (erased.time, *columns))


async def is_erased(tx: Tx, contacts: Collection[UUID]) -> bool:
    """Whether one of these contacts is erased."""
    return bool(await tx.scalar(IS_ERASED, {"contacts": list(contacts)}))
