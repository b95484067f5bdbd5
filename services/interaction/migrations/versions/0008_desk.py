"""An index that answers what colleagues did and noted last with somebody: meetings, notes, tasks, their own mails.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHAT = "(subject_id, occurred_time) WHERE channel IN (4, 5, 12) OR type = 'email.sent'"


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        indexes.build("desk", WHAT)


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX touch_desk")
