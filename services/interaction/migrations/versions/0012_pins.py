"""Which touches are pinned for whom.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE pin (
    contact_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    user_id text NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (contact_id, subject_id, touch_id)
);
"""


def upgrade() -> None:
    """Make it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE pin")
