"""When a suppression was said, as the system knows that it comes from.

Adds a column without a value; the version before does not know it.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("ALTER TABLE suppression ADD COLUMN said_time timestamptz")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE suppression DROP COLUMN said_time")
