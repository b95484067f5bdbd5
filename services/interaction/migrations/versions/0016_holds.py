"""On whom a legal hold lies: retention deletes none of her touches.

Adds a column with a default and replaces a function by one that does the same and spares who is held.
"""

import importlib

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RETENTION = importlib.import_module("services.interaction.migrations.versions.0006_retention")
HELD = """
CREATE FUNCTION touch_held_subjects() RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    held uuid[] := array(SELECT contact_id FROM contact WHERE is_held);
    members uuid[];
BEGIN
    IF cardinality(held) = 0 THEN
        RETURN held;
    END IF;
    members := contacts_merged_with(held);
    RETURN array(SELECT subject_id FROM link WHERE contact_id = ANY (members) AND subject_id IS NOT NULL
        UNION SELECT subject_id FROM contact_subject WHERE contact_id = ANY (members));
END $$;
"""


def upgrade() -> None:
    """Make them."""
    op.execute("ALTER TABLE contact ADD COLUMN is_held boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX contact_held ON contact (contact_id) WHERE is_held")
    op.execute(HELD)
    portion = RETENTION.PORTION.replace("CREATE FUNCTION touch_retire", "CREATE OR REPLACE FUNCTION touch_retire")
    spared = portion.replace(
        "(SELECT r.begin_day::timestamp AT TIME ZONE ''UTC'' FROM touch_retention r WHERE r.type = t.type)",
        "(SELECT r.begin_day::timestamp AT TIME ZONE ''UTC'' FROM touch_retention r WHERE r.type = t.type)\n"
        "        AND t.subject_id <> ALL (%L::uuid[])",
    ).replace(
        "format('(%s,0)', walk.block + blocks))",
        "format('(%s,0)', walk.block + blocks), touch_held_subjects())",
    )
    assert spared.count("%L::uuid[]") == 1
    assert spared.count("touch_held_subjects()") == 1
    op.execute(spared)


def downgrade() -> None:
    """There is no way back: what a hold spares stays."""
    raise NotImplementedError("a database goes back by restoring a backup")
