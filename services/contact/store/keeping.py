"""What contact keeps no longer than deploy/retention.yaml says, and whom a legal hold spares."""

# ruff: noqa: S608 - statements are put together from constant texts; every value is a parameter

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from chassis.db import Tx
from chassis.keeping import Rule
from sqlalchemy import text

# Whoever a hold lies on, and everybody who is one person with them: those merged into them, or they into.
HELD = """WITH RECURSIVE held AS (
    SELECT id, merged_into FROM contact WHERE hold_time IS NOT NULL
    UNION SELECT same.id, same.merged_into FROM held CROSS JOIN LATERAL (
        SELECT id, merged_into FROM contact WHERE merged_into = held.id
        UNION ALL SELECT id, merged_into FROM contact WHERE id = held.merged_into) AS same
) SELECT id FROM held"""
RULES = (
    Rule(
        "import_row",
        f"""kept.import_id IN (SELECT id FROM contact_import WHERE update_time < %(before)s)
        AND (kept.contact_id IS NULL OR kept.contact_id NOT IN ({HELD}))""",
    ),
    Rule(
        "contact_import",
        "kept.update_time < %(before)s AND NOT EXISTS (SELECT FROM import_row WHERE import_id = kept.id)",
    ),
    Rule(
        "opt_in",
        f"""kept.expire_time < %(before)s AND kept.subject NOT IN (
        SELECT subject FROM identity_link WHERE subject IS NOT NULL AND contact_id IN ({HELD}))""",
    ),
    Rule(
        "audit_entry",
        f"""kept.time < %(before)s AND kept.reason_hash <> '' AND kept.reason_salt <> ''
        AND kept.resource NOT IN (SELECT 'contacts/' || held_id FROM ({HELD}) AS spared (held_id))""",
        empties="reason = '', reason_salt = ''",
    ),
)

STORE = "contact"  # whoever was deleted goes with much more than a row of a table: no rule can say it
DELETED = text(f"""SELECT id FROM contact WHERE delete_time < :before AND id > :after AND id NOT IN ({HELD})
ORDER BY id LIMIT :most""")
DONE = text("SELECT is_done FROM retention_evidence WHERE day = :day AND store = :store")
TOLD = text("""INSERT INTO retention_evidence AS told (day, store, before_time, rows, is_done)
VALUES (:day, :store, :before, :rows, :is_done) ON CONFLICT (day, store) DO UPDATE
SET rows = told.rows + EXCLUDED.rows, is_done = told.is_done OR EXCLUDED.is_done""")


async def list_deleted(tx: Tx, before: datetime, after: UUID, most: int) -> Sequence[UUID]:
    """Some of those who were deleted before a moment, and on whom no hold lies, in the order of their ids."""
    return list((await tx.execute(DELETED, {"before": before, "after": after, "most": most})).scalars())


async def is_done(tx: Tx, day: date) -> bool:
    """Whether all of them went that day."""
    return bool(await tx.scalar(DONE, {"day": day, "store": STORE}))


async def tell_purged(tx: Tx, day: date, before: datetime, contacts: int, *, is_done: bool = False) -> None:
    """Add to the evidence of a day how many contacts went, in the transaction in which they do."""
    told = {"day": day, "store": STORE, "before": before, "rows": contacts, "is_done": is_done}
    await tx.execute(TOLD, told)
