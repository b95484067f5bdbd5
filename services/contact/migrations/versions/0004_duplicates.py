"""Contacts that may be one person twice: keys, candidates, and how far the search is. Adds tables only."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE duplicate_key (
    contact_id uuid NOT NULL,
    key text NOT NULL,
    CONSTRAINT duplicate_key_pkey PRIMARY KEY (contact_id, key)
);

CREATE INDEX duplicate_key_key_index ON duplicate_key (key, contact_id);

CREATE TABLE duplicate_candidate (
    id uuid NOT NULL,
    one_id uuid NOT NULL,
    other_id uuid NOT NULL,
    score integer NOT NULL,
    clues jsonb NOT NULL DEFAULT '[]',
    state text NOT NULL,
    find_time timestamptz NOT NULL,
    settle_time timestamptz,
    settled_by text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT duplicate_candidate_pkey PRIMARY KEY (id),
    CONSTRAINT duplicate_candidate_order_check CHECK (one_id < other_id),
    CONSTRAINT duplicate_candidate_state_check CHECK (state IN ('OPEN', 'DISMISSED'))
);

CREATE UNIQUE INDEX duplicate_candidate_pair_index ON duplicate_candidate (one_id, other_id);

CREATE INDEX duplicate_candidate_other_index ON duplicate_candidate (other_id);

CREATE INDEX duplicate_candidate_open_index ON duplicate_candidate (score, id) WHERE state = 'OPEN';

CREATE TABLE duplicate_walk (
    is_only boolean NOT NULL DEFAULT true,
    update_time timestamptz NOT NULL,
    contact_id uuid NOT NULL,
    CONSTRAINT duplicate_walk_pkey PRIMARY KEY (is_only),
    CONSTRAINT duplicate_walk_is_only_check CHECK (is_only)
);

INSERT INTO duplicate_walk (update_time, contact_id)
VALUES ('-infinity', '00000000-0000-0000-0000-000000000000');
"""


def upgrade() -> None:
    """Make them; the first walk goes over everybody."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE duplicate_walk; DROP TABLE duplicate_candidate; DROP TABLE duplicate_key")
