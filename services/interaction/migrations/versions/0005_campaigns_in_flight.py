"""An index that answers which campaigns touched somebody last; outbox rows are no longer compressed on their short way.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE outbox ALTER COLUMN data SET STORAGE EXTERNAL")
        indexes.build("campaign", "(subject_id, occurred_time) WHERE campaign_id IS NOT NULL")


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX touch_campaign")
    op.execute("ALTER TABLE outbox ALTER COLUMN data SET STORAGE EXTENDED")
