"""What campaign keeps no longer than deploy/retention.yaml says, and whom a legal hold spares."""

from chassis.keeping import Rule

HELD = "SELECT id FROM person WHERE is_held"
# The id of a message begins with the milliseconds of its making.
MILLISECONDS = "(extract(epoch FROM CAST(%(before)s AS timestamptz)) * 1000)::bigint"
FIRST = f"rpad(lpad(to_hex({MILLISECONDS}), 12, '0'), 32, '0')"
RULES = (
    Rule(
        "send",
        f"""kept.update_time < %(before)s AND kept.due_time IS NULL AND kept.state <> 'CLAIMED'
        AND (kept.address <> '' OR kept.reply_text <> '') AND kept.contact_id NOT IN ({HELD})""",
        empties="address = '', reply_text = ''",
    ),
    Rule(
        "sent_mail",
        f"""kept.message < {FIRST}::uuid AND NOT EXISTS (
        SELECT FROM send s WHERE s.message = kept.message AND s.contact_id IN ({HELD}))""",
    ),
    Rule(
        "brake",
        f"coalesce(kept.release_time, kept.expire_time) < %(before)s AND kept.target_id NOT IN ({HELD})",
    ),
    Rule("opt_in_mail", "kept.expire_time < %(before)s"),
    Rule("touch_refused_outbox", "kept.refuse_time < %(before)s"),
)
