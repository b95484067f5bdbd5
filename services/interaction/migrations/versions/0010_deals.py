"""An index that answers what touched a deal, from the first on.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHAT = "(deal_id, occurred_time, subject_id, touch_id) WHERE deal_id IS NOT NULL"


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        indexes.build("deal", WHAT)


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX touch_deal")
