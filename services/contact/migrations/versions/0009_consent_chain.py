"""The chain of consent events: seals, anchors, and the list of events that were not sealed yet, kept by a trigger.

Adds tables and a trigger; what is written by the version before is sealed too.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consent_unsealed (event_id uuid CONSTRAINT consent_unsealed_pkey PRIMARY KEY);

CREATE TABLE consent_seal (
    number bigint CONSTRAINT consent_seal_pkey PRIMARY KEY,
    event_id uuid NOT NULL,
    subject bytea NOT NULL,
    ordinal bigint NOT NULL,
    salt bytea NOT NULL,
    record_hash bytea NOT NULL,
    digest bytea NOT NULL
);

CREATE UNIQUE INDEX consent_seal_event_index ON consent_seal (event_id);

CREATE UNIQUE INDEX consent_seal_subject_index ON consent_seal (subject, ordinal);

CREATE TABLE consent_anchor (
    number bigint CONSTRAINT consent_anchor_pkey PRIMARY KEY,
    digest bytea NOT NULL,
    time timestamptz NOT NULL
);

CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_unsealed SELECT id FROM made ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER consent_event_unsealed AFTER INSERT ON consent_event REFERENCING NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed()
"""
ALL = "INSERT INTO consent_unsealed SELECT id FROM consent_event ON CONFLICT DO NOTHING"


def upgrade() -> None:
    """Add them; what was said before is listed after the trigger stands, so that nothing falls between."""
    op.execute(TABLES)
    op.execute(TRIGGER)
    with op.get_context().autocommit_block():
        op.execute(ALL)


def downgrade() -> None:
    """Drop them; the chain is gone then."""
    op.execute("DROP TRIGGER consent_event_unsealed ON consent_event")
    op.execute("DROP FUNCTION note_unsealed")
    for table in ("consent_unsealed", "consent_seal", "consent_anchor"):
        op.execute(f"DROP TABLE {table}")
