"""What was deleted because of its age. Adds a table only."""

from alembic import op
from chassis import keeping

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(keeping.SCHEMA)


def downgrade() -> None:
    """There is no way back: what was deleted stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
