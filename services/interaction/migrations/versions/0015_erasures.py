"""Who was erased, and what was deleted because of that. Adds a table only."""

from alembic import op
from chassis import erasures

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(erasures.SCHEMA)


def downgrade() -> None:
    """There is no way back: who was erased stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
