"""What was deleted because of its age, and on whom a legal hold lies. Adds only, with a default."""

from alembic import op
from chassis import keeping

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.execute(keeping.SCHEMA)
    op.execute("ALTER TABLE person ADD COLUMN is_held boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX person_held_index ON person (id) WHERE is_held")


def downgrade() -> None:
    """There is no way back: what was deleted stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
