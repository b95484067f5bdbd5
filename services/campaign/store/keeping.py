"""What campaign keeps no longer than deploy/retention.yaml says, and whom a legal hold spares."""

from chassis.keeping import Rule

HELD = "SELECT id FROM person WHERE is_held"
RULES = (
    Rule(
        "send",
        f"""kept.update_time < %(before)s AND kept.due_time IS NULL AND kept.state <> 'CLAIMED'
        AND (kept.address <> '' OR kept.reply_text <> '') AND kept.contact_id NOT IN ({HELD})""",
        empties="address = '', reply_text = ''",
    ),
    Rule(
        "brake",
        f"coalesce(kept.release_time, kept.expire_time) < %(before)s AND kept.target_id NOT IN ({HELD})",
    ),
    Rule("opt_in_mail", "kept.expire_time < %(before)s"),
    Rule("touch_refused_outbox", "kept.refuse_time < %(before)s"),
)
