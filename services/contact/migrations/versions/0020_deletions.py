"""Whoever was deleted is erased when it cannot be taken back any more. Adds a column and an index."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An erasure without that moment was asked for, as all are that there are."""
    op.execute("ALTER TABLE erasure ADD COLUMN delete_time timestamptz")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY contact_deleted_index ON contact (id) WHERE delete_time IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX contact_deleted_index")
    op.execute("ALTER TABLE erasure DROP COLUMN delete_time")
