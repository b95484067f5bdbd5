"""What contact keeps no longer than deploy/retention.yaml says, and whom a legal hold spares."""

# ruff: noqa: S608 - statements are put together from constant texts; every value is a parameter

from chassis.keeping import Rule

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
