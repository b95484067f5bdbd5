"""Mails that ask somebody to confirm a consent. Adds a table only."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE opt_in_mail (
    opt_in_id uuid NOT NULL,
    number integer NOT NULL,
    message uuid NOT NULL,
    state text NOT NULL DEFAULT 'WAITING',
    reason text NOT NULL DEFAULT '',
    due_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    CONSTRAINT opt_in_mail_pkey PRIMARY KEY (opt_in_id, number),
    CONSTRAINT opt_in_mail_state_check CHECK (state IN ('WAITING', 'HANDED_OVER', 'FAILED', 'DROPPED'))
);

CREATE INDEX opt_in_mail_due_index ON opt_in_mail (due_time) WHERE state = 'WAITING';
"""


def upgrade() -> None:
    """Add it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE opt_in_mail")
