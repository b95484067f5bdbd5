"""Reasons stand in the audit log's chain as hashes, so that they can be erased; heads are anchored; entries are found.

Adds columns with defaults, a table and indexes; entries of the version before verify as they did.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE audit_entry
    ADD COLUMN reason_hash bytea NOT NULL DEFAULT '',
    ADD COLUMN reason_salt bytea NOT NULL DEFAULT '';

CREATE INDEX audit_entry_resource_index ON audit_entry (resource, number);

CREATE INDEX audit_entry_actor_index ON audit_entry (actor, number);

CREATE TABLE audit_anchor (
    number bigint NOT NULL,
    digest bytea NOT NULL,
    time timestamptz NOT NULL,
    CONSTRAINT audit_anchor_pkey PRIMARY KEY (number)
);
"""


def upgrade() -> None:
    """Make them."""
    op.execute(TABLES)


def downgrade() -> None:
    """There is no way back: what was seen stays seen."""
    raise NotImplementedError("a database goes back by restoring a backup")
