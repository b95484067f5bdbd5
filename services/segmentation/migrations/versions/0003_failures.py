"""Rules that cannot be evaluated: which, and why. Timers beyond the calendar, which nobody can read, go.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FAILURES = """
ALTER TABLE segment ADD COLUMN failure text NOT NULL DEFAULT '';
ALTER TABLE segment_rule ADD COLUMN is_failed boolean NOT NULL DEFAULT false;
DELETE FROM timer WHERE due_time >= '10000-01-01 00:00:00+00';
"""


def upgrade() -> None:
    op.execute(FAILURES)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
