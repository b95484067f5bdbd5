"""Emptying what is kept of an erased person: her projection, her lines of the ledger, who waits to be written to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.erasures import Erased
from psycopg import AsyncConnection
from sqlalchemy import text

# Lines of the ledger stay, as counts of a campaign do: without address and without what a server said of it.
STEPS = {
    "send": """UPDATE send SET address = '', reply_text = '', update_time = now(),
        state = CASE WHEN due_time IS NULL THEN state ELSE 'CANCELLED' END,
        reason = CASE WHEN due_time IS NULL THEN reason ELSE 'CONTACT_GONE' END, due_time = NULL
        WHERE contact_id = ANY (:contacts) AND (address <> '' OR reply_text <> '' OR due_time IS NOT NULL)""",
    # Behind the lines: a sender that settles one at this moment is waited for, and keeps nothing of hers afterwards.
    "sent_mail": """DELETE FROM sent_mail kept USING send s
        WHERE s.message = kept.message AND s.contact_id = ANY (:contacts)""",
    "audience_member": "DELETE FROM audience_member WHERE contact_id = ANY (:contacts)",
    "brake": "DELETE FROM brake WHERE target = 'CONTACT' AND target_id = ANY (:contacts)",
    "person": """UPDATE person SET survivor_id = id, direct_id = id, given_name = '', family_name = '',
        display_name = '', title = '', account_id = NULL, stage = '', email = '', subject = NULL, language = '',
        time_zone = '', country = '', attributes = '{}', tags = '{}', is_active = false, read_time = clock_timestamp()
        WHERE id = ANY (:contacts)""",
    "deal": """UPDATE deal SET contacts = array(SELECT one FROM unnest(contacts) AS one WHERE one <> ALL (:names))
        WHERE contacts && CAST(:names AS text[])""",
}
REFUSED = """DELETE FROM touch_refused_outbox
WHERE EXISTS (SELECT FROM unnest(CAST(:names AS text[])) AS name
              WHERE position(convert_to(name, 'UTF8') IN touch) > 0)"""
SWEEP = """UPDATE send SET address = '', reply_text = '' WHERE contact_id = ANY (%s::uuid[]) AND state <> 'CLAIMED'
AND (address <> '' OR reply_text <> '')"""
CLAIMED = "SELECT EXISTS (SELECT FROM send WHERE contact_id = ANY (%s::uuid[]) AND state = 'CLAIMED')"


async def empty(tx: Tx, erased: Erased) -> dict[str, int]:
    """Empty and delete; gives how many rows of each table."""
    told: dict[str, Any] = {"contacts": erased.ids, "names": [str(contact) for contact in erased.ids]}
    counts = {}
    for table, statement in {**STEPS, "touch_refused_outbox": REFUSED}.items():
        names = {name: told[name] for name in told if f":{name}" in statement}
        counts[table] = (await tx.execute(text(statement), names)).rowcount  # type: ignore[attr-defined]
    return counts


async def sweep(conn: AsyncConnection[Any], contacts: Sequence[UUID], subjects: Sequence[UUID]) -> bool:
    """Empty what was settled since; False while a mail of hers is on its way to the server."""
    await conn.execute(SWEEP, (list(contacts),))
    row = await (await conn.execute(CLAIMED, (list(contacts),))).fetchone()
    return not (row and row[0])
