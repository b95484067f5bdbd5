"""A ledger that went back to an earlier moment is noticed: activities and runs name the epoch in which it was whole.

Adds columns that the version before does not know: what it inserts has the epoch of that moment.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Not in one statement: a default that is computed row by row would write the table anew under its strongest lock.
TABLES = ("activity", "send_run")
STEPS = (
    "ALTER TABLE {table} ADD COLUMN epoch bigint",
    "ALTER TABLE {table} ALTER COLUMN epoch SET DEFAULT outbox_current_epoch()",
    "UPDATE {table} SET epoch = outbox_current_epoch()",
)


def upgrade() -> None:
    """What is there now is whole."""
    for table in TABLES:
        for step in STEPS:
            op.execute(step.format(table=table))


def downgrade() -> None:
    """There is no way back: which ledgers were compared is not found out a second time."""
    raise NotImplementedError("a database goes back by restoring a backup")
