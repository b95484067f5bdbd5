"""What was deleted because of its age, and an index over the few on whom a hold lies. Adds only."""

from alembic import op
from chassis import keeping

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(keeping.SCHEMA)
    op.execute("CREATE INDEX contact_held_index ON contact (id) WHERE hold_time IS NOT NULL")


def downgrade() -> None:
    """There is no way back: what was deleted stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
