"""A seal keeps the hashes of its record beside its salt, which an erasure takes away. Adds a column without values."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("ALTER TABLE consent_seal ADD COLUMN hashes jsonb")


def downgrade() -> None:
    """Drop it; what was erased can be checked no longer."""
    op.execute("ALTER TABLE consent_seal DROP COLUMN hashes")
