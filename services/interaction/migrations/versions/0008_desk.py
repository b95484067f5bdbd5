"""An index that answers what colleagues did and noted last with somebody: meetings, notes, tasks, their own mails.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PARTITIONS = 16
WHERE = "WHERE channel IN (4, 5, 12) OR type = 'email.sent'"


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        op.execute(f"CREATE INDEX IF NOT EXISTS touch_desk ON ONLY touch (subject_id, occurred_time) {WHERE}")
        for number in range(PARTITIONS):
            name = f"touch_{number:02}"
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name}_desk ON {name} (subject_id, occurred_time) {WHERE}"
            )
            op.execute(f"ALTER INDEX touch_desk ATTACH PARTITION {name}_desk")


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX touch_desk")
