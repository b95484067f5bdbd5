"""Which touches were an erased person's alone because they had been taken off others, so that none comes back.

Adds a table only. What was erased before has no rows in it: of that is known what was known.
"""

from alembic import op
from chassis import erasures

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(erasures.TOUCHES)


def downgrade() -> None:
    """There is no way back: who was erased stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
