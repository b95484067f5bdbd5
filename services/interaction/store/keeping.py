"""What interaction keeps no longer than deploy/retention.yaml says; touches have periods by their type (retention)."""

from chassis.keeping import Rule

HELD = "SELECT unnest(contacts_merged_with(array(SELECT contact_id FROM contact WHERE is_held)))"
RULES = (
    Rule(
        "touch_conflict",
        "kept.refused_time < %(before)s AND kept.subject_id NOT IN (SELECT unnest(touch_held_subjects()))",
    ),
    Rule("alert", f"kept.create_time < %(before)s AND kept.contact_id NOT IN ({HELD})"),
)
