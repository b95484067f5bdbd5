"""Room on the pages of counts: one that grows stays on its page, and the index need not hear of it.

Changes what is written from now on; pages that are full stay so. Locks for a moment.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave a quarter free."""
    op.execute("ALTER TABLE touch_count SET (fillfactor = 75)")


def downgrade() -> None:
    """Fill pages again."""
    op.execute("ALTER TABLE touch_count RESET (fillfactor)")
