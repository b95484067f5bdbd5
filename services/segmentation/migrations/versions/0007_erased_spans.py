"""When subjects of several people were an erased person's alone, so that nothing of that time comes back.

Adds a table only. What was erased before has no rows in it: of that is known what was known.
"""

from alembic import op
from chassis import erasures

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(erasures.SPANS)


def downgrade() -> None:
    """There is no way back: who was erased stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
