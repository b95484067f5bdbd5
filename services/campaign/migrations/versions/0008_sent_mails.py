"""Mails as they went out. Adds a table only."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MAIL = """
CREATE TABLE sent_mail (
    message uuid PRIMARY KEY,
    mail bytea NOT NULL
)
"""
PACKED = "ALTER TABLE sent_mail ALTER COLUMN mail SET STORAGE EXTERNAL"  # already: PostgreSQL need not try


def upgrade() -> None:
    """Make it."""
    op.execute(MAIL)
    op.execute(PACKED)


def downgrade() -> None:
    """There is no way back: a mail that went out is not written a second time."""
    raise NotImplementedError("a database goes back by restoring a backup")
