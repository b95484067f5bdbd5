"""Consents that wait to be confirmed. Adds a table only."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE opt_in (
    id uuid NOT NULL,
    subject bytea NOT NULL,
    value text NOT NULL,
    purpose text NOT NULL,
    topic text NOT NULL,
    language text NOT NULL,
    wording_version text NOT NULL,
    source text NOT NULL,
    ip_hash bytea NOT NULL,
    evidence text NOT NULL,
    sender text NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    event_id uuid NOT NULL,
    mails integer NOT NULL,
    mail_time timestamptz NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    confirm_time timestamptz,
    revision bigint NOT NULL,
    CONSTRAINT opt_in_pkey PRIMARY KEY (id),
    CONSTRAINT opt_in_state_check CHECK (state IN ('WAITING', 'CONFIRMED', 'EXPIRED', 'WITHDRAWN')),
    CONSTRAINT opt_in_subject_size_check CHECK (octet_length(subject) = 16)
);

CREATE UNIQUE INDEX opt_in_waiting_index ON opt_in (subject, purpose, topic) WHERE state = 'WAITING';
"""


def upgrade() -> None:
    """Add it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE opt_in")
