"""Who is restricted is found at once. Adds an index over few rows."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute("CREATE INDEX contact_restricted_index ON contact (id) WHERE restrict_time IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX contact_restricted_index")
