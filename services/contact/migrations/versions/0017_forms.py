"""Identifiers under several versions of the normalisation: aliases of links, of what was said, and how far they are.

Adds columns with a constant or no value, and indexes that hold nothing yet.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE subject_alias (
    subject bytea NOT NULL,
    form bytea NOT NULL,
    CONSTRAINT subject_alias_pkey PRIMARY KEY (subject),
    CONSTRAINT subject_alias_subject_size_check CHECK (octet_length(subject) = 16 AND octet_length(form) = 16)
);

CREATE INDEX subject_alias_form_index ON subject_alias (form);

CREATE TABLE renormalisation (
    version integer NOT NULL,
    source text NOT NULL,
    last_id uuid NOT NULL,
    seen bigint NOT NULL,
    aliases bigint NOT NULL,
    update_time timestamptz NOT NULL,
    CONSTRAINT renormalisation_pkey PRIMARY KEY (version, source)
);
"""
COLUMNS = """
ALTER TABLE identity_link ADD COLUMN version integer NOT NULL DEFAULT 1, ADD COLUMN alias_of uuid;

ALTER TABLE consent_event ADD COLUMN alias_of uuid;

ALTER TABLE suppression ADD COLUMN alias_of uuid;
"""
INDEXES = {
    "identity_link_alias_index": "identity_link (alias_of, subject)",
    "consent_event_alias_index": "consent_event (alias_of)",
    "suppression_alias_index": "suppression (alias_of)",
}


def upgrade() -> None:
    """Add them; the indexes while everybody writes."""
    op.execute(TABLES)
    op.execute(COLUMNS)
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {columns} WHERE alias_of IS NOT NULL")


def downgrade() -> None:
    """Drop them: what was said stays, each under the form in which it was said."""
    op.execute("DELETE FROM identity_link WHERE alias_of IS NOT NULL")
    op.execute("DELETE FROM suppression WHERE alias_of IS NOT NULL")
    op.execute("""
    ALTER TABLE identity_link DROP COLUMN version, DROP COLUMN alias_of;
    ALTER TABLE consent_event DROP COLUMN alias_of;
    ALTER TABLE suppression DROP COLUMN alias_of;
    DROP TABLE subject_alias, renormalisation
    """)
