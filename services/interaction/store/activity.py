"""What an owner's contacts did lately, and a colleague's open tasks."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction.domain.activities import Glimpse
from services.interaction.domain.threads import Found
from services.interaction.store.reading import COLUMNS, fetch, run

MOST_OF_SUBJECT = 50
MOST_TASKS = 1_000
OUTCOMES = (
    *("email.handed_over", "email.delivered", "email.bounced", "email.failed"),
    *("email.suppressed", "email.cancelled"),
)
MAIL_OUTCOMES = """SELECT subject_id, coalesce(message, ''), type, coalesce(attributes ->> 'reason', ''), occurred_time,
    contact_id FROM touch
WHERE subject_id = ANY (%s) AND type = ANY (%s) AND activity_id = %s
ORDER BY occurred_time, rank, touch_id"""
SUBJECTS = """WITH everybody AS (SELECT unnest(contacts_merged_with({whom})) AS id), subjects AS (
    SELECT subject_id FROM link WHERE subject_id IS NOT NULL AND contact_id IN (SELECT id FROM everybody)
    UNION SELECT subject_id FROM contact_subject WHERE contact_id IN (SELECT id FROM everybody)
)"""
OF_OWNER = SUBJECTS.format(whom="array(SELECT contact_id FROM contact WHERE owner = %s AND state <> 3)")
OF_CONTACTS = SUBJECTS.format(whom="%s::uuid[]")
RESPONSES = f"""SELECT t.* FROM subjects s CROSS JOIN LATERAL (
    SELECT subject_id, touch_id, occurred_time, contact_id, type FROM touch
    WHERE subject_id = s.subject_id AND touch_class = 1 AND is_response AND verdict <> 2 AND actor <> 3
    AND correction_of IS NULL AND occurred_time >= %s AND type <> ALL (%s::text[])
    ORDER BY occurred_time DESC LIMIT {MOST_OF_SUBJECT}) AS t"""
LAST = """SELECT t.* FROM subjects s CROSS JOIN LATERAL (
    SELECT subject_id, touch_id, occurred_time, contact_id, type FROM touch
    WHERE subject_id = s.subject_id AND type <> ALL (%s::text[])
    ORDER BY thread_time DESC, thread DESC, occurred_time DESC, rank DESC, touch_id DESC LIMIT 5) AS t"""
OF_DEAL = f"""SELECT {COLUMNS} FROM touch WHERE deal_id = %s AND correction_of IS NULL
AND (occurred_time, subject_id, touch_id) > (%s, %s, %s) ORDER BY occurred_time, subject_id, touch_id LIMIT %s"""
NAME = (
    "'touches/' || rtrim(translate(encode(uuid_send(c.subject_id) || uuid_send(c.touch_id), 'base64'), "
    "E'+/\\n', '-_'), '=')"
)
IS_OPEN = f"""AND NOT EXISTS (SELECT FROM touch d WHERE d.type IN ('task.completed', 'task.cancelled')
    AND d.attributes #>> '{{attributes,task}}' = {NAME})
AND NOT EXISTS (SELECT FROM touch e WHERE e.subject_id = c.subject_id AND e.correction_of = c.touch_id)"""
OPEN = f"""FROM touch c
WHERE c.type = 'task.created' AND c.attributes #>> '{{attributes,assignee}}' = %s
{IS_OPEN}
ORDER BY c.occurred_time DESC LIMIT %s"""
OF_TASK = ", ".join(f"c.{name.strip()}" for name in COLUMNS.split(","))
OPEN_TASKS = f"SELECT {OF_TASK} {OPEN}"
# Reminders are texts of whatever zone: their order as texts is that of their moments but for less than a day.
REMIND = "c.attributes #>> '{attributes,remind_time}'"
REMINDERS = f"""SELECT {OF_TASK}, c.attributes #>> '{{attributes,assignee}}', {REMIND} FROM touch c
WHERE c.type = 'task.created' AND ({REMIND}) COLLATE "C" BETWEEN %s AND %s {IS_OPEN}
AND NOT EXISTS (SELECT FROM alert a WHERE a.subject_id = c.subject_id AND a.touch_id = c.touch_id) LIMIT {MOST_TASKS}"""
TITLES = f"SELECT c.attributes #>> '{{attributes,title}}', c.attributes #>> '{{attributes,due_time}}' {OPEN}"


async def list_activity(tx: Tx, owner: str, since: datetime, hidden: Sequence[str]) -> list[Glimpse]:
    """What happened since a moment under each subject of an owner's contacts, in no order; some may be another's."""
    rows: Sequence[Any] = await run(tx, f"{OF_OWNER} {RESPONSES}", [owner, since, list(hidden)])
    return [Glimpse(*row) for row in rows]


async def list_standing(
    tx: Tx, contacts: Sequence[UUID], since: datetime, hidden: Sequence[str]
) -> tuple[list[Glimpse], list[Glimpse]]:
    """The responses since a moment under each subject of some contacts, and the newest touches there, of any kind."""
    responses, last = await tx.fetch(
        (f"{OF_CONTACTS} {RESPONSES}", [list(contacts), since, list(hidden)]),
        (f"{OF_CONTACTS} {LAST}", [list(contacts), list(hidden)]),
    )
    return [Glimpse(*row) for row in responses], [Glimpse(*row) for row in last]


async def list_of_deal(tx: Tx, deal: UUID, after: tuple[datetime, UUID, UUID], limit: int) -> list[Found]:
    """The touches that name a deal, the first first, from behind one of them."""
    return await fetch(tx, OF_DEAL, [deal, *after, limit])


async def list_mail_outcomes(tx: Tx, activity: UUID, subjects: Sequence[UUID]) -> Sequence[Any]:
    """What touches say became of an activity's mails to these subjects, as they occurred.

    Each row is (subject, message or "", type, reason or "", moment, contact or None).
    """
    return await run(tx, MAIL_OUTCOMES, [list(subjects), list(OUTCOMES), activity])


async def list_open_tasks(tx: Tx, assignee: str) -> list[Found]:
    """The touches that made a colleague's open tasks, the newest first."""
    return await fetch(tx, OPEN_TASKS, [assignee, MOST_TASKS])


async def list_reminders(tx: Tx, since: datetime, until: datetime) -> list[tuple[Found, str, str]]:
    """Open tasks that nobody was reminded of yet: each with its assignee and its reminder's moment as it was said.

    Some of these moments lie up to a day outside of the bounds.
    """
    bounds = [f"{moment:%Y-%m-%dT%H:%M}" for moment in (since - timedelta(days=1), until + timedelta(days=1))]
    return [(Found(*row[:-2]), row[-2] or "", row[-1]) for row in await run(tx, REMINDERS, bounds)]


async def list_task_titles(tx: Tx, assignee: str) -> list[tuple[str, str]]:
    """What a colleague's open tasks are called, and when each is due as its source said; empty where it did not."""
    return [(row[0] or "", row[1] or "") for row in await run(tx, TITLES, [assignee, MOST_TASKS])]
