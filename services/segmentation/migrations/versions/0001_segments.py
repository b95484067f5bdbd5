"""Segments and memberships.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op
from chassis import inbox, outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEGMENT = """
CREATE TABLE segment (
    id uuid PRIMARY KEY,
    display_name text NOT NULL,
    description text NOT NULL,
    kind text NOT NULL,
    member_count bigint NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    membership_revision bigint NOT NULL,
    CONSTRAINT segment_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT segment_kind_check CHECK (kind IN ('LIST')),
    CONSTRAINT segment_member_count_check CHECK (member_count >= 0)
)
"""
MEMBERSHIP = """
CREATE TABLE membership (
    segment_id uuid NOT NULL CONSTRAINT membership_segment_id_fkey REFERENCES segment (id) ON DELETE CASCADE,
    contact_id uuid NOT NULL,
    join_time timestamptz NOT NULL,
    added_by text NOT NULL,
    PRIMARY KEY (segment_id, contact_id)
)
"""


def upgrade() -> None:
    op.execute(outbox.SCHEMA)
    op.execute(inbox.SCHEMA)
    op.execute(SEGMENT)
    op.execute("CREATE UNIQUE INDEX segment_display_name_key ON segment (lower(display_name))")
    op.execute(MEMBERSHIP)
    op.create_index("membership_contact_index", "membership", ["contact_id"])


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
