"""Indexes that answer what a colleague's day is made of: whose contacts are whose, whose tasks, and which are done.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = {
    "assignee": "((attributes #>> '{attributes,assignee}')) WHERE type = 'task.created'",
    "task_end": "((attributes #>> '{attributes,task}')) WHERE type IN ('task.completed', 'task.cancelled')",
}


def upgrade() -> None:
    """Build the index of each partition beside its writers, then join them."""
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS contact_owner ON contact (owner)")
        for short, what in INDEXES.items():
            indexes.build(short, what)


def downgrade() -> None:
    """Drop the indexes."""
    for short in INDEXES:
        op.execute(f"DROP INDEX touch_{short}")
    op.execute("DROP INDEX contact_owner")
