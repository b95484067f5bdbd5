"""Purchases that were written down before the stream told of any are known, so that it tells of them. Adds a column."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those that are there wait to be told, those that the version before writes meanwhile too."""
    op.execute("ALTER TABLE purchase ADD COLUMN is_told boolean NOT NULL DEFAULT false")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY purchase_untold_index ON purchase (id) WHERE NOT is_told")


def downgrade() -> None:
    op.execute("ALTER TABLE purchase DROP COLUMN is_told")
