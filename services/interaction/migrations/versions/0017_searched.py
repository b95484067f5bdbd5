"""What a touch says, folded when it is written, so that a search by text need not write every touch as text again.

Adds a column without a value; touches of before are searched as they were.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("ALTER TABLE touch ADD COLUMN searched text")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE touch DROP COLUMN searched")
