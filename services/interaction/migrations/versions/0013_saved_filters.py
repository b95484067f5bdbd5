"""Which filters colleagues saved.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE saved_filter (
    user_id text NOT NULL,
    saved_filter_id uuid NOT NULL,
    display_name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    asks jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (user_id, saved_filter_id),
    UNIQUE (user_id, name_key)
);
"""


def upgrade() -> None:
    """Make it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE saved_filter")
