"""An index that answers what touched a deal, from the first on.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARTITIONS = 16
WHAT = "(deal_id, occurred_time, subject_id, touch_id) WHERE deal_id IS NOT NULL"


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        op.execute(f"CREATE INDEX IF NOT EXISTS touch_deal ON ONLY touch {WHAT}")
        for number in range(PARTITIONS):
            name = f"touch_{number:02}"
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name}_deal ON {name} {WHAT}")
            op.execute(f"ALTER INDEX touch_deal ATTACH PARTITION {name}_deal")


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX touch_deal")
