"""Erasures: who was erased as ids and keyed hashes, what services acknowledged; restrictions and legal holds.

Adds tables and columns; the state ERASED is written only by this version.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE erasure (
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    contacts uuid[] NOT NULL,
    state text NOT NULL,
    requester text NOT NULL,
    verification_hash bytea NOT NULL,
    request_time timestamptz NOT NULL,
    deadline_time timestamptz,
    erase_time timestamptz,
    forget_time timestamptz,
    rows jsonb NOT NULL DEFAULT '{}',
    revision bigint NOT NULL,
    CONSTRAINT erasure_pkey PRIMARY KEY (id),
    CONSTRAINT erasure_state_check CHECK (state IN ('HELD', 'ERASING', 'FORGETTING', 'CONFIRMED'))
);

CREATE INDEX erasure_contacts_index ON erasure USING gin (contacts);

CREATE TABLE erasure_acknowledgement (
    erasure_id uuid NOT NULL,
    service text NOT NULL,
    stores jsonb NOT NULL DEFAULT '{}',
    acknowledge_time timestamptz NOT NULL,
    CONSTRAINT erasure_acknowledgement_pkey PRIMARY KEY (erasure_id, service),
    CONSTRAINT erasure_acknowledgement_erasure_id_fkey FOREIGN KEY (erasure_id) REFERENCES erasure (id)
);

CREATE TABLE erased_subject (
    subject bytea NOT NULL,
    erasure_id uuid NOT NULL,
    kind text NOT NULL,
    is_shared boolean NOT NULL,
    CONSTRAINT erased_subject_pkey PRIMARY KEY (subject, erasure_id),
    CONSTRAINT erased_subject_erasure_id_fkey FOREIGN KEY (erasure_id) REFERENCES erasure (id)
);

ALTER TABLE contact
    DROP CONSTRAINT contact_state_check,
    ADD CONSTRAINT contact_state_check CHECK (state IN ('ACTIVE', 'MERGED', 'DELETED', 'ERASED')) NOT VALID,
    ADD COLUMN restrict_time timestamptz,
    ADD COLUMN restrict_reason text NOT NULL DEFAULT '',
    ADD COLUMN restrict_actor text NOT NULL DEFAULT '',
    ADD COLUMN hold_time timestamptz,
    ADD COLUMN hold_reason text NOT NULL DEFAULT '',
    ADD COLUMN hold_actor text NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    """Make them; the rows that there are are read afterwards, while everybody writes."""
    op.execute(TABLES)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE contact VALIDATE CONSTRAINT contact_state_check")


def downgrade() -> None:
    """There is no way back: who was erased stays so."""
    raise NotImplementedError("a database goes back by restoring a backup")
