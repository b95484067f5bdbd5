"""An index that answers which tasks have a reminder about a moment.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WHAT = """((attributes #>> '{attributes,remind_time}') COLLATE "C") WHERE type = 'task.created'"""


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        indexes.build("reminder", WHAT)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX touch_reminder")
