"""How far the audit log was told outside of this database. Adds a table only."""

from alembic import op
from chassis import anchoring

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(anchoring.SCHEMA)


def downgrade() -> None:
    """There is no way back: what was told stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
